import type { SignedAct } from '../../src/signing/act.ts'
import { signedAct } from '../../src/signing/act.ts'
import type { Statement } from '../../src/signing/statement.ts'

/** A scale to zero. */
export const ACT: SignedAct = signedAct({
  operation: 'UPDATE',
  group: 'apps',
  resource: 'deployments',
  subresource: 'scale',
  namespace: 'shop',
  name: 'cart',
  uid: '6d1f0000-0000-4000-8000-000000000000',
  options: {},
  change: [{ path: '/spec/replicas', from: 3, to: 0 }],
})

/** An Approve by alice, for one request. */
export const STATEMENT: Statement = {
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'ApprovalStatement',
  cluster: '11111111-1111-4111-8111-111111111111',
  request: 'ar-7f3k2m9q',
  agent: 'sre-bot',
  acts: [ACT],
  ordered: false,
  reviewSha256: 'a'.repeat(64),
  decision: 'Approve',
  approver: 'alice',
  reason: 'ticket 4711',
  issuedAt: '2026-11-20T07:00:00Z',
  notBefore: '2026-11-20T07:00:00Z',
  notAfter: '2026-11-20T07:15:00Z',
}

export const PRE_APPROVAL: Statement = {
  ...STATEMENT,
  request: '',
  reviewSha256: '',
  nonce: '0123456789abcdef'.repeat(2),
}
