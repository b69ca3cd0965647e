import type { GovernedAgent } from '../api/objects.ts'
import { DEFAULT_NAMESPACE, PHASES } from '../api/names.ts'
import { parseObject } from '../api/parse.ts'
import type { Finding } from '../doctor/finding.ts'
import { aggregatedGroups, loadRbac } from '../doctor/granted.ts'
import { rightsOf } from '../doctor/rights.ts'
import { apply } from './apply.ts'
import { CLUSTER_OR_FOLDER } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import type { Command } from './command.ts'
import { EXIT, UsageError } from './command.ts'
import { fieldOf } from './field.ts'
import { linesOf } from './findings.ts'
import type { World } from './ports.ts'
import { toYaml } from './printing.ts'
import { printable } from './printable.ts'
import { parseScope } from './scope.ts'

type Subject = GovernedAgent['spec']['subjects'][number]

export const agentAdd: Command = {
  name: 'agent add',
  summary: 'print or apply a GovernedAgent, and say what RBAC leaves it that nobody sees',
  operands: 'NAME',
  arity: [1, 1],
  flags: {
    ...CLUSTER_OR_FOLDER,
    serviceaccount: { type: 'string', value: 'NS/NAME', multiple: true, help: 'a ServiceAccount that is this agent' },
    user: { type: 'string', value: 'NAME', multiple: true, help: 'a user that is this agent' },
    group: { type: 'string', value: 'NAME', multiple: true, help: 'a group whose members are this agent' },
    phase: { type: 'string', value: 'PHASE', help: `how far it is trusted: ${PHASES.join(', ')}; default Shadow` },
    scope: { type: 'string', value: 'SCOPE', multiple: true, help: 'what it may touch, see below' },
    required: { type: 'string', value: 'N', help: 'how many people must sign; default 1' },
    role: { type: 'string', value: 'NAME', multiple: true, help: 'a role of which somebody must sign' },
    audit: { type: 'boolean', help: 'only warn and record what would be refused' },
    environment: { type: 'string', value: 'NAME', help: 'where it works, such as production' },
    apply: { type: 'boolean', help: 'apply it instead of printing it' },
  },
  notes: `SCOPE is NAMESPACES:RESOURCES[:OPERATIONS], lists with commas, resources as
kubectl names them, * for all of each.

  obstat agent add sre-bot --serviceaccount agents/sre-bot \\
    --phase LimitedRemediation \\
    --scope shop:deployments.apps,deployments.apps/scale:UPDATE --apply

The rights that RBAC leaves the agent and that admission never sees are listed
on standard error, each with what closes it; obstat doctor looks again later.`,
  run: async (given, world) => {
    const agent = agentOf(given)
    if (given.has('apply')) await apply(given, agent, world)
    else world.out(toYaml(agent))
    await warn(given, agent, world)
    return EXIT.ok
  },
}

function agentOf(given: Arguments): GovernedAgent {
  const subjects: readonly Subject[] = [
    ...given.texts('serviceaccount').map(accountOf),
    ...given.texts('user').map((name): Subject => ({ kind: 'User', name })),
    ...given.texts('group').map((name): Subject => ({ kind: 'Group', name })),
  ]
  if (subjects.length === 0)
    throw new UsageError('--serviceaccount is missing: say who the agent is, as NAMESPACE/NAME')
  const scope = given.texts('scope').flatMap(parseScope)
  const environment = given.text('environment')
  const approval = approvalOf(given)
  const agent = {
    apiVersion: 'obstat.dev/v1alpha1',
    kind: 'GovernedAgent',
    metadata: { name: given.operands[0] ?? '' },
    spec: {
      subjects,
      trustPhase: given.oneOf('phase', PHASES) ?? 'Shadow',
      ...(given.has('audit') ? { enforcement: 'Audit' as const } : {}),
      ...(scope.length === 0 ? {} : { scope }),
      ...(approval === undefined ? {} : { approval }),
      ...(environment === undefined ? {} : { environment }),
    },
  } as const
  const read = parseObject('GovernedAgent', agent)
  if (!read.ok) throw new UsageError(read.issues.map(({ path, message }) => `${fieldOf(path)}: ${message}`).join('; '))
  return agent
}

function accountOf(text: string): Subject {
  const [namespace, name, ...rest] = text.split('/')
  if (namespace === undefined || name === undefined || rest.length > 0)
    throw new UsageError(`--serviceaccount: expected NAMESPACE/NAME, got ${JSON.stringify(text)}`)
  return { kind: 'ServiceAccount', namespace, name }
}

function approvalOf(given: Arguments): GovernedAgent['spec']['approval'] {
  const number = given.text('required')
  const roles = given.texts('role')
  if (number === undefined && roles.length === 0) return undefined
  const required = Number(number ?? 1)
  if (!Number.isInteger(required) || required < 1)
    throw new UsageError(`--required: expected a number from 1 to 8, got ${JSON.stringify(number)}`)
  return { required, requiredProtected: required, ...(roles.length === 0 ? {} : { roles }) }
}

/**
 * What the agent could do without anybody asking. A cluster that cannot be asked is said, and is no failure of
 * printing.
 */
async function warn(given: Arguments, agent: GovernedAgent, world: World): Promise<void> {
  if (given.text('standalone') !== undefined) return
  try {
    const cluster = world.connect(given.cluster())
    try {
      const [rbac, aggregated] = await Promise.all([loadRbac(cluster), aggregatedGroups(cluster)])
      const identity = { title: `agent ${agent.metadata.name}`, subjects: agent.spec.subjects, but: [] }
      const open = rightsOf(rbac, identity, aggregated, DEFAULT_NAMESPACE)
      for (const line of report(agent.metadata.name, open)) world.say(line)
    } finally {
      cluster.close()
    }
  } catch (cause) {
    if (given.has('apply')) throw cause
    world.say(
      `note: what RBAC grants was not checked: ${printable(cause instanceof Error ? cause.message : String(cause))}`,
    )
  }
}

/** The warning, line by line. */
function report(name: string, open: readonly Finding[]): readonly string[] {
  if (open.length === 0) return [`RBAC leaves ${name} no known way round admission`]
  return [`warning: RBAC leaves ${name} ways round admission:`, ...open.flatMap((finding) => linesOf(finding))]
}
