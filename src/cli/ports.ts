import type { Json } from '../api/json.ts'
import type { ServeConfig } from '../config/serve.ts'

export { statusOf } from '../api/status.ts'

/** Which cluster: what kubectl would take for `--kubeconfig` and `--context`, or a folder of YAML. */
export interface ClusterChoice {
  readonly standalone?: string
  readonly kubeconfig?: string
  readonly context?: string
  /** One API server of the cluster, `host:port`, instead of the one that the kubeconfig names. */
  readonly endpoint?: string
  /** Somebody to impersonate. */
  readonly as?: { readonly username: string; readonly group?: string }
}

export interface Listing {
  readonly items: readonly Json[]
  readonly resourceVersion: string
}

export interface ClusterEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: Json
}

/**
 * The API server, as far as commands need it. Paths are absolute API paths. An answer that is not 2xx is thrown with
 * its `status`.
 */
export interface Cluster {
  readonly server: string
  readonly get: (path: string, options?: { readonly sentAt?: (ms: number) => void }) => Promise<Json>
  /** An answer that is no JSON. */
  readonly text: (path: string) => Promise<string>
  readonly list: (path: string) => Promise<Listing>
  readonly create: (path: string, body: object) => Promise<Json>
  readonly patch: (path: string, body: object, options: { readonly contentType: string }) => Promise<Json>
  readonly delete: (path: string, body?: object) => Promise<Json>
  readonly watch: (path: string, options: { readonly signal: AbortSignal }) => Promise<AsyncIterable<ClusterEvent>>
  readonly close: () => void
}

/** Everything that commands reach outside for. */
export interface World {
  /** Data. */
  readonly out: (text: string) => void
  /** Everything else; a line break is added. */
  readonly say: (line: string) => void
  /** May data and everything else be coloured: does each go to a terminal of somebody who wants colours? */
  readonly hasColours: { readonly out: boolean; readonly say: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
  /** Throws when no cluster is named; nothing is sent yet. */
  readonly connect: (choice: ClusterChoice) => Cluster
  /** A file's bytes; `-` is standard input. Throws what `node:fs` throws. */
  readonly read: (path: string) => Promise<Buffer>
  /** A line that a person typed, or null when nobody is there to type. */
  readonly ask: (question: string) => Promise<string | null>
  /** SSHSIG over a message, armoured, as `ssh-keygen -Y sign` makes it. */
  readonly sshSign: (key: string, namespace: string, message: Buffer) => Promise<string>
  /** What a shell command prints when it is given these bytes. Throws when it ends with another code than 0. */
  readonly pipe: (command: string, input: Buffer) => Promise<string>
  /** Public keys that the ssh-agent holds, one a line. */
  readonly sshAgentKeys: () => Promise<string>
  /** Waits, unless the signal ends it. */
  readonly pause: (ms: number) => Promise<void>
  /** How this program is run again: Node, its flags and the script. */
  readonly program: readonly string[]
  /** The folder that holds `package.json` and `manifests/`. */
  readonly root: string
  readonly serve: (config: ServeConfig, signal: AbortSignal) => Promise<number>
  /** Ctrl-C, or SIGTERM. */
  readonly signal: AbortSignal
}

/** Is this one of the adapters' faults that a person mends: no cluster named, none that answers, a folder of no use? */
export const isUnreachable = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && MENDED.has(cause.code)

const MENDED = new Set<unknown>(['Unreachable', 'NoCluster', 'BadFolder', 'BadSuites'])
