import type { Json } from '../api/json.ts'
import { field, list, text } from '../api/json.ts'
import { GROUP, INVESTIGATION_LABEL } from '../api/names.ts'
import type { ApprovalRequest } from '../api/objects.ts'
import type { GetRead } from './read.ts'
import { get } from './read.ts'
import type { User } from './request.ts'

type Claims = ApprovalRequest['spec']['review']['claims']

/** The pod and the Job that a request came from, as the token says and as they stand. null: not known. */
export interface Run {
  readonly pod: Json
  readonly job: Json
}

/** The pod that the token of this ServiceAccount is bound to (KEP-1205); null for any other user. */
export function podRead(user: User): GetRead | null {
  const [system, kind, namespace = '', , ...rest] = user.username.split(':')
  const pod = one(user, 'authentication.kubernetes.io/pod-name')
  if (`${system}:${kind}` !== 'system:serviceaccount' || rest.length > 0 || namespace === '' || pod === '') return null
  return get('', 'v1', 'pods', namespace, pod)
}

/** Is this the pod, and not another one of its name by now? */
export const isPodOf = (user: User, pod: Json): boolean => {
  const uid = one(user, 'authentication.kubernetes.io/pod-uid')
  return uid !== '' && text(pod, 'metadata', 'uid') === uid
}

/** The Job that owns the pod. */
export function jobRead(pod: Json): GetRead | null {
  const owner = list(pod, 'metadata', 'ownerReferences').find((each) => field(each, 'controller') === true)
  return text(owner, 'kind') === 'Job' && text(owner, 'apiVersion') === 'batch/v1'
    ? get('batch', 'v1', 'jobs', text(pod, 'metadata', 'namespace'), text(owner, 'name'))
    : null
}

/** Longest texts that an ApprovalRequest takes. */
const MOST = { reason: 8192, investigation: 253, confidence: 253, incident: 1024 } as const

/**
 * What is said about the request, by who authenticated it (`extra`), by its pod or by its Job, the first that says it:
 * `obstat.dev/reason`, `…/confidence`, `…/incident` and the label `obstat.dev/investigation`. Words, not proofs.
 */
export function claimsOf(user: User, { pod, job }: Run): Claims {
  const said = (key: keyof Claims): string => {
    const name = key === 'investigation' ? INVESTIGATION_LABEL : `${GROUP}/${key}`
    const where = key === 'investigation' ? 'labels' : 'annotations'
    const found = [one(user, name), text(pod, 'metadata', where, name), text(job, 'metadata', where, name)]
    return (found.find((each) => each !== '') ?? '').slice(0, MOST[key]).toWellFormed()
  }
  const keys = ['reason', 'investigation', 'confidence', 'incident'] as const
  return Object.fromEntries(keys.flatMap((key) => (said(key) === '' ? [] : [[key, said(key)]])))
}

const one = (user: User, key: string): string => user.extra.get(key)?.[0] ?? ''
