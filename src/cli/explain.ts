import type { Explanation } from '../admission/explain.ts'
import { explain as judge } from '../admission/explain.ts'
import { UnknownReview } from '../admission/decode.ts'
import type { Json, JsonObject } from '../api/json.ts'
import { field, isObject, text } from '../api/json.ts'
import type { GovernedAgent } from '../api/objects.ts'
import { explanationOf } from '../review/explanation.ts'
import { CLUSTER_OR_FOLDER } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { sections } from './card.ts'
import type { Command, ExitCode } from './command.ts'
import { EXIT, Refused, UsageError } from './command.ts'
import { readOnlyReviewer } from './explain-ports.ts'
import { requestOfManifest, requestOfWords } from './explain-words.ts'
import { readYaml } from './files.ts'
import { agentsOf } from './objects.ts'
import type { Cluster, World } from './ports.ts'
import { printable } from './printable.ts'

/** Reads of a person have no deadline but their patience. */
const PATIENCE_MS = 30_000

export const explain: Command = {
  name: 'explain',
  summary: 'what obstat would answer to a request of an agent, and why',
  operands: '[VERB TYPE/NAME ...]',
  arity: [0, 64],
  flags: {
    ...CLUSTER_OR_FOLDER,
    'as-agent': { type: 'string', value: 'NAME', help: 'the GovernedAgent that asks; needed where there are several' },
    namespace: { type: 'string', short: 'n', value: 'NAME', help: 'where the object is; default "default"' },
    file: {
      type: 'string',
      short: 'f',
      value: 'FILE',
      help: 'a manifest to apply, or a recorded AdmissionReview; - is stdin',
    },
    replicas: { type: 'string', value: 'N', help: 'for scale' },
    patch: { type: 'string', short: 'p', value: 'JSON', help: 'for patch: a merge patch' },
    cascade: { type: 'string', value: 'HOW', help: 'for delete: background, foreground or orphan' },
    'grace-period': { type: 'string', value: 'SECONDS', help: 'for delete' },
  },
  notes: `The answer is the webhook's own, by the rules, agents and objects as they are
now; nothing is sent, filed or used. Objects are read with your rights. Verbs:
delete, scale, rollout restart, evict, exec, cordon, uncordon, label, annotate,
patch. What the API server would fill in is not there; a recorded
AdmissionReview is exact.

  obstat explain delete statefulset/db -n shop --as-agent sre-bot
  obstat explain scale deploy/web --replicas 0 -n shop
  obstat explain -f deployment.yaml --as-agent sre-bot

Exit codes: 0 it would go through, 1 it would be refused, 3 a person would have
to sign.`,
  run: async (given, world) => {
    const cluster = world.connect(given.cluster())
    try {
      const body = await bodyOf(given, cluster, world)
      const found = await answered(body, cluster, world)
      world.out(sections(explanationOf(found), world.hasColours.out))
      return codeOf(found)
    } finally {
      cluster.close()
    }
  },
}

const codeOf = ({ decision }: Explanation): ExitCode => {
  if (decision.verdict === 'Allow') return EXIT.ok
  return decision.filing === 'open' ? EXIT.pending : EXIT.refused
}

async function answered(body: Json, cluster: Cluster, world: World): Promise<Explanation> {
  try {
    const signal = AbortSignal.any([world.signal, AbortSignal.timeout(PATIENCE_MS)])
    const found = await judge(body, await readOnlyReviewer(cluster, world), signal)
    if (found === null) throw new Refused('the state of the cluster could not be read')
    return found
  } catch (cause) {
    if (cause instanceof UnknownReview) throw new UsageError(`-f: ${cause.message}`, { cause })
    throw cause
  }
}

async function bodyOf(given: Arguments, cluster: Cluster, world: World): Promise<Json> {
  const file = given.text('file')
  if ((file === undefined) === (given.operands.length === 0))
    throw new UsageError('name one request: VERB TYPE/NAME, or -f FILE')
  const document = file === undefined ? null : await readYaml(world, '--file', file)
  if (text(document, 'kind') === 'AdmissionReview') {
    if (given.text('as-agent') === undefined) return document
    return reviewOf((field(document, 'request') ?? {}) as JsonObject, await userOf(given, cluster))
  }
  const user = await userOf(given, cluster)
  const request = isObject(document)
    ? await requestOfManifest(document, given, cluster)
    : await requestOfWords(given, cluster)
  return reviewOf(request, user)
}

const reviewOf = (request: JsonObject, userInfo: JsonObject): Json => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: { uid: 'explain', ...request, userInfo },
})

/** A user as the API server would authenticate the agent. */
async function userOf(given: Arguments, cluster: Cluster): Promise<JsonObject> {
  const agents = await agentsOf(cluster)
  const name = given.text('as-agent')
  const found = agents.filter(({ metadata }) => name === undefined || metadata.name === name)
  const [one, ...others] = found
  if (one === undefined)
    throw new UsageError(
      name === undefined ? 'there is no GovernedAgent' : `there is no GovernedAgent ${printable(name)}`,
    )
  if (others.length > 0)
    throw new UsageError(`--as-agent is missing: one of ${agents.map(({ metadata }) => metadata.name).join(', ')}`)
  return subjectOf(one)
}

function subjectOf({ spec }: GovernedAgent): JsonObject {
  const [subject] = spec.subjects
  const groups = ['system:authenticated']
  if (subject?.kind === 'ServiceAccount') {
    const namespace = subject.namespace ?? ''
    return {
      username: `system:serviceaccount:${namespace}:${subject.name}`,
      uid: 'explain',
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, ...groups],
    }
  }
  if (subject?.kind === 'Group') return { username: 'explain', groups: [subject.name, ...groups] }
  return { username: subject?.name ?? '', groups }
}
