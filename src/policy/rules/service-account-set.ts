import type { Json } from '../../api/json.ts'
import { isObject, text } from '../../api/json.ts'
import { agentOf, isNamedAccount, serviceAccountOf } from '../agents.ts'
import type { Facts } from '../facts.ts'
import { cronJobReads, isRunOfCronJob } from '../objects/cron-job-run.ts'
import { listed, named } from '../objects/named.ts'
import { podSpecChanges } from '../objects/pod-specs.ts'
import { isOpaque, valuesOf } from '../objects/walk.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** `serviceAccountName` and its deprecated twin of core/v1 PodSpec, and how operators call theirs. */
const KEY = /^serviceAccount(Name|Ref)?$/i
const DEFAULT = 'default'

/**
 * Whoever chooses the ServiceAccount of a pod, or of anything that acts with one, has its token and acts as it. Any
 * name but `default` that wasn't there before is one too many, in every kind; so is `default` where that is itself an
 * agent. Left out: one more run of a CronJob as it stands, and a Job of an agent that runs as itself in its own
 * Namespace.
 * Source: core/v1 PodSpec; kubernetes.io, "RBAC good practices", workload creation.
 */
export const serviceAccountSet: Rule = {
  id: 'service-account-set',
  remedy: 'Keep the ServiceAccount as it is, or run as "default".',
  raises: 'Escalation',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*/*' }],
  needs: cronJobReads,
  find: (request, facts) => {
    if (isOpaque(request) || isRunOfCronJob(request, facts)) return null
    const own = ownAccount(request, facts)
    const before = accountsOf(request.oldObject, request.object)
    const set = [...accountsOf(request.object, request.oldObject)]
      .filter(([path, name]) => name !== DEFAULT && name !== own && before.get(path) !== name)
      .map(([, name]) => quote(name))
    if (set.length > 0) return found(`lets ${named(request)} run as ServiceAccount ${listed([...new Set(set)])}`)
    return own !== DEFAULT && isAgentByDefault(request, facts)
      ? found(`lets ${named(request)} run as ServiceAccount "default", which is an agent`)
      : null
  },
}

function accountsOf(object: Json, other: Json): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [path, value] of valuesOf(object, (key) => KEY.test(key), other)) {
    const name = isObject(value) ? text(value, 'name') : value
    if (typeof name === 'string' && name !== '') found.set(path, name)
  }
  return found
}

/** The asker's own ServiceAccount, where this is a Job of its own investigation; else null. */
function ownAccount(request: Request, facts: Facts): string | null {
  const isOwnJob =
    request.operation === 'CREATE' &&
    request.group === 'batch' &&
    request.resource === 'jobs' &&
    request.namespace === agentOf(facts, request.user).homeNamespace
  return isOwnJob ? (serviceAccountOf(request.user.username)?.name ?? null) : null
}

/** Would new pods run as `default` of a Namespace where a GovernedAgent names that? */
const isAgentByDefault = (request: Request, facts: Facts): boolean =>
  isNamedAccount(facts, request.namespace, DEFAULT) &&
  podSpecChanges(request, facts).some(({ from, to }) => isDefault(to.spec) && (from === null || !isDefault(from.spec)))

const isDefault = (spec: Json): boolean => {
  const name = text(spec, 'serviceAccountName') || text(spec, 'serviceAccount')
  return name === '' || name === DEFAULT
}
