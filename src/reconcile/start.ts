import { hostname } from 'node:os'
import type { ApprovalEvent, Ports } from '../admission/ports.ts'
import { text } from '../api/json.ts'
import type { StandbyMode } from '../api/names.ts'
import { LIFETIMES } from '../certificates/bundle.ts'
import type { Lifetimes } from '../certificates/bundle.ts'
import { connect } from '../cluster/client.ts'
import type { Client } from '../cluster/client.ts'
import { reasonOf } from '../cluster/errors.ts'
import { clusterLedger } from '../cluster/ledger.ts'
import { clusterReader } from '../cluster/reader.ts'
import { ClusterState } from '../cluster/state.ts'
import { clusterTurns } from '../cluster/turns.ts'
import type { Issued } from '../certificates/x509.ts'
import type { Destination } from '../enforcement/webhooks.ts'
import { Certificate } from './certificate.ts'
import { writeAccepted, writeEnforced } from './conditions.ts'
import { Containment } from './contained.ts'
import { Enforcement } from './enforcement.ts'
import { Leadership } from './leadership.ts'
import { Loop, pauseFor } from './loop.ts'
import { removeSurplus, tidy, tidyTurns } from './retention.ts'
import { writeVerdicts } from './verdicts.ts'
import { waitingIn } from './waiting.ts'
import type { Waiting } from './waiting.ts'

export interface ClusterConfig {
  /** A kubeconfig; without it KUBECONFIG, ~/.kube/config, or the pod's own ServiceAccount. */
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  /** Namespace of obstat's own Lease and Secret. */
  readonly namespace: string
  /** Where the API server calls obstat; without it at Service `obstat` in that Namespace. */
  readonly url?: string | undefined
  /** Name among the replicas; the pod's or the machine's unless told. */
  readonly identity?: string | undefined
  readonly lifetimes?: Lifetimes | undefined
  readonly log: (message: string) => void
  /** Somebody else had changed or removed a generated object of this kind, and it was put back. */
  readonly restored?: ((kind: string) => void) | undefined
  /** People decided a request, or nobody did in time. */
  readonly approval?: ((event: ApprovalEvent) => void) | undefined
  /** Gives up starting; afterwards `stop` is what ends it. */
  readonly signal?: AbortSignal | undefined
}

export interface RunningCluster {
  readonly ports: Pick<Ports, 'state' | 'reader' | 'ledger' | 'turns'>
  /** Why reviews should not come here yet; [] once they may, and from then on. */
  readonly ready: () => readonly string[]
  /** The serving certificate that all replicas share. */
  readonly tls: { readonly current: () => Issued; readonly onChange: (listener: (pair: Issued) => void) => void }
  readonly isLeader: () => boolean
  /** Does the live webhook configuration bring every agent's requests here, now. */
  readonly isEnforced: () => boolean
  /** Does the standby policy hold agents up now, and who wants it. */
  readonly standby: () => StandbyMode
  /** The part of obstat that each present problem is in. */
  readonly problems: () => readonly string[]
  /** The requests that nobody has answered yet. */
  readonly waiting: () => Waiting
  /** When the serving certificate ends. */
  readonly certificateEndsAt: () => Date | null
  /** Hands the leadership over and closes every connection. The webhook configuration stays: agents stay held up. */
  readonly stop: () => Promise<void>
}

/** A hundredth of a certificate's life, so that renewal at two thirds is never late; a minute at most. */
const certificateEveryMs = ({ serverMs }: Lifetimes): number => Math.min(60_000, serverMs / 100)
/** How soon the leader sees that it cannot watch what it keeps; everything else tells of itself. */
const ENFORCEMENT_EVERY_MS = 5000
const POLICIES_EVERY_MS = 30_000
/** Decisions come with a watch event; this is for what was missed, such as an Approver that was added later. */
const VERDICTS_EVERY_MS = 10_000
const RETENTION_EVERY_MS = 5000
const RETRY_MS = 1000

/**
 * Connects to the cluster and keeps state, certificate and, as the leader, everything generated. Resolves once there is
 * a certificate to serve with; until the API server answers it tries again and says why. Throws NoCluster at once.
 */
export async function startCluster(config: ClusterConfig): Promise<RunningCluster> {
  const client = connect(config)
  const ownUsername = await patiently(config, () => whoAmI(client))
  config.log(`connected to ${client.server} as ${ownUsername}`)
  const parts = assemble(config, client, ownUsername)
  const served = new Promise<undefined>((resolve) => {
    parts.listeners.push(() => {
      resolve(undefined)
    })
  })
  begin(parts)
  try {
    await Promise.race([served, aborted(config.signal)])
  } catch (cause) {
    await end(parts)
    throw cause
  }
  return present(parts)
}

interface Parts extends Working {
  readonly loops: readonly Loop[]
  readonly listeners: ((pair: Issued) => void)[]
}

function assemble(config: ClusterConfig, client: Client, ownUsername: string): Parts {
  const { namespace, log } = config
  const destination = destinationOf(config)
  const listeners: ((pair: Issued) => void)[] = []
  const loops: Loop[] = []
  const pokeAll = (): void => {
    for (const loop of loops) loop.poke()
  }
  const state = new ClusterState(client, log)
  const leadership = new Leadership({ client, namespace, identity: identityOf(config), log, changed: pokeAll })
  const certificate = new Certificate({
    client,
    namespace,
    hosts: hostsOf(destination, namespace),
    lifetimes: config.lifetimes ?? LIFETIMES,
    log,
    settled: pokeAll,
    changed: ({ server }) => {
      for (const listener of listeners) listener(server)
    },
  })
  const enforcement = new Enforcement({
    client,
    log,
    state,
    destination,
    ownNamespace: namespace,
    ownUsername,
    caBundle: () => certificate.bundle?.authorities ?? null,
    changed: pokeAll,
    restored: config.restored ?? (() => undefined),
  })
  const tell = config.approval ?? (() => undefined)
  const parts = { client, namespace, log, tell, state, leadership, certificate, enforcement }
  const verdicts = verdictsLoop(parts)
  loops.push(...loopsOf(parts), verdicts)
  state.requests.listen({
    settled: () => {
      verdicts.poke()
    },
  })
  state.whenChanged(pokeAll)
  state.whenRevived(() => {
    certificate.restart()
    enforcement.restart()
  })
  return { ...parts, loops, listeners }
}

function begin(parts: Parts): void {
  const { state, leadership, certificate, enforcement, loops } = parts
  for (const part of [state, leadership, certificate, enforcement, ...loops]) part.start()
}

async function end(parts: Parts): Promise<void> {
  const { state, leadership, certificate, enforcement, loops, client } = parts
  await Promise.all(loops.map((loop) => loop.stop()))
  await leadership.stop()
  await Promise.all([state.stop(), certificate.stop(), enforcement.stop()])
  client.close()
}

function present(parts: Parts): RunningCluster {
  const { client, namespace, state, leadership, certificate, enforcement, loops, listeners } = parts
  let wasReady = false
  let isStopping = false
  return {
    ports: {
      state,
      reader: clusterReader(client),
      ledger: clusterLedger(client, state),
      turns: clusterTurns(client, namespace),
    },
    ready: () => {
      if (isStopping) return ['obstat is stopping']
      const reasons = wasReady ? [] : unreadyReasons(state, enforcement, loops)
      wasReady ||= reasons.length === 0
      return reasons
    },
    tls: {
      current: () => servable(certificate),
      onChange: (listener) => {
        listeners.push(listener)
      },
    },
    isLeader: () => leadership.isLeader,
    isEnforced: () => enforcement.isCurrent(),
    standby: () => enforcement.standby(),
    problems: () => [
      ...state.problems().map(() => 'state'),
      ...enforcement.problems().map(() => 'enforcement'),
      ...loops.flatMap(({ name, problem }) => (problem === null ? [] : [name])),
    ],
    waiting: () => waitingIn(summariesOf(state), new Date()),
    certificateEndsAt: () => certificate.endsAt(),
    stop: () => {
      isStopping = true
      return end(parts)
    },
  }
}

interface Working {
  readonly client: Client
  readonly namespace: string
  readonly log: (message: string) => void
  readonly tell: (event: ApprovalEvent) => void
  readonly state: ClusterState
  readonly leadership: Leadership
  readonly certificate: Certificate
  readonly enforcement: Enforcement
}

function loopsOf(parts: Working): readonly Loop[] {
  const { client, namespace, log, tell, state, leadership, certificate, enforcement } = parts
  const containment = new Containment(client, namespace)
  const enforce = async (signal: AbortSignal): Promise<void> => {
    if (!leadership.isLeader) return
    const agents = state.snapshot()?.agents ?? []
    try {
      await enforcement.keep(signal)
    } catch (cause) {
      if (!enforcement.isCurrent()) await writeEnforced(client, agents, reasonOf(cause), signal)
      throw cause
    }
    if (enforcement.isCurrent()) await writeEnforced(client, agents, null, signal)
  }
  return [
    new Loop({
      name: 'certificate',
      work: (signal) => certificate.ensure(leadership.isLeader, new Date(), signal),
      everyMs: certificateEveryMs(certificate.lifetimes),
      log,
    }),
    new Loop({ name: 'enforcement', work: enforce, everyMs: ENFORCEMENT_EVERY_MS, log }),
    new Loop({
      name: 'containment',
      work: async (signal) => {
        const known = state.snapshot()
        if (leadership.isLeader && known !== null) await containment.keep(known.agents, signal)
      },
      everyMs: ENFORCEMENT_EVERY_MS,
      log,
    }),
    new Loop({
      name: 'policies',
      work: async (signal) => {
        const policies = [...state.policies.entries()].map(([, policy]) => policy)
        if (leadership.isLeader) await writeAccepted(client, policies, signal)
      },
      everyMs: POLICIES_EVERY_MS,
      log,
    }),
    new Loop({
      name: 'retention',
      work: async (signal) => {
        if (!leadership.isLeader) return
        await tidy(client, summariesOf(state), log, tell, signal)
        await removeSurplus(client, summariesOf(state), log, signal)
        await tidyTurns(client, namespace, signal)
      },
      everyMs: RETENTION_EVERY_MS,
      log,
    }),
  ]
}

const verdictsLoop = ({ client, log, tell, state, leadership }: Working): Loop =>
  new Loop({
    name: 'verdicts',
    work: async (signal) => {
      const known = state.snapshot()
      if (leadership.isLeader && known !== null) await writeVerdicts(client, summariesOf(state), known, tell, signal)
    },
    everyMs: VERDICTS_EVERY_MS,
    log,
  })

const summariesOf = (state: ClusterState) => [...state.requests.entries()].map(([, summary]) => summary)

function unreadyReasons(state: ClusterState, enforcement: Enforcement, loops: readonly Loop[]): readonly string[] {
  if (state.snapshot() === null) {
    const problems = state.problems()
    return problems.length === 0 ? ['the state of the cluster has not been read yet'] : problems
  }
  if (enforcement.isCurrent()) return []
  const problems = [...enforcement.problems(), ...loops.flatMap((loop) => loop.problem ?? [])]
  return ['the live webhook configuration and the policy behind it do not cover every GovernedAgent yet', ...problems]
}

function servable(certificate: Certificate): Issued {
  if (certificate.bundle === null) throw new TypeError('no certificate yet')
  return certificate.bundle.server
}

const destinationOf = ({ url, namespace }: ClusterConfig): Destination =>
  url === undefined ? { kind: 'service', namespace, name: 'obstat', port: 443 } : { kind: 'url', url }

/** Every name under which the API server, or somebody who tries it by hand, may call. */
function hostsOf(destination: Destination, namespace: string): readonly string[] {
  const services = ['svc', 'svc.cluster.local'].map((suffix) => `obstat.${namespace}.${suffix}`)
  if (destination.kind === 'service') return services
  return [new URL(destination.url).hostname.replace(/^\[(.*)\]$/, '$1'), ...services]
}

/** A pod's name is its own; on a machine several processes share the host name. */
const identityOf = ({ identity }: ClusterConfig): string =>
  identity ?? process.env['POD_NAME'] ?? `${hostname()}-${process.pid}`

async function whoAmI(client: Client): Promise<string> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const answer = await client.create('/apis/authentication.k8s.io/v1/selfsubjectreviews', review)
  const username = text(answer, 'status', 'userInfo', 'username')
  if (username === '') throw new TypeError('SelfSubjectReview: expected a username')
  return username
}

/** Tries until it works, and says why it does not, once for each reason. */
async function patiently<T>({ log, signal }: ClusterConfig, attempt: () => Promise<T>): Promise<T> {
  const ends = signal ?? new AbortController().signal
  let told = ''
  for (;;) {
    ends.throwIfAborted()
    try {
      return await attempt()
    } catch (cause) {
      const problem = reasonOf(cause)
      if (problem !== told) log(`${problem}; trying again`)
      told = problem
    }
    await pauseFor(RETRY_MS, ends)
  }
}

const aborted = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)))
    })
  })
