import { field, list } from '../../api/json.ts'
import { statusOf } from '../../api/status.ts'
import { GROUP } from '../../api/names.ts'
import type { GovernedAgent } from '../../api/objects.ts'
import { agentsIn } from '../agents.ts'
import type { Check, Finding } from '../finding.ts'
import type { Subject } from '../granted.ts'
import { usernameOf } from '../granted.ts'
import type { Api, Look, Way } from '../look.ts'
import { allOf } from '../look.ts'

/**
 * Asks every API server as an agent for what obstat refuses in every phase: a label of obstat on a SelfSubjectReview,
 * as a dry run. Everybody may make one and nothing stores them, so that it does no harm even where nobody refuses it.
 */
export const canary: Check = {
  id: 'canary',
  asks: 'does every API server ask obstat about an agent?',
  isForPre: false,
  run: async (look) => {
    const agent = (await agentsIn(look.api)).find((one) => wayAs(one) !== null)
    const as = agent === undefined ? null : wayAs(agent)
    if (agent === undefined || as === null) return []
    const endpoints = await endpointsOf(look.api)
    const doors = [
      { title: look.api.server, way: { as } },
      ...endpoints.map((endpoint) => ({ title: endpoint, way: { as, endpoint } })),
    ]
    const findings = await Promise.all(doors.map((door) => asked(look, door, agent.metadata.name)))
    return findings.flat()
  },
}

interface Door {
  readonly title: string
  readonly way: Way
}

const REVIEWS = '/apis/authentication.k8s.io/v1/selfsubjectreviews?dryRun=All'
const REVIEW = {
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'SelfSubjectReview',
  metadata: { labels: { [`${GROUP}/canary`]: 'doctor' } },
}

async function asked({ by }: Look, { title, way }: Door, agent: string): Promise<readonly Finding[]> {
  const finding = (
    level: Finding['level'],
    id: string,
    what: string,
    evidence: string,
    fix: string,
  ): readonly Finding[] => [
    { id: `canary/${id}`, level, subject: `API server ${title}`, what, evidence: [evidence], fix: [fix] },
  ]
  const api = by(way)
  try {
    await api.create(REVIEWS, REVIEW)
    const what = `let agent ${agent} through without asking obstat`
    const fix = 'kubectl get validatingwebhookconfiguration obstat -o yaml  # asked of this API server'
    return finding('critical', 'unasked', what, `POST ${REVIEWS} was answered`, fix)
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    if (isRefusal(said)) return []
    if (statusOf(cause) === 0 && way.endpoint !== undefined)
      return finding(
        'info',
        'unreachable',
        'cannot be reached from here, so it was not asked',
        said,
        'Run obstat doctor where it can be reached, such as in a pod.',
      )
    if (statusOf(cause) === 0) throw cause
    if (statusOf(cause) === 403 || statusOf(cause) === 401)
      return finding(
        'info',
        'not-tried',
        `was not tried as agent ${agent}: you may not impersonate it, or something else refused first`,
        said,
        'Run it as somebody who may impersonate agents.',
      )
    return finding(
      'warning',
      'unanswered',
      `gets no answer of obstat: agents are stopped there`,
      said,
      'kubectl get pods -A -l app.kubernetes.io/name=obstat  # or start obstat serve where the API server calls it',
    )
  } finally {
    api.close()
  }
}

/** As the API server words it: the entry that refused is named. */
const isRefusal = (said: string): boolean =>
  /admission webhook "agents(-\d+)?\.obstat\.dev" denied the request/.test(said)

/** An identity that stands for the agent; null where its name cannot stand in a header. */
function wayAs({ spec }: GovernedAgent): NonNullable<Way['as']> | null {
  const ways = spec.subjects.map((subject: Subject) =>
    subject.kind === 'Group' ? { username: 'obstat-doctor', group: subject.name } : { username: usernameOf(subject) },
  )
  return ways.find((way) => Object.values(way).every((value) => /^[\x21-\x7e]+$/.test(value))) ?? null
}

/** `host:port` of every API server, as the Service `kubernetes` names them. */
async function endpointsOf(api: Api): Promise<readonly string[]> {
  const slices = await allOf(
    api,
    '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes',
  )
  return slices.flatMap((slice) => {
    const port = field(list(slice, 'ports')[0], 'port')
    const hosts = list(slice, 'endpoints').flatMap((endpoint) => list(endpoint, 'addresses'))
    return hosts.flatMap((host) =>
      typeof host === 'string' && typeof port === 'number'
        ? [`${host.includes(':') ? `[${host}]` : host}:${port}`]
        : [],
    )
  })
}
