import type { JsonObject } from '../../src/api/json.ts'
import { configMap, deployment, finishedJob, scale } from './objects.ts'
import { AGENT, reviewOf } from './review.ts'

/** What obstat is to answer: let it through, ask for a signature, or let it through because it was signed. */
export const OUTCOMES = ['refuse', 'allow', 'approve'] as const
export type Outcome = (typeof OUTCOMES)[number]

export const BODIES = ['scale', 'delete', 'update', '1m', '12m'] as const
export type BodyName = (typeof BODIES)[number]

/** An ordinary Namespace, and one that is labelled protected: there every write needs a signature. */
export const ORDINARY = 'shop'
export const PROTECTED = 'pay'

const IMAGE = 'registry.example.com/shop/web:1.2'
const cart = { namespace: ORDINARY, name: 'cart' }

/** The objects that stand behind the reviews, as a live read of them would find them. */
export const storedIn = (): readonly JsonObject[] => [deployment(cart, `${IMAGE}.3`)]

/** Half of 1 MB, twice: the old object and the new one. */
const HALF_MEGABYTE = 500_000
/** A ConfigMap holds 1 MiB at most. Of characters that Go escapes to six bytes, old and new object are 12.6 MB. */
const FULL_CONFIG_MAP = 1_048_000

/** One review as the agent's request would bring it about; what is refused is also what is signed. */
export function reviewFor(body: BodyName, outcome: Outcome): JsonObject {
  const isAllowed = outcome === 'allow'
  const namespace = isAllowed ? ORDINARY : PROTECTED
  switch (body) {
    case 'scale':
      return reviewOf({
        ...{ operation: 'UPDATE', group: 'apps', resource: 'deployments', subresource: 'scale' },
        object: scale(cart, isAllowed ? 4 : 0),
        oldObject: scale(cart, 3),
      })
    case 'delete':
      return isAllowed
        ? reviewOf({
            ...{ operation: 'DELETE', group: 'batch', resource: 'jobs', object: null },
            oldObject: finishedJob({ namespace: AGENT.namespace, name: 'probe-29384701' }),
          })
        : reviewOf({
            ...{ operation: 'DELETE', group: 'apps', resource: 'deployments', object: null },
            oldObject: deployment(cart, `${IMAGE}.3`),
          })
    case 'update': {
      const place = { namespace, name: 'cart' }
      return reviewOf({
        ...{ operation: 'UPDATE', group: 'apps', resource: 'deployments' },
        object: deployment(place, `${IMAGE}.4`),
        oldObject: deployment(place, `${IMAGE}.3`),
      })
    }
    case '1m':
      return configMapUpdate(namespace, pageOf('lorem ipsum dolor sit amet; ', HALF_MEGABYTE))
    case '12m':
      return configMapUpdate(namespace, pageOf('<<>>&&', FULL_CONFIG_MAP))
  }
}

const pageOf = (piece: string, bytes: number): string => piece.repeat(Math.ceil(bytes / piece.length)).slice(0, bytes)

function configMapUpdate(namespace: string, page: string): JsonObject {
  const place = { namespace, name: 'page' }
  return reviewOf({
    ...{ operation: 'UPDATE', group: '', resource: 'configmaps' },
    object: configMap(place, `${page.slice(0, -1)}.`),
    oldObject: configMap(place, page),
  })
}

/**
 * What the API server would give the webhook for its answer: 5 s, as configured; the largest may take all that there
 * is.
 */
export const timeoutSecondsOf = (body: BodyName): number => (body === '12m' ? 30 : 5)
