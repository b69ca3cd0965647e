import type { ApprovalEvent } from '../admission/ports.ts'
import type { ApprovalRequest } from '../api/objects.ts'
import type { Client } from '../cluster/client.ts'
import { isConflict, isNotFound } from '../cluster/errors.ts'
import { approvalRequestOf, approverOf } from '../cluster/objects.ts'
import { ownCollection, ownObject, ownStatus } from '../cluster/paths.ts'
import type { RequestSummary } from '../cluster/request-index.ts'
import type { People } from '../policy/approvals/standing.ts'
import { standingOf } from '../policy/approvals/standing.ts'

type Status = NonNullable<ApprovalRequest['status']>
type Condition = NonNullable<Status['conditions']>[number]

export interface Verdict {
  readonly request: ApprovalRequest
  readonly verdict: 'Approved' | 'Denied'
}

/**
 * Writes down what people have decided, as the conditions Approved and Denied: for `kubectl get` and for scripts that
 * wait. Nothing rests on them, since signatures are verified again at use.
 */
export async function writeVerdicts(
  client: Client,
  requests: Iterable<RequestSummary>,
  { agents, policy }: Pick<People, 'agents' | 'policy'>,
  tell: (event: ApprovalEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const decided = [...requests].filter((request) => request.decisions > 0 && !request.isClosed)
  if (decided.length === 0) return
  const listed = await client.list(ownCollection('Approver'), { signal })
  const approvers = listed.items.map(approverOf)
  for (const { name } of decided) {
    try {
      const live = approvalRequestOf(await client.get(ownObject('ApprovalRequest', name), { signal }))
      const next = withVerdict(live, { approvers, agents, policy }, new Date())
      if (next === null) continue
      await client.replace(ownStatus('ApprovalRequest', name), next.request, { signal })
      tell(next.verdict)
    } catch (cause) {
      // Decided further, used or removed meanwhile: the watch says so, and it is looked at again.
      if (!isConflict(cause) && !isNotFound(cause)) throw cause
    }
  }
}

/** The request with its verdict in the status, or null while there is none or it stands there already. */
export function withVerdict(request: ApprovalRequest, people: People, now: Date): Verdict | null {
  const { state, decisions, signed } = standingOf(request, people, now)
  if (state !== 'Approved' && state !== 'Denied') return null
  if (request.status?.conditions?.some(({ type, status }) => type === state && status === 'True') === true) return null
  const bound = decisions.filter((decision) => decision.kind === 'bound')
  const deniers = bound.filter(({ statement }) => statement.decision === 'Deny')
  const message =
    state === 'Approved'
      ? `signed by ${signed.join(', ')}`
      : `denied by ${deniers.map((one) => one.statement.approver).join(', ')}`
  const decided = {
    ...request,
    status: {
      ...request.status,
      signedBy: bound.map(({ statement }) => ({
        approver: statement.approver,
        decision: statement.decision,
        at: statement.issuedAt,
      })),
      conditions: [
        ...(request.status?.conditions ?? []).filter(({ type }) => type !== state),
        conditionOf(request, state, message, now),
      ],
    },
  }
  return { request: decided, verdict: state }
}

const conditionOf = (
  request: ApprovalRequest,
  state: 'Approved' | 'Denied',
  message: string,
  now: Date,
): Condition => ({
  type: state,
  status: 'True',
  reason: state === 'Approved' ? 'Signed' : 'EntitledDeny',
  message: message.slice(0, 1000),
  lastTransitionTime: `${now.toISOString().slice(0, 19)}Z`,
  ...(request.metadata.generation === undefined ? {} : { observedGeneration: request.metadata.generation }),
})
