import type { Json } from '../../src/api/json.ts'

const ESCAPED = /[<>&\u2028\u2029]/g

/**
 * JSON as Go's encoding/json writes it, and so kube-apiserver: keys as they come, and five characters spelled out that
 * ECMAScript leaves alone, each as six bytes. That is what makes a review of an HTML page so large.
 */
export const goJson = (value: Json): string =>
  JSON.stringify(value).replace(ESCAPED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
