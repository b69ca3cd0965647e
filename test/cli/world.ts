import { join } from 'node:path'
import type { Json, JsonObject } from '../../src/api/json.ts'
import { field, isObject, list, text } from '../../src/api/json.ts'
import type { ApprovalRequest } from '../../src/api/objects.ts'
import type { ExitCode } from '../../src/cli/command.ts'
import type { Cluster, World } from '../../src/cli/ports.ts'
import { run } from '../../src/cli/run.ts'
import type { ServeConfig } from '../../src/config/serve.ts'
import { signedAct } from '../../src/signing/act.ts'
import type { TestKey } from '../signing/signer.ts'

export const NOW = new Date('2026-11-20T07:00:00Z')

/** An answer of the API server that is not 2xx. */
export class Status extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** An API server in memory, as far as commands use it. `calls` are all writes in order. */
export interface FakeCluster extends Cluster {
  readonly objects: Map<string, JsonObject>
  readonly calls: { readonly verb: string; readonly path: string; readonly body: unknown }[]
  /** Each is thrown once, by the next write. */
  readonly failures: Error[]
}

export function fakeCluster(objects: Readonly<Record<string, object>> = {}): FakeCluster {
  const held = new Map(Object.entries(objects) as [string, JsonObject][])
  const calls: { verb: string; path: string; body: unknown }[] = []
  const failures: Error[] = []
  const plain = (path: string): string => path.split('?')[0] ?? ''
  const write = (verb: string, path: string, body: unknown): void => {
    calls.push({ verb, path, body })
    const failure = failures.shift()
    if (failure !== undefined) throw failure
  }
  const unused = (verb: string): never => {
    throw new Error(`${verb} must not be called`)
  }
  const get = (path: string): JsonObject => {
    const found = held.get(plain(path))
    if (found === undefined) throw new Status(404, `${path} not found`)
    return found
  }
  return {
    server: 'https://fake',
    objects: held,
    calls,
    failures,
    get: (path) => promised(() => get(path)),
    text: () => unused('text'),
    list: (path) =>
      promised(() => ({
        items: [...held]
          .filter(([key]) => key.slice(0, key.lastIndexOf('/')) === plain(path))
          .map(([, object]) => object),
        resourceVersion: '1',
      })),
    create: () => unused('create'),
    patch: (path, body, { contentType }) =>
      promised(() => {
        write('patch', path, body)
        if (contentType === 'application/json-patch+json') return appended(held, plain(path), body as Json)
        const object = { ...(body as JsonObject) }
        if (text(object, 'kind') === 'CustomResourceDefinition')
          object['status'] = { conditions: [{ type: 'Established', status: 'True' }] }
        held.set(plain(path), object)
        return object
      }),
    delete: (path) =>
      promised(() => {
        write('delete', path, undefined)
        const found = get(path)
        held.delete(plain(path))
        return found
      }),
    watch: () => unused('watch'),
    close: () => undefined,
  }
}

const promised = <T>(work: () => T): Promise<T> =>
  new Promise((resolve) => {
    resolve(work())
  })

function appended(held: Map<string, JsonObject>, path: string, patch: Json): JsonObject {
  const before = held.get(path)
  const [test, add] = patch as readonly Json[]
  if (before === undefined || text(test, 'value') !== text(before, 'metadata', 'uid'))
    throw new Status(422, 'test failed')
  const decisions = [...list(before, 'spec', 'decisions'), field(add, 'value') ?? null]
  const spec = field(before, 'spec')
  const after = { ...before, spec: { ...(isObject(spec) ? spec : {}), decisions } }
  held.set(path, after)
  return after
}

export interface Ran {
  readonly code: ExitCode
  readonly out: string
  readonly err: string
}

export interface Given {
  readonly cluster?: Cluster
  readonly files?: Readonly<Record<string, string>>
  /** What the person types; null when nobody is there. */
  readonly answer?: string | null
  /** The private key behind every file that ssh-keygen is asked to sign with. */
  readonly key?: TestKey
  readonly agentKeys?: string
  readonly env?: Readonly<Record<string, string>>
  readonly hasColours?: boolean
  /** What a command prints that is given these bytes. */
  readonly pipe?: (command: string, input: Buffer) => string
  readonly serve?: (config: ServeConfig) => Promise<number>
}

/** Runs one command line against what is given; everything else that it reaches for throws. */
export async function obstat(line: readonly string[], given: Given = {}): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  let now = NOW.getTime()
  const unused = (what: string): never => {
    throw new Error(`${what} must not be used`)
  }
  const world: World = {
    out: (data) => out.push(data),
    say: (said) => err.push(`${said}\n`),
    hasColours: { out: given.hasColours ?? false, say: given.hasColours ?? false },
    env: given.env ?? {},
    now: () => new Date(now),
    connect: () => given.cluster ?? unused('a cluster'),
    read: (path) =>
      promised(() => {
        const found = given.files?.[path]
        if (found === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' })
        return Buffer.from(found)
      }),
    ask: () => promised(() => (given.answer === undefined ? unused('a terminal') : given.answer)),
    sshSign: (_, namespace, message) =>
      promised(() => armoured((given.key ?? unused('a key')).sign(message, { namespace }))),
    pipe: (command, message) => promised(() => (given.pipe ?? unused('a command'))(command, message)),
    sshAgentKeys: () => promised(() => given.agentKeys ?? unused('an ssh-agent')),
    pause: (ms) =>
      promised(() => {
        now += ms
      }),
    program: [process.execPath, join(import.meta.dirname, '../../src/cli/main.ts')],
    root: join(import.meta.dirname, '../..'),
    serve: (config) => (given.serve ?? (() => unused('serve')))(config),
    signal: new AbortController().signal,
  }
  const code = await run(line, world)
  return { code, out: out.join(''), err: err.join('') }
}

const armoured = (signature: Buffer): string =>
  `-----BEGIN SSH SIGNATURE-----\n${signature.toString('base64').replace(/.{70}/g, '$&\n')}\n-----END SSH SIGNATURE-----\n`

const API = '/apis/obstat.dev/v1alpha1'

/** A request of sre-bot to scale a Deployment to zero. */
export function request(over: Partial<ApprovalRequest['spec']> = {}, name = 'ar-7f3k2m9q'): ApprovalRequest {
  const act = signedAct({
    operation: 'UPDATE',
    group: 'apps',
    resource: 'deployments',
    subresource: 'scale',
    namespace: 'shop',
    name: 'cart',
    uid: '0c9d1a52-0a1b-4c58-9d9e-3d6c6f9f2f11',
    options: {},
    change: [{ path: '/spec/replicas', from: 3, to: 0 }],
  })
  return {
    apiVersion: 'obstat.dev/v1alpha1',
    kind: 'ApprovalRequest',
    metadata: { name, uid: `uid-of-${name}`, resourceVersion: '1' },
    spec: {
      cluster: 'cluster-uid',
      agent: 'sre-bot',
      acts: [act],
      ordered: false,
      review: {
        class: 'Destructive',
        findings: [{ rule: 'scale-to-zero', raises: 'Destructive', what: 'scales Deployment "cart" from 3 to 0' }],
        requester: { username: 'system:serviceaccount:agents:sre-bot' },
        claims: {},
        summary: 'scale Deployment cart in shop to 0',
        change: [],
        impact: {},
      },
      required: { count: 1, roles: [] },
      expiresAt: '2026-11-20T08:00:00Z',
      decisions: [],
      ...over,
    },
  }
}

/** Objects by path: sre-bot, these Approvers with a key each, these requests. */
export function cluster(
  approvers: Readonly<Record<string, TestKey>>,
  requests: readonly ApprovalRequest[],
): FakeCluster {
  const agent = {
    apiVersion: 'obstat.dev/v1alpha1',
    kind: 'GovernedAgent',
    metadata: { name: 'sre-bot' },
    spec: {
      subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'sre-bot' }],
      trustPhase: 'LimitedRemediation',
      approval: { approvalTtlSeconds: 600 },
    },
  }
  return fakeCluster({
    [`${API}/governedagents/sre-bot`]: agent,
    ...Object.fromEntries(requests.map((one) => [`${API}/approvalrequests/${one.metadata.name}`, one])),
    ...Object.fromEntries(
      Object.entries(approvers).map(([name, key]) => [
        `${API}/approvers/${name}`,
        {
          apiVersion: 'obstat.dev/v1alpha1',
          kind: 'Approver',
          metadata: { name },
          spec: { keys: [key.record], roles: ['platform'] },
        },
      ]),
    ),
  })
}
