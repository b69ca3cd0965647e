import type { Json } from '../api/json.ts'
import { statusOf } from '../api/status.ts'

export interface Lister {
  readonly list: (path: string) => Promise<{ readonly items: readonly Json[] }>
}

/**
 * One API server, as far as checks need it. Paths are absolute API paths. What is not a 2xx is thrown with its
 * `status`.
 */
export interface Api extends Lister {
  readonly server: string
  readonly get: (path: string, options?: { readonly sentAt?: (ms: number) => void }) => Promise<Json>
  readonly create: (path: string, body: object) => Promise<Json>
  /** An answer that is no JSON, such as `/metrics`. */
  readonly text: (path: string) => Promise<string>
  readonly close: () => void
}

/** Another way to the same cluster: one API server by `host:port`, as somebody else. */
export interface Way {
  readonly endpoint?: string
  readonly as?: { readonly username: string; readonly group?: string }
}

/** Everything that checks reach outside for. */
export interface Look {
  /** Reads each list once, however many checks ask for it. */
  readonly api: Api
  /** Reads again each time. */
  readonly live: Api
  readonly by: (way: Way) => Api
  /** Namespace of obstat. */
  readonly namespace: string
  readonly now: () => Date
  readonly pause: (ms: number) => Promise<void>
}

/** The same, but each list is read once. */
export function remembering(api: Api): Api {
  const lists = new Map<string, ReturnType<Api['list']>>()
  return {
    ...api,
    list: (path) => {
      const known = lists.get(path) ?? api.list(path)
      lists.set(path, known)
      return known
    },
  }
}

/** The answer, or null where there is nothing of the kind. */
export async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (cause) {
    if (statusOf(cause) === 404) return null
    throw cause
  }
}

/** Every object of a kind; [] where the API server does not know the kind. */
export const allOf = async (lister: Lister, path: string): Promise<readonly Json[]> =>
  (await orNull(lister.list(path)))?.items ?? []

/** The answer, or null where there is none for us: it is not there, or may not be read. */
export async function orUnseen<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (cause) {
    if (statusOf(cause) === 404 || statusOf(cause) === 403) return null
    throw cause
  }
}

/** Where obstat keeps its certificates. */
export const secretPath = (namespace: string): string => `/api/v1/namespaces/${namespace}/secrets/obstat-tls`
