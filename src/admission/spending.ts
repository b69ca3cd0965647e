import type { ApprovalRequest } from '../api/objects.ts'
import type { Spend } from '../policy/approvals/evaluate.ts'
import type { Request } from '../policy/request.ts'
import { recordOfPreApproval } from './filing.ts'
import type { ApprovalEvent, Ports } from './ports.ts'

/**
 * Puts the use on record, before the answer is sent, and tells what that did: null when another replica wrote in
 * between, so that everything has to be read and judged again. A use that stands on record already is written no second
 * time.
 */
export async function spend(
  request: Request,
  it: Spend,
  now: Date,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly ApprovalEvent[] | null> {
  if (it.isRecorded) return []
  const record = it.record ?? (await ports.ledger.file(recordOfPreApproval(request, it), signal))
  if (record === null) return null
  const used = withUse(record, request, it, now)
  if (!(await ports.ledger.writeStatus(used, signal))) return null
  // Used up before anybody wrote down that it was approved: nobody will.
  return has(used, 'Consumed') && !has(used, 'Approved') ? ['Approved', 'Used'] : ['Used']
}

const has = ({ status }: ApprovalRequest, type: string): boolean =>
  status?.conditions?.some((condition) => condition.type === type) === true

type Status = NonNullable<ApprovalRequest['status']>
type Condition = NonNullable<Status['conditions']>[number]

function withUse(record: ApprovalRequest, request: Request, it: Spend, now: Date): ApprovalRequest {
  const at = now.toISOString().replace('Z', '000Z') // MicroTime
  const use = { act: it.act, reviewUid: request.uid, ...it.useFacts, at }
  const uses = [...(record.status?.uses ?? []), use]
  const conditions = record.status?.conditions ?? []
  const isUsedUp = new Set(uses.map((one) => one.act)).size >= record.spec.acts.length
  return {
    ...record,
    status: {
      ...record.status,
      uses,
      conditions: isUsedUp ? [...conditions.filter(isOther), consumed(it, at)] : conditions,
    },
  }
}

const isOther = (condition: Condition): boolean => condition.type !== 'Consumed'

const consumed = (it: Spend, at: string): Condition => ({
  type: 'Consumed',
  status: 'True',
  lastTransitionTime: `${at.slice(0, 19)}Z`,
  reason: 'Used',
  message: `approved by ${it.approvers.join(', ')}; every act has been carried out`,
})
