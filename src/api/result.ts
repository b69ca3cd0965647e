/**
 * One problem in what somebody gave us: where (RFC 6901, '' is the whole) and what was expected. Never holds the
 * content itself.
 */
export interface Issue {
  readonly path: string
  readonly message: string
}

/** What reading outside input answers: the value, or every problem found in it. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly Issue[] }

export const ok = <T>(value: T): Result<T> => ({ ok: true, value })

export const bad = (issues: readonly Issue[]): Result<never> => ({ ok: false, issues })

/** A Result with one problem. */
export const issue = (path: string, message: string): Result<never> => bad([{ path, message }])
