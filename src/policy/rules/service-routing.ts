import type { Json } from '../../api/json.ts'
import { entries, field, isObject, list } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import { isAlike } from '../objects/equal.ts'
import { shown, titleOf } from '../objects/metadata.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** What the API server sets beside a port that is added (core/v1 ServiceSpec, defaults and allocators). */
const FILLED_IN: ReadonlySet<string> = new Set(['healthCheckNodePort'])

/**
 * A Service sends its traffic where its spec says: another selector, type, port or traffic policy sends it to nobody or
 * to somebody else, and a type less gives a cloud balancer's address back. Reads every field of `spec` (core/v1) of both
 * sides; a port more is an ordinary change. Addresses have a rule of their own.
 */
export const serviceRouting: Rule = {
  id: 'service-routing',
  remedy: 'Add a port or a second Service, and leave what others already call as it is.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '', resource: 'services' }],
  find: (request) => {
    const key = redirected(request)
    if (key === undefined) return null
    const [from, to] = [field(request.oldObject, 'spec', key), field(request.object, 'spec', key)]
    return found(`changes spec.${key} of ${titleOf(request)} from ${written(from)} to ${written(to)}`)
  },
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
