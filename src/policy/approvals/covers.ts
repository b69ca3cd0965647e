import type { Json } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import { changes } from '../../signing/diff.ts'
import type { Act, SignedAct } from '../../signing/act.ts'

/** Does the signed act cover the act in the request? Only when both have the same digest: the same bytes. */
export const coversAct = (signed: SignedAct, intentSha256: string): boolean => signed.intentSha256 === intentSha256

/** The first path at which a signed act differs from the one in the request, such as `/change/0/to`. */
export function firstDifference(signed: SignedAct | undefined, act: Act): string {
  if (signed === undefined) return '/acts'
  const { intentSha256, ...plain } = signed
  return changes(plain, act)[0]?.path ?? '/'
}

export const sameJson = (a: unknown, b: unknown): boolean => canonical(a as Json) === canonical(b as Json)
