import type { Decision } from '../policy/decision.ts'
import type { Request } from '../policy/request.ts'
import { groupedResource } from '../policy/request.ts'
import { visible } from '../policy/rule.ts'
import { API_VERSION } from '../api/names.ts'
import type { DenyReason } from '../api/names.ts'

/** AdmissionReview v1 as it is sent back. */
export interface Answer {
  readonly apiVersion: 'admission.k8s.io/v1'
  readonly kind: 'AdmissionReview'
  readonly response: {
    readonly uid: string
    readonly allowed: boolean
    readonly status?: { readonly code: 403; readonly reason: DenyReason; readonly message: string }
    readonly warnings?: readonly string[]
    readonly auditAnnotations?: Readonly<Record<string, string>>
  }
}

/** What agents read is cut here: many clients show one long line, and some models read no more. */
const MAX_MESSAGE_BYTES = 1024
/** kube-apiserver cuts a warning at 256 characters and drops one with control characters. */
const MAX_WARNING = 256

/** A refusal that rests on no decision: a fault, a review that cannot be read, no time left. */
export const refusal = (uid: string, reason: DenyReason, message: string): Answer => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid, allowed: false, status: { code: 403, reason, message: cut(`obstat: ${reason}: ${message}`) } },
})

/** The answer to one request. `approvalRequest` is the name of the ApprovalRequest that stands for it, or ''. */
export function encode(request: Request, decision: Decision, approvalRequest: string): Answer {
  const { classification } = decision
  const auditAnnotations = {
    verdict: decision.verdict,
    reason: decision.reason,
    class: classification.class,
    agent: decision.agent.name,
    phase: decision.agent.phase,
    ...(classification.findings.length === 0 ? {} : { rules: classification.findings.map((f) => f.rule).join(',') }),
    ...(approvalRequest === '' ? {} : { request: approvalRequest }),
  }
  const warnings = decision.warnings.map((warning) => visible(warning).slice(0, MAX_WARNING))
  const common = { uid: request.uid, auditAnnotations, ...(warnings.length === 0 ? {} : { warnings }) }
  if (decision.verdict === 'Allow')
    return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { ...common, allowed: true } }
  const message = messageOf(request, decision, approvalRequest)
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { ...common, allowed: false, status: { code: 403, reason: decision.reason, message } },
  }
}

type Deny = Extract<Decision, { verdict: 'Deny' }>

/** Four lines: what and why; what a person does; what the agent does; the same for machines. */
export function messageOf(request: Request, decision: Deny, approvalRequest: string): string {
  const { classification, agent, reason } = decision
  const machine = JSON.stringify({
    apiVersion: API_VERSION,
    reason,
    ...(approvalRequest === '' ? {} : { request: approvalRequest }),
    class: classification.class,
    phase: agent.phase,
    rules: classification.findings.slice(0, 4).map((finding) => finding.rule),
  })
  const tail = `\n${personLine(decision, approvalRequest)}\n${agentLine(decision, approvalRequest)}\n${machine}`
  return cut(headLine(request, decision, approvalRequest), MAX_MESSAGE_BYTES - Buffer.byteLength(tail)) + tail
}

const headLine = (request: Request, decision: Deny, approvalRequest: string): string => {
  const { findings } = decision.classification
  const because = findings.slice(0, 3).map((finding) => `${finding.rule} (${finding.what})`)
  return `${token(decision, approvalRequest)}: ${what(request)} is ${decision.classification.class}: ${[...because, decision.detail].join('; ')}`
}

/** One act in words, such as `DELETE statefulsets.apps shop/db`. */
export const what = (request: Request): string => {
  const isInNamespace = request.namespace !== '' && request.resource !== 'namespaces'
  const path = isInNamespace ? `${request.namespace}/${request.name}` : request.name
  return `${request.operation} ${groupedResource(request)}${request.name === '' ? '' : ` ${visible(path)}`}`
}

/** The word that clients keep when they drop the reason. */
function token(decision: Deny, approvalRequest: string): string {
  if (decision.filing === 'open' && approvalRequest !== '') return `APPROVAL_REQUIRED ${approvalRequest}`
  const word = decision.reason.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
  return approvalRequest === '' ? word : `${word} ${approvalRequest}`
}

function personLine(decision: Deny, approvalRequest: string): string {
  if (decision.filing === 'open' && approvalRequest !== '')
    return `Person: kubectl obstat approve ${approvalRequest} (to look first: kubectl obstat show ${approvalRequest}).`
  if (decision.filing === 'recommend' && approvalRequest !== '')
    return `Person: recorded as a recommendation, see kubectl obstat show ${approvalRequest}; carry it out yourself if you agree.`
  if (decision.filing === 'open')
    return 'Person: too many requests of this agent are open; decide those first: kubectl obstat queue.'
  if (decision.reason === 'AgentSuspended')
    return `Person: to let this agent go on, set spec.suspended of GovernedAgent ${decision.agent.name} to false.`
  if (decision.reason === 'StateStale')
    return 'Person: obstat cannot see the cluster; look at its log and at the API server.'
  return 'Person: nothing to sign; if this is wanted, do it yourself or change what the agent may do.'
}

function agentLine(decision: Deny, approvalRequest: string): string {
  if (decision.filing === 'open' && approvalRequest !== '')
    return 'Agent: stop and wait. Do not vary the request; repeat exactly this one after it has been approved.'
  if (decision.reason === 'StateStale') return 'Agent: stop and wait, then repeat this request.'
  // A remedy may be to ask an approver, which opens nothing that a phase or a scope refuses.
  const isByRule = decision.reason === 'NeverAllowed' && decision.classification.remedy !== ''
  const remedy = isByRule ? ` ${decision.classification.remedy}` : ''
  return `Agent: stop. Do not try another way to the same end.${remedy}`
}

/** Cuts on a character boundary, by bytes of UTF-8. */
function cut(text: string, bytes: number = MAX_MESSAGE_BYTES): string {
  if (Buffer.byteLength(text) <= bytes) return text
  const end = '...'
  return (
    Buffer.from(text)
      .subarray(0, bytes - end.length)
      .toString('utf8')
      .replace(/\uFFFD+$/, '') + end
  )
}

/**
 * The answer to a person: they are not judged, so this only says what could not be checked, or why their write is
 * invalid.
 */
export const passed = (uid: string, warnings: readonly string[]): Answer => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid, allowed: true, ...(warnings.length === 0 ? {} : { warnings }) },
})
