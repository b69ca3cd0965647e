import { field, list, text } from '../../api/json.ts'
import { serviceAccountOf } from '../agents.ts'
import type { Request } from '../request.ts'

/**
 * The API server's own audience, as it fills it in where the request names none (--api-audiences, by default the
 * issuer).
 */
const OWN_AUDIENCE = /^(https:\/\/)?kubernetes\.default(\.svc(\.[a-z0-9-]+)*)?$/

/**
 * Default and bound of authentication.k8s.io/v1 TokenRequestSpec.expirationSeconds as obstat lets it through: one hour.
 */
const MAX_SECONDS = 3600

/** Set by the API server in `userInfo.extra` for a token that is bound to a pod (KEP-4193). */
const POD_NAME = 'authentication.kubernetes.io/pod-name'
const POD_UID = 'authentication.kubernetes.io/pod-uid'

/**
 * Why a TokenRequest is more than a token for the asker's own pod, or ''. The API server itself refuses to bind a token
 * to a pod that runs as another ServiceAccount; where it knows which pod asks, it must be that one.
 */
export function tokenExcess(request: Request): string {
  const account = serviceAccountOf(request.user.username)
  if (account?.namespace !== request.namespace || account.name !== request.name) return 'for another ServiceAccount'
  const bound = field(request.object, 'spec', 'boundObjectRef') ?? null
  if (bound === null) return 'that is bound to no pod and outlives every one'
  const uid = text(bound, 'uid')
  if (text(bound, 'kind') !== 'Pod' || text(bound, 'apiVersion') !== 'v1' || uid === '')
    return 'that is not bound to a pod'
  if (!isOneOf(request, POD_NAME, text(bound, 'name')) || !isOneOf(request, POD_UID, uid)) return 'bound to another pod'
  const foreign = list(request.object, 'spec', 'audiences').some(
    (audience) => typeof audience !== 'string' || !OWN_AUDIENCE.test(audience),
  )
  if (foreign) return 'for another audience than this API server'
  const seconds = field(request.object, 'spec', 'expirationSeconds') ?? MAX_SECONDS
  return typeof seconds === 'number' && seconds <= MAX_SECONDS ? '' : 'that lives longer than an hour'
}

/** Is this what the API server knows of the asking pod, as far as it knows one? */
const isOneOf = (request: Request, key: string, value: string): boolean =>
  request.user.extra.get(key)?.includes(value) ?? true
