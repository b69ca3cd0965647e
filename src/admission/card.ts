import type { Json } from '../api/json.ts'
import { isArray, text } from '../api/json.ts'
import type { ApprovalRequest } from '../api/objects.ts'
import type { Facts } from '../policy/facts.ts'
import { historyLines, historyRead } from '../policy/impact/history.ts'
import type { Impact, ImpactLine } from '../policy/impact/impact.ts'
import { quote } from '../policy/rule.ts'
import type { Request } from '../policy/request.ts'
import { claimsOf, isPodOf, jobRead, podRead } from '../policy/run.ts'
import type { TryRead } from './impact.ts'
import { impactBy, inTime } from './impact.ts'
import type { Reader } from './ports.ts'

type Review = ApprovalRequest['spec']['review']

/** What a card shows beside the act itself, all of it read when the request is filed. */
export interface Background {
  readonly impact: Impact
  readonly claims: Review['claims']
  /** `namespace/name` of the Job that the agent's pod belongs to, or ''. */
  readonly job: string
}

/** Reads it in time and never fails: what could not be read is a line of the impact that says so. */
export async function readBackground(
  request: Request,
  parent: Json,
  agent: string,
  facts: Facts,
  reader: Reader,
  signal: AbortSignal,
): Promise<Background> {
  return inTime(reader, signal, async (attempt) => {
    const [impact, run, history] = await Promise.all([
      impactBy(attempt, request, parent),
      runBy(attempt, request),
      historyBy(attempt, agent, facts.now),
    ])
    const lines = [...impact.lines, ...history, ...run.lines]
    return { impact: { ...impact, lines }, claims: run.claims, job: run.job }
  })
}

async function historyBy(attempt: TryRead, agent: string, now: Date): Promise<readonly ImpactLine[]> {
  const outcome = await attempt(historyRead(agent))
  if (!outcome.ok) return [unknown('before', `what this agent asked for before (${outcome.why})`)]
  return historyLines(isArray(outcome.value) ? outcome.value : [], agent, now)
}

interface FoundRun extends Pick<Background, 'claims' | 'job'> {
  readonly lines: readonly ImpactLine[]
}

async function runBy(attempt: TryRead, { user }: Request): Promise<FoundRun> {
  const none: FoundRun = { claims: claimsOf(user, { pod: null, job: null }), job: '', lines: [] }
  const read = podRead(user)
  if (read === null) return none
  const pod = await attempt(read)
  if (!pod.ok) return { ...none, lines: [unknown('agent', `pod ${quote(read.name)} that asked (${pod.why})`)] }
  if (!isPodOf(user, pod.value)) return none
  const owner = jobRead(pod.value)
  if (owner === null) return { ...none, claims: claimsOf(user, { pod: pod.value, job: null }) }
  const job = await attempt(owner)
  return {
    claims: claimsOf(user, { pod: pod.value, job: job.ok ? job.value : null }),
    job: `${text(pod.value, 'metadata', 'namespace')}/${owner.name}`,
    lines: job.ok ? [] : [unknown('agent', `Job ${quote(owner.name)} of the pod that asked (${job.why})`)],
  }
}

const unknown = (about: string, what: string): ImpactLine => ({
  about,
  mark: 'unknown',
  what: `could not be read: ${what}`,
})
