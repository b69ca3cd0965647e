import { field } from '../../api/json.ts'
import { isAlike } from '../objects/equal.ts'
import { labelChanges, titleOf } from '../objects/metadata.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** Which Service an EndpointSlice belongs to, and who keeps it (discovery.k8s.io/v1). */
const KEYS = /^(kubernetes\.io\/service-name|endpointslice\.kubernetes\.io\/.+)$/

/**
 * Endpoints are where a Service's traffic goes, whichever pods it selects: an address more takes a share of it, one
 * less cuts it. Reads all of an EndpointSlice or Endpoints but its other labels and annotations; making one counts,
 * since it joins the Service that its label or name says. Controllers keep those of Services with a selector.
 */
export const endpoints: Rule = {
  id: 'endpoints',
  remedy: 'Change the pods or the Service; its controller keeps the endpoints.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: 'discovery.k8s.io', resource: 'endpointslices' },
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'endpoints' },
  ],
  find: (request) => {
    if (request.operation === 'CREATE')
      return found(`creates ${titleOf(request)}: it takes part of a Service's traffic`)
    return redirects(request) ? found(`changes where ${titleOf(request)} sends traffic`) : null
  },
}

const redirects = (request: Request): boolean =>
  ['addressType', 'endpoints', 'ports', 'subsets'].some(
    (key) => !isAlike(field(request.oldObject, key), field(request.object, key)),
  ) || labelChanges(request, (key) => KEYS.test(key)).length > 0
