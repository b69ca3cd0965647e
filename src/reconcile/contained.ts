import type { GovernedAgent } from '../api/objects.ts'
import { statusOf } from '../api/status.ts'
import type { Client } from '../cluster/client.ts'
import type { Finding } from '../doctor/finding.ts'
import { aggregatedGroups, loadRbac } from '../doctor/granted.ts'
import { rightsOf } from '../doctor/rights.ts'
import { WAYS } from '../doctor/ways-round.ts'
import type { Claim } from './conditions.ts'
import { writeClaim } from './conditions.ts'

/** RBAC changes without our being told: nothing watches it. */
const AGAIN_MS = 60_000

/** What obstat refuses by itself, and a role whose rights are listed one by one, are no way round it. */
const SEEN: ReadonlySet<string> = new Set([
  'rights/broad-role',
  ...WAYS.filter(({ isSeen }) => isSeen).map(({ id }) => `rights/${id}`),
])

const named = (findings: readonly Finding[]): string => findings.map(({ id }) => id.replace('rights/', '')).join(', ')

/** Does RBAC leave this agent a way round admission, and which? */
export function contained(findings: readonly Finding[]): Claim {
  const type = 'Contained'
  const open = findings.filter(({ id }) => !SEEN.has(id))
  const seen = findings.filter(({ id }) => SEEN.has(id) && id !== 'rights/broad-role')
  const only = seen.length === 0 ? '' : `; obstat alone refuses ${named(seen)}`
  if (open.length === 0)
    return {
      type,
      status: 'True',
      reason: 'NoWayRoundKnown',
      message: `no known way round admission${only}`.slice(0, 1000),
    }
  const sources = open.map(({ id, evidence }) => `${id.replace('rights/', '')}: ${evidence.join(', ')}`).join('; ')
  const message = `RBAC leaves ${named(open)}; obstat doctor says what closes each. ${sources}`
  return { type, status: 'False', reason: 'WaysRoundOpen', message: message.slice(0, 1000) }
}

const unknown = (cause: unknown): Claim => ({
  type: 'Contained',
  status: 'Unknown',
  reason: 'NotRead',
  message: (cause instanceof Error ? cause.message : String(cause)).slice(0, 1000),
})

/** Writes the condition Contained of every GovernedAgent: at once for new subjects, and once a minute. */
export class Containment {
  readonly #client: Client
  readonly #ownNamespace: string
  #done = { of: '', at: -Infinity }

  constructor(client: Client, ownNamespace: string) {
    this.#client = client
    this.#ownNamespace = ownNamespace
  }

  /** Throws when a write fails. */
  async keep(agents: readonly GovernedAgent[], signal: AbortSignal): Promise<void> {
    const of = JSON.stringify(agents.map(({ metadata, spec }) => [metadata.name, metadata.uid, spec.subjects]))
    if (of === this.#done.of && performance.now() - this.#done.at < AGAIN_MS) return
    const at = performance.now()
    const claim = agents.length === 0 ? unknown : await this.#claims(signal)
    const written: boolean[] = []
    for (const agent of agents) written.push(await writeClaim(this.#client, agent, claim(agent), signal))
    if (written.every(Boolean)) this.#done = { of, at }
  }

  async #claims(signal: AbortSignal): Promise<(agent: GovernedAgent) => Claim> {
    const lister = { list: (path: string) => this.#client.list(path, { signal }) }
    try {
      const [rbac, aggregated] = await Promise.all([loadRbac(lister), aggregatedGroups(lister)])
      return ({ metadata, spec }) => {
        const identity = { title: `agent ${metadata.name}`, subjects: spec.subjects, but: [] }
        return contained(rightsOf(rbac, identity, aggregated, this.#ownNamespace))
      }
    } catch (cause) {
      // An installation whose ClusterRole is older may not read RBAC: then nobody knows, and that is said.
      if (statusOf(cause) !== 403) throw cause
      return () => unknown(cause)
    }
  }
}
