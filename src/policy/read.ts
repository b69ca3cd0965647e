import type { Json } from '../api/json.ts'
import { isArray } from '../api/json.ts'

/**
 * A live read that a request calls for. `resource` is the plural; namespace '' is cluster-scoped, or all namespaces in
 * a list.
 */
export type Read = GetRead | ListRead
export interface GetRead {
  readonly verb: 'get'
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly namespace: string
  readonly name: string
  /** Of a kind that obstat may have no right to read: then the answer is null, as if it weren't there. */
  readonly mayBeHidden?: true
}
export interface ListRead {
  readonly verb: 'list'
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly namespace: string
  /** A field selector of the API server; a reader that has none answers with more. */
  readonly fields?: string
  /** No more items than these are asked for; unless told, all. */
  readonly most?: number
}

export const get = (group: string, version: string, resource: string, namespace: string, name: string): GetRead => ({
  verb: 'get',
  group,
  version,
  resource,
  namespace,
  name,
})

export const listOf = (group: string, version: string, resource: string, namespace: string): ListRead => ({
  verb: 'list',
  group,
  version,
  resource,
  namespace,
})

/** One text per read, so that answers can be kept in a Map. */
export const keyOf = (read: Read): string => {
  const which = read.verb === 'get' ? read.name : `${read.fields ?? ''}\n${read.most ?? ''}`
  return `${read.verb}\n${read.group}\n${read.version}\n${read.resource}\n${read.namespace}\n${which}`
}

/**
 * What the live reads of one request found, and the one way for a rule or a harmless entry to ask it. Both throw
 * UnreadFact for a read that was not made: what nobody looked for is never taken for nothing there.
 */
export interface Live {
  /** The object, or null: there is none. */
  get(read: GetRead): Json
  list(read: ListRead): readonly Json[]
}

/** The same for those who read, and for `needs`, which asks before everything is read. */
export class Answers implements Live {
  readonly #answers: ReadonlyMap<string, Json>

  /** @param answers by `keyOf`: the object or null of a get, the array of items of a list. */
  constructor(answers: ReadonlyMap<string, Json>) {
    this.#answers = answers
  }

  has(read: Read): boolean {
    return this.#answers.has(keyOf(read))
  }

  get(read: GetRead): Json {
    return this.#answer(read)
  }

  list(read: ListRead): readonly Json[] {
    const items = this.#answer(read)
    if (!isArray(items)) throw new UnreadFact(read)
    return items
  }

  #answer(read: Read): Json {
    const answer = this.#answers.get(keyOf(read))
    if (answer === undefined) throw new UnreadFact(read)
    return answer
  }
}

/**
 * A rule asked for what its `needs` did not name, or what the reader left out: a mistake in either, answered as
 * InternalError.
 */
export class UnreadFact extends Error {
  override readonly name = 'UnreadFact'
  readonly code = 'UnreadFact'
  constructor(read: Read) {
    super(`not read: ${keyOf(read).replaceAll('\n', ' ')}`)
  }
}
