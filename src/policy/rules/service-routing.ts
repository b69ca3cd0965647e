import type { Json } from '../../api/json.ts'
import { entries, field, isObject, list, text } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import type { Facts } from '../facts.ts'
import { isAlike } from '../objects/equal.ts'
import { shown, titleOf } from '../objects/metadata.ts'
import { labelsOf, selectsByMap } from '../objects/selectors.ts'
import type { ListRead } from '../read.ts'
import { listOf } from '../read.ts'
import type { Request } from '../request.ts'
import type { Found, Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** What the API server sets beside a port that is added (core/v1 ServiceSpec, defaults and allocators). */
const FILLED_IN: ReadonlySet<string> = new Set(['healthCheckNodePort'])

/**
 * A Service sends its traffic where its spec says: another selector, type, port or traffic policy sends it to nobody or
 * to somebody else, and a type less gives a cloud balancer's address back. Reads every field of `spec` (core/v1) of
 * both sides; a port more is an ordinary change. A Rollout of Argo that names a Service which is not its own (read
 * live) has its controller turn it there. Addresses have a rule of their own.
 */
export const serviceRouting: Rule = {
  id: 'service-routing',
  remedy: 'Add a port or a second Service, and leave what others already call as it is.',
  raises: 'Destructive',
  matches: [
    { operations: ['UPDATE'], group: '', resource: 'services' },
    { operations: ['CREATE', 'UPDATE'], group: 'argoproj.io', resource: 'rollouts' },
  ],
  needs: (request) => (namedAnew(request).length > 0 ? [servicesOf(request)] : []),
  find: (request, facts) => {
    if (request.group !== '') return takenByRollout(request, facts)
    const key = redirected(request)
    if (key === undefined) return null
    const [from, to] = [field(request.oldObject, 'spec', key), field(request.object, 'spec', key)]
    return found(`changes spec.${key} of ${titleOf(request)} from ${written(from)} to ${written(to)}`)
  },
}

/** Services whose selector Argo Rollouts turns to the Rollout's own pods (argoproj.io/v1alpha1 RolloutStrategy). */
const ROLES = [
  ['blueGreen', 'activeService'],
  ['blueGreen', 'previewService'],
  ['canary', 'stableService'],
  ['canary', 'canaryService'],
] as const

const servicesOf = (request: Request): ListRead => listOf('', 'v1', 'services', request.namespace)

const namesIn = (rollout: Json): readonly string[] =>
  ROLES.map((role) => text(rollout, 'spec', 'strategy', ...role)).filter((name) => name !== '')

function namedAnew({ group, oldObject, object }: Request): readonly string[] {
  if (group === '') return []
  const before = new Set(namesIn(oldObject))
  return namesIn(object).filter((name) => !before.has(name))
}

function takenByRollout(request: Request, facts: Facts): Found | null {
  const read = servicesOf(request)
  const names = namedAnew(request)
  if (names.length === 0) return null
  const labels = labelsOf(field(request.object, 'spec', 'template'))
  const service = facts.live
    .list(read)
    .find(
      (one) => names.includes(text(one, 'metadata', 'name')) && !selectsByMap(field(one, 'spec', 'selector'), labels),
    )
  return service === undefined
    ? null
    : found(`has ${titleOf(request)} take over Service ${quote(text(service, 'metadata', 'name'))}`)
}

function redirected({ oldObject, object }: Request): string | undefined {
  const keys = [...new Set([...entries(oldObject, 'spec'), ...entries(object, 'spec')].map(([key]) => key))]
  return keys.find((key) => {
    if (FILLED_IN.has(key)) return false
    const [before, after] = [field(oldObject, 'spec', key), field(object, 'spec', key)]
    return key === 'ports' ? losesPort(oldObject, object) : !isAlike(before, after)
  })
}

/** Is a port gone or changed? Order means nothing, and a port beside another must have a name. */
function losesPort(before: Json, after: Json): boolean {
  const kept = new Set(list(after, 'spec', 'ports').flatMap((port) => [canonical(port), canonical(unnamed(port))]))
  return list(before, 'spec', 'ports').some((old) => !kept.has(canonical(old)))
}

const unnamed = (port: Json): Json => Object.fromEntries(entries(port).filter(([key]) => key !== 'name'))

/** A selector in words, anything else as messages show it. */
const written = (value: Json | undefined): string =>
  isObject(value)
    ? entries(value)
        .map(([key, each]) => `${key}=${shown(each)}`)
        .join(',')
    : shown(value)
