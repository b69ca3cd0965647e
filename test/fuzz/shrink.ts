import type { Draft, DraftObject } from './draft.ts'
import { copy, isDraftObject } from './draft.ts'
import type { Failure } from './check.ts'
import type { Case } from './world.ts'

/** Tries of a smaller case before what is left is small enough. */
const MAX_TRIES = 5000

/**
 * Takes away keys and items of a failing case, one at a time, as long as the same check fails in the same words. What
 * is left is what matters.
 */
export async function shrink(failure: Failure): Promise<Failure> {
  if (failure.check.isWhole === true) return failure
  let best = failure
  let tries = 0
  const words = wordsOf(failure.wrong)
  for (let isSmaller = true; isSmaller && tries < MAX_TRIES;) {
    isSmaller = false
    const size = pathsOf(best.it as unknown as Draft).length
    for (let index = 0; index < size && tries < MAX_TRIES; index++) {
      const paths = pathsOf(best.it as unknown as Draft)
      const path = paths[index]
      if (path === undefined || KEPT.test(path.join('.'))) continue
      tries++
      const it = without(best.it, path)
      const wrong = await best.check.run(it).catch(() => '')
      if (wordsOf(wrong) !== words) continue
      best = { ...best, it, wrong }
      isSmaller = true
    }
  }
  return best
}

/** What the API server always sends, and what a world always has. */
const KEPT =
  /^(world(\.(agents|policy|namespaces|ageMs|live)(\.\d+(\.[a-z]+)?)?)?|request(\.(uid|name|namespace|subResource|dryRun|operation|kind|resource|requestKind|requestResource|userInfo|object|oldObject|options)(\.(group|version|resource|kind|username|groups|metadata))?)?)$/i

/** The kind of disagreement: the words before what obstat said. */
const wordsOf = (wrong: string): string => wrong.replace(/(\))?: .*$/s, '')

type Path = readonly string[]

/** Every key and item, outer ones first: a whole branch goes before its leaves are tried. */
function pathsOf(root: Draft): readonly Path[] {
  const paths: Path[] = []
  const open: [Path, Draft][] = [[[], root]]
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const [path, value] = next
    const below: readonly [string, Draft][] = Array.isArray(value)
      ? value.map((item, index) => [String(index), item])
      : isDraftObject(value)
        ? Object.entries(value)
        : []
    for (const [key, item] of below) {
      paths.push([...path, key])
      open.push([[...path, key], item])
    }
  }
  return paths
}

function without(it: Case, path: Path): Case {
  const root = copy(it as unknown as Draft) as DraftObject
  let here: Draft = root
  for (const key of path.slice(0, -1))
    here = (Array.isArray(here) ? here[Number(key)] : isDraftObject(here) ? here[key] : null) ?? null
  const last = path.at(-1) ?? ''
  if (Array.isArray(here)) here.splice(Number(last), 1)
  else if (isDraftObject(here)) Reflect.deleteProperty(here, last)
  return root as unknown as Case
}
