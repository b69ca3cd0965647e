import { randomBytes } from 'node:crypto'

/** What waits for a person to use their passkey, by a name that nobody can guess. Each is taken once. */
export interface Pending<T> {
  readonly put: (value: T) => string
  /** Null when there is none, or it has waited too long. */
  readonly take: (id: string) => T | null
}

const MAX = 64
const LIFE_MS = 5 * 60_000

/** The oldest gives way when there are too many: one person uses this, and sees the newest. */
export function newPending<T>(now: () => Date): Pending<T> {
  const held = new Map<string, { readonly value: T; readonly endsAtMs: number }>()
  return {
    put: (value) => {
      const [oldest] = held.keys()
      if (oldest !== undefined && held.size >= MAX) held.delete(oldest)
      const id = randomBytes(16).toString('base64url')
      held.set(id, { value, endsAtMs: now().getTime() + LIFE_MS })
      return id
    },
    take: (id) => {
      const found = held.get(id)
      held.delete(id)
      return found === undefined || found.endsAtMs <= now().getTime() ? null : found.value
    },
  }
}
