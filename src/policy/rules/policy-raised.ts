import type { CelRule, Raise } from '../action-policy.ts'
import { coversNamespace } from '../action-policy.ts'
import { compile } from '../cel.ts'
import type { Class } from '../class.ts'
import { worse } from '../class.ts'
import type { Facts } from '../facts.ts'
import { listed } from '../objects/named.ts'
import { remember } from '../objects/remember.ts'
import { isClusterScoped } from '../protection.ts'
import type { Request } from '../request.ts'
import { resourceName } from '../request.ts'
import type { Rule } from '../rule.ts'
import { coversResource, quote, visible } from '../rule.ts'

/**
 * What this cluster is stricter about than obstat: the entries `raise` and `cel` of the ActionPolicy "cluster", each to
 * the class that it names. An expression that fails, or does not compile, counts as true: a rule that cannot answer
 * must not let through what it was written against.
 */
export const policyRaised: Rule = {
  id: 'policy-raised',
  remedy: 'Ask an approver, or the people who wrote the ActionPolicy of this cluster.',
  raises: 'Destructive',
  matches: [{ operations: '*', group: '*', resource: '*/*' }],
  find: (request, facts) => {
    const hits = [...raised(request, facts), ...asked(request, facts)]
    const [first, ...more] = hits
    if (first === undefined) return null
    return {
      what: listed(hits.map(({ what }) => what)),
      raises: more.reduce((worst, hit) => worse(worst, hit.raises), first.raises),
    }
  },
}

interface Hit {
  readonly what: string
  readonly raises: Class
}

const raised = (request: Request, { policy }: Facts): readonly Hit[] =>
  (policy?.spec.raise ?? []).flatMap((entry, at) =>
    isRaised(entry, request)
      ? [
          {
            what: `ActionPolicy raises ${request.operation} of ${resourceName(request)} to ${entry.class} (spec.raise[${at}])`,
            raises: entry.class,
          },
        ]
      : [],
  )

const isRaised = (entry: Raise, request: Request): boolean =>
  has(entry.apiGroups, request.group) &&
  has(entry.operations, request.operation) &&
  entry.resources.some((resource) => coversResource(resource, request)) &&
  namespacesOf(request).some((namespace) => coversNamespace(entry.namespaces, namespace))

const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value)

/** A Namespace is cluster-scoped, and in itself. */
const namespacesOf = (request: Request): readonly string[] =>
  isClusterScoped(request) ? ['', request.namespace] : [request.namespace]

const expressionOf = remember((rule: CelRule) => compile(rule.expression))

const asked = (request: Request, { policy }: Facts): readonly Hit[] =>
  (policy?.spec.cel ?? []).flatMap((rule) => {
    const what = whatOf(rule, request)
    return what === '' ? [] : [{ what, raises: rule.raises }]
  })

function whatOf(rule: CelRule, request: Request): string {
  const name = `rule ${quote(rule.name)} of the ActionPolicy`
  const expression = expressionOf(rule)
  if (!expression.ok) return `${name} does not compile, so it counts as true`
  const answer = expression.value.ask(request)
  if (answer === 'false') return ''
  if (answer !== 'true') return `${name} fails, so it counts as true: ${visible(answer.why)}`
  return rule.message === undefined || rule.message === '' ? `${name} is true` : `${name}: ${visible(rule.message)}`
}
