import { PLURALS } from './names.ts'

/** The resource of a kind as English and Kubernetes have it; a guess where a CRD chose another plural. */
export function pluralOf(kind: string): string {
  const known = Object.entries(PLURALS).find(([name]) => name === kind)
  if (known !== undefined) return known[1]
  const word = kind.toLowerCase()
  if (word.endsWith('endpoints')) return word
  if (/(s|x|z|ch|sh)$/.test(word)) return `${word}es`
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`
}

/** `apps` of `apps/v1`, '' of `v1`. */
export const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''
