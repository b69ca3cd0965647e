/**
 * A function of one object that is computed once for each: many rules look at the same view of the same request. Objects
 * are frozen in meaning, and the memory goes when they do.
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

/** As `remember`, of two objects; of each first one the last second one is known. */
export function rememberPair<A extends object, B extends object, V>(compute: (a: A, b: B) => V): (a: A, b: B) => V {
  const known = new WeakMap<A, { readonly b: B; readonly value: V }>()
  return (a, b) => {
    const found = known.get(a)
    if (found?.b === b) return found.value
    const value = compute(a, b)
    known.set(a, { b, value })
    return value
  }
}
