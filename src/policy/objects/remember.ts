/**
 * A function of one object that is computed once for each, however long it lives; the memory goes when it does. For
 * what a request brings use `rememberLatest`: an entry here costs as much as a small walk.
 */
export function remember<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found.value
    const value = compute(key)
    known.set(key, { value })
    return value
  }
}

interface Slot<A, B, V> {
  readonly a: A
  readonly b: B
  readonly value: V
}

/** What empties the memory of each function below. */
const forgetters: (() => void)[] = []

/** Lets go of all that `rememberLatest` holds: large objects would stay until the next request. */
export function forgetLatest(): void {
  for (const forget of forgetters) forget()
}

/**
 * A function of one object of a request that knows its last two answers, for both sides of an UPDATE: many rules look
 * at the same view of the same request. Objects are frozen in meaning. Until `forgetLatest`.
 */
export function rememberLatest<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = rememberLatestPair((key: K) => compute(key))
  return (key) => known(key, null)
}

/** As `rememberLatest`, of two objects. */
export function rememberLatestPair<A extends object, B extends object | null, V>(
  compute: (a: A, b: B) => V,
): (a: A, b: B) => V {
  let latest: Slot<A, B, V> | null = null
  let other: Slot<A, B, V> | null = null
  forgetters.push(() => {
    latest = null
    other = null
  })
  return (a, b) => {
    if (latest?.a === a && latest.b === b) return latest.value
    if (other?.a === a && other.b === b) return other.value
    const value = compute(a, b)
    other = latest
    latest = { a, b, value }
    return value
  }
}
