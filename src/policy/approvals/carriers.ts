import { APPROVAL_ANNOTATION } from '../../api/names.ts'
import type { Json } from '../../api/json.ts'
import { field, isArray, list } from '../../api/json.ts'
import type { ApprovalRequest } from '../../api/objects.ts'
import { JsonError, parseJson } from '../../signing/json.ts'
import type { Request } from '../request.ts'

/**
 * One envelope and where it was found. The bytes are anybody's: nothing in them is believed before a signature
 * verifies.
 */
export interface Carried {
  /** Name of the ApprovalRequest whose decision it is, or '' for an annotation. */
  readonly request: string
  readonly where: string
  readonly envelope: Json
  /** Why there is no envelope, or ''. */
  readonly unreadable: string
}

/** APPROVALS: an annotation is at most 64 KiB; a request has at most 8 envelopes. */
const MAX_ANNOTATION_BYTES = 65_536
const MAX_ENVELOPES = 8

/**
 * Writes through these never carry an approval: `/status` and bindings are controllers' ways, finalize is Tampering.
 */
const NO_CARRIER = new Set(['status', 'binding', 'finalize'])

/** Every envelope that may speak for this request: decisions of the given ApprovalRequests, then the annotations. */
export function carried(
  request: Request,
  parent: Json,
  approvalRequests: readonly ApprovalRequest[],
): readonly Carried[] {
  return [...approvalRequests.flatMap(decisionsOf), ...annotated(request, parent)]
}

const decisionsOf = (approvalRequest: ApprovalRequest): readonly Carried[] =>
  list(approvalRequest as unknown as Json, 'spec', 'decisions')
    .slice(0, MAX_ENVELOPES)
    .map((decision) => ({
      request: approvalRequest.metadata.name,
      where: approvalRequest.metadata.name,
      envelope: field(decision, 'envelope') ?? null,
      unreadable: '',
    }))

/** Envelopes of the annotation on the object sent, on the stored one, and on the live parent of a subresource. */
export function annotated(request: Request, parent: Json): readonly Carried[] {
  if (NO_CARRIER.has(request.subresource) || request.resource === 'bindings') return []
  const own =
    request.subresource === 'scale'
      ? []
      : ([
          ['object', request.object],
          ['stored object', request.oldObject],
        ] as const)
  const carriers = [...own, ...(request.subresource === '' ? [] : ([['parent', parent]] as const))]
  return carriers.flatMap(([where, object]) => envelopesOf(where, object))
}

/**
 * What `obstat.dev/approval` on one object holds. An object that a controller owns carries nothing: controllers copy
 * annotations.
 */
export function envelopesOf(where: string, object: Json): readonly Carried[] {
  const annotation = approvalOn(object)
  if (annotation === undefined || isControlled(object)) return []
  const unreadable = (why: string): readonly Carried[] => [{ request: '', where, envelope: null, unreadable: why }]
  if (typeof annotation !== 'string') return unreadable('the annotation is not a text')
  if (Buffer.byteLength(annotation) > MAX_ANNOTATION_BYTES) return unreadable('the annotation is larger than 64 KiB')
  const parsed = parse(annotation)
  if (!parsed.ok) return unreadable(parsed.why)
  const envelopes = isArray(parsed.value) ? parsed.value : [parsed.value]
  if (envelopes.length > MAX_ENVELOPES) return unreadable(`more than ${MAX_ENVELOPES} envelopes`)
  return envelopes.map((envelope) => ({ request: '', where, envelope, unreadable: '' }))
}

export const approvalOn = (object: Json): Json | undefined =>
  field(object, 'metadata', 'annotations', APPROVAL_ANNOTATION)

const isControlled = (object: Json): boolean =>
  list(object, 'metadata', 'ownerReferences').some((owner) => field(owner, 'controller') === true)

type Parsed = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly why: string }

function parse(annotation: string): Parsed {
  try {
    return { ok: true, value: parseJson(annotation) }
  } catch (cause) {
    if (cause instanceof JsonError) return { ok: false, why: `the annotation is not strict JSON: ${cause.message}` }
    throw cause
  }
}

/** Names that the statements say they belong to, unverified: which ApprovalRequests to read, and nothing more. */
export function namedRequests(
  carriers: readonly Carried[],
  nameOf: (envelope: Json) => string | null,
): readonly string[] {
  const names = carriers.map(({ envelope }) => nameOf(envelope))
  return [...new Set(names.filter((name) => name !== null))]
}
