import { expect } from 'chai'
import { encode, passed, refusal, what } from '../../src/admission/encode.ts'
import { agentNamed } from '../../src/policy/agents.ts'
import type { Allow, Deny } from '../../src/policy/decision.ts'
import { facts, request } from '../policy/given.ts'

const judged = {
  agent: agentNamed(facts(), 'sre-bot'),
  classification: {
    class: 'Destructive',
    findings: [{ rule: 'scale-to-zero', raises: 'Destructive', what: 'Deployment "cart" to zero' }],
    harmless: '',
    remedy: 'Scale to one.',
    claim: null,
  },
  warnings: [],
  act: null,
  intentSha256: '',
} as const

const deny = (more: Partial<Deny> = {}): Deny => ({
  ...judged,
  verdict: 'Deny',
  reason: 'ApprovalRequired',
  detail: 'a Destructive act needs a signature',
  filing: 'open',
  ...more,
})
const allow: Allow = { ...judged, verdict: 'Allow', reason: 'InScope', spend: null }

const linesOf = (decision: Deny, approvalRequest: string): readonly string[] =>
  (encode(request(), decision, approvalRequest).response.status?.message ?? '').split('\n')

describe('an answer', () => {
  it('that allows carries its uid and what the audit log is to hold', () => {
    expect(encode(request(), allow, '')).to.deep.equal({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: 'review-1',
        allowed: true,
        auditAnnotations: {
          verdict: 'Allow',
          reason: 'InScope',
          class: 'Destructive',
          agent: 'sre-bot',
          phase: 'AutonomousL1',
          rules: 'scale-to-zero',
        },
      },
    })
    const plain = { ...allow, classification: { ...judged.classification, findings: [] } }
    expect(encode(request(), plain, 'ar-one').response.auditAnnotations).to.not.have.property('rules')
    expect(encode(request(), plain, 'ar-one').response.auditAnnotations).to.have.property('request', 'ar-one')
  })

  it('that refuses has code 403, its reason, and four lines', () => {
    const { apiVersion, kind, response } = encode(request(), deny(), 'ar-one')
    expect({ apiVersion, kind }).to.deep.equal({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' })
    expect(response).to.deep.include({ uid: 'review-1', allowed: false })
    expect(response.status).to.deep.include({ code: 403, reason: 'ApprovalRequired' })
    const [head, person, agent, machine] = linesOf(deny(), 'ar-one')
    expect(head).to.equal(
      'APPROVAL_REQUIRED ar-one: UPDATE deployments.apps shop/cart is Destructive: scale-to-zero (Deployment "cart" to zero); a Destructive act needs a signature',
    )
    expect(person).to.match(/^Person: kubectl obstat approve ar-one /)
    expect(agent).to.match(/^Agent: stop and wait\. Do not vary the request/)
    expect(JSON.parse(machine ?? '')).to.deep.equal({
      apiVersion: 'obstat.dev/v1alpha1',
      reason: 'ApprovalRequired',
      request: 'ar-one',
      class: 'Destructive',
      phase: 'AutonomousL1',
      rules: ['scale-to-zero'],
    })
  })

  const spoken: readonly (readonly [string, Partial<Deny>, string, RegExp, RegExp, RegExp])[] = [
    [
      'a recommendation',
      { reason: 'PhaseForbidden', filing: 'recommend' },
      'ar-one',
      /^PHASE_FORBIDDEN ar-one: /,
      /recorded as a recommendation/,
      /^Agent: stop\. Do not try another way to the same end\.$/,
    ],
    [
      'too many open requests',
      {},
      '',
      /^APPROVAL_REQUIRED: /,
      /too many requests/,
      /^Agent: stop\. Do not try another way/,
    ],
    [
      'a Deny',
      { reason: 'ApprovalDenied', filing: null },
      '',
      /^APPROVAL_DENIED: /,
      /nothing to sign/,
      /^Agent: stop\. /,
    ],
    [
      'a recommendation that was not filed',
      { reason: 'PhaseForbidden', filing: 'recommend' },
      '',
      /^PHASE_FORBIDDEN: /,
      /nothing to sign/,
      /^Agent: stop\. /,
    ],
    [
      'a suspended agent',
      { reason: 'AgentSuspended', filing: null },
      '',
      /^AGENT_SUSPENDED: /,
      /spec\.suspended of GovernedAgent sre-bot/,
      /^Agent: stop\. /,
    ],
    [
      'stale facts',
      { reason: 'StateStale', filing: null },
      '',
      /^STATE_STALE: /,
      /obstat cannot see the cluster/,
      /^Agent: stop and wait, then repeat/,
    ],
    [
      'what is never allowed',
      { reason: 'NeverAllowed', filing: null },
      '',
      /^NEVER_ALLOWED: /,
      /nothing to sign/,
      / Scale to one\.$/,
    ],
    [
      'any other reason, signed too late',
      { reason: 'ApprovalExpired' },
      'ar-one',
      /^APPROVAL_REQUIRED ar-one: /,
      /approve ar-one/,
      /stop and wait/,
    ],
  ]
  for (const [title, more, approvalRequest, head, person, agent] of spoken)
    it(`says what follows from ${title}`, () => {
      const lines = linesOf(deny(more), approvalRequest)
      expect(lines[0]).to.match(head)
      expect(lines[1]).to.match(person)
      expect(lines[2]).to.match(agent)
    })

  it('names a remedy only where a rule has one', () => {
    const classification = { ...judged.classification, remedy: '' }
    expect(linesOf(deny({ reason: 'NeverAllowed', filing: null, classification }), '')[2]).to.match(/same end\.$/)
  })

  it('shows three findings, names four to machines, and keeps to 1 KiB', () => {
    const findings = Array.from({ length: 6 }, (_, i) => ({ rule: `rule-${i}`, raises: 'Change' as const, what: 'x' }))
    const lines = linesOf(deny({ classification: { ...judged.classification, findings } }), 'ar-one')
    expect(lines[0]).to.include('rule-2 (x); a Destructive').and.not.include('rule-3')
    expect(lines[3]).to.include('rule-3').and.not.include('rule-4')
    for (const letter of ['x', 'é', '🙂']) {
      const detail = letter.repeat(2000)
      const message = encode(request(), deny({ detail }), 'ar-one').response.status?.message ?? ''
      expect(Buffer.byteLength(message)).to.be.within(1020, 1024)
      expect(message).to.match(/[^\uFFFD]\.\.\.\nPerson: .*\nAgent: .*\n\{.*\}$/)
      expect(message).to.not.include('\uFFFD')
    }
  })

  it('cuts warnings as the API server would drop them', () => {
    const { warnings } = encode(request(), { ...allow, warnings: ['a\nb', 'x'.repeat(300)] }, '').response
    expect(warnings?.[0]).to.match(/^a[^\n]+b$/)
    expect(warnings?.[1]).to.equal('x'.repeat(256))
    expect(encode(request(), allow, '').response).to.not.have.property('warnings')
  })

  it('to a fault or to a person needs no decision', () => {
    expect(refusal('u', 'InternalError', 'x').response).to.deep.equal({
      uid: 'u',
      allowed: false,
      status: { code: 403, reason: 'InternalError', message: 'obstat: InternalError: x' },
    })
    expect(refusal('u', 'InternalError', 'x'.repeat(2000)).response.status?.message).to.match(/^.{1021}\.\.\.$/)
    expect(passed('u', []).response).to.deep.equal({ uid: 'u', allowed: true })
    expect(passed('u', ['w']).response).to.deep.equal({ uid: 'u', allowed: true, warnings: ['w'] })
    for (const answer of [refusal('u', 'InternalError', 'x'), passed('u', [])])
      expect(answer).to.deep.include({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' })
  })

  it('names the act', () => {
    expect(what(request())).to.equal('UPDATE deployments.apps shop/cart')
    expect(what(request({ subresource: 'scale' }))).to.equal('UPDATE deployments/scale.apps shop/cart')
    const core = { group: '', operation: 'DELETE' } as const
    expect(what(request({ ...core, resource: 'nodes', namespace: '', name: 'n1' }))).to.equal('DELETE nodes n1')
    expect(what(request({ ...core, resource: 'namespaces', namespace: 'shop', name: 'shop' }))).to.equal(
      'DELETE namespaces shop',
    )
    expect(what(request({ ...core, resource: 'pods', name: '' }))).to.equal('DELETE pods')
    expect(what(request({ name: 'a\nb' }))).to.not.include('\n')
  })
})
