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
