import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import type { GetRead, ListRead, Read } from '../read.ts'
import { Answers, keyOf } from '../read.ts'

/** A list of more is not counted to its end: it is read up to one more than this. */
export const MOST_ITEMS = 500

/** What the live reads of an impact found, and why others found nothing. */
export class Seen {
  readonly #live: Answers
  readonly #answers: ReadonlyMap<string, Json>
  readonly #failures: ReadonlyMap<string, string>

  /** @param answers by `keyOf`  @param failures why a read failed, in a few words, by `keyOf` */
  constructor(answers: ReadonlyMap<string, Json>, failures: ReadonlyMap<string, string>) {
    this.#answers = answers
    this.#failures = failures
    this.#live = new Answers(answers)
  }

  /** Was it tried, whatever came of it? */
  isTried(read: Read): boolean {
    return this.#answers.has(keyOf(read)) || this.#failures.has(keyOf(read))
  }

  /** The items; null when they could not be read, or not all of them. */
  list(read: ListRead): readonly Json[] | null {
    if (!this.#live.has(read)) return null
    const items = this.#live.list(read)
    return items.length > MOST_ITEMS ? null : items
  }

  /** The object, null when there is none; undefined when it could not be read. */
  get(read: GetRead): Json | undefined {
    return this.#live.has(read) ? this.#live.get(read) : undefined
  }

  /** Why a read gave nothing, or ''. */
  whyNot(read: Read): string {
    const failure = this.#failures.get(keyOf(read))
    if (failure !== undefined) return failure
    if (read.verb === 'list' && this.#live.has(read) && this.#live.list(read).length > MOST_ITEMS)
      return `more than ${MOST_ITEMS}`
    return this.#live.has(read) ? '' : 'not read'
  }
}

export const NOTHING_SEEN = new Seen(new Map(), new Map())

export const nameOf = (object: Json): string => text(object, 'metadata', 'name')
export const uidOf = (object: Json): string => text(object, 'metadata', 'uid')

/** uids of what owns the object. */
export const ownersOf = (object: Json): readonly string[] =>
  list(object, 'metadata', 'ownerReferences').map((owner) => text(owner, 'uid'))
