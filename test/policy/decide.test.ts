import { expect } from 'chai'
import { decide } from '../../src/policy/decide.ts'
import type { Class } from '../../src/policy/class.ts'
import type { Facts } from '../../src/policy/facts.ts'
import type { Request } from '../../src/policy/request.ts'
import { actOf, intentSha256 } from '../../src/signing/act.ts'
import { agent, classed, facts, request } from './given.ts'

const IN = {}
const OUT = { resource: 'statefulsets' }
const PROTECTED = { namespace: 'vault' }
const CLUSTER = { namespace: '', resource: 'clusterthings' }
const NODE = { namespace: '', group: '', resource: 'nodes' }

/** What became of it: the reason of the verdict. */
function outcome(worst: Class, given: Facts, asked: Request): string {
  const act = actOf({ ...asked, parentUid: '' })
  return decide(asked, given, classed(worst), { act, intentSha256: intentSha256(act), parent: null }).reason
}

type Phase = 'Shadow' | 'ReadOnlyAssist' | 'LimitedRemediation' | 'AutonomousL1'
const everywhere = [{ apiGroups: ['*'], resources: ['*'], operations: ['*'], namespaces: ['*'] }] as const
const inPhase = (trustPhase: Phase): Facts => facts({ agents: [agent({ trustPhase })] })

// Rows of the verdict table: class, where, and what each phase answers.
const TABLE: readonly (readonly [Class, string, Partial<Request>, string, string, string, string])[] = [
  ['Observe', 'in scope', IN, 'Observe', 'Observe', 'Observe', 'Observe'],
  ['Observe', 'out of scope', OUT, 'Observe', 'Observe', 'Observe', 'Observe'],
  ['Routine', 'in scope', IN, 'PhaseForbidden', 'PhaseForbidden', 'ApprovalRequired', 'InScope'],
  ['Change', 'in scope', IN, 'PhaseForbidden', 'PhaseForbidden', 'ApprovalRequired', 'InScope'],
  [
    'Change',
    'in scope, protected',
    PROTECTED,
    'PhaseForbidden',
    'PhaseForbidden',
    'ApprovalRequired',
    'ApprovalRequired',
  ],
  ['Change', 'out of scope', OUT, 'PhaseForbidden', 'PhaseForbidden', 'ScopeForbidden', 'ApprovalRequired'],
  ['Destructive', 'in scope', IN, 'PhaseForbidden', 'PhaseForbidden', 'ApprovalRequired', 'ApprovalRequired'],
  ['Destructive', 'out of scope', OUT, 'PhaseForbidden', 'PhaseForbidden', 'ScopeForbidden', 'ApprovalRequired'],
  ['Escalation', 'in scope', IN, 'NeverAllowed', 'NeverAllowed', 'NeverAllowed', 'NeverAllowed'],
  ['Tampering', 'in scope', IN, 'NeverAllowed', 'NeverAllowed', 'NeverAllowed', 'NeverAllowed'],
]

describe('decide', () => {
  for (const [worst, where, more, ...answers] of TABLE)
    (['Shadow', 'ReadOnlyAssist', 'LimitedRemediation', 'AutonomousL1'] as const).forEach((phase, i) => {
      it(`answers ${String(answers[i])} to ${worst} ${where} in phase ${phase}`, () => {
        expect(outcome(worst, inPhase(phase), request(more))).to.equal(answers[i])
      })
    })

  it('refuses everything of a suspended agent, Observe and dry runs too', () => {
    const given = facts({ agents: [agent({ suspended: true, suspendedReason: 'INC-9' })] })
    expect(outcome('Observe', given, request())).to.equal('AgentSuspended')
    expect(outcome('Observe', given, request({ isDryRun: true }))).to.equal('AgentSuspended')
  })

  it('refuses when the facts are older than five seconds', () => {
    expect(outcome('Observe', facts({ ageMs: 5001 }), request())).to.equal('StateStale')
    expect(outcome('Observe', facts({ ageMs: 5000 }), request())).to.equal('Observe')
  })

  it('judges an identity that nobody named as phase Shadow', () => {
    expect(outcome('Change', facts({ agents: [] }), request())).to.equal('PhaseForbidden')
  })

  it('takes two GovernedAgents on one subject at their strictest', () => {
    const given = (more: Parameters<typeof agent>[0]): Facts => facts({ agents: [agent(), agent(more, 'second')] })
    expect(outcome('Change', given({}), request())).to.equal('InScope')
    expect(outcome('Change', given({ trustPhase: 'Shadow' }), request())).to.equal('PhaseForbidden')
    expect(outcome('Change', given({ scope: [] }), request())).to.equal('ApprovalRequired')
    expect(outcome('Change', given({ suspended: true }), request())).to.equal('AgentSuspended')
  })

  it('asks for a signature on cluster-scoped objects, but not on a Node', () => {
    const given = facts({ agents: [agent({ scope: everywhere })] })
    expect(outcome('Change', given, request(CLUSTER))).to.equal('ApprovalRequired')
    expect(outcome('Change', given, request(NODE))).to.equal('InScope')
  })

  it('counts kube namespaces, its own and unknown ones as protected', () => {
    for (const namespace of ['kube-system', 'kube-node-lease', 'obstat-system', 'nobody-knows-it'])
      expect(outcome('Change', facts(), request({ namespace })), namespace).to.equal('ApprovalRequired')
  })

  describe('of a dry run', () => {
    const dry = { isDryRun: true }

    it('lets it through in every phase with a warning of what the real act would get', () => {
      const decision = decide(request(dry), inPhase('Shadow'), classed('Destructive'), null)
      expect(decision.reason).to.equal('DryRun')
      expect(decision.warnings.join()).to.match(/would be refused: PhaseForbidden/)
    })

    it('refuses Escalation and Tampering, since the answer may hold a working token', () => {
      expect(outcome('Escalation', facts(), request(dry))).to.equal('NeverAllowed')
      expect(outcome('Tampering', facts(), request(dry))).to.equal('NeverAllowed')
    })

    it('refuses Secrets outside the home namespace, even when nothing would change', () => {
      const secret = { ...dry, group: '', resource: 'secrets' }
      expect(outcome('Observe', facts(), request(secret))).to.equal('NeverAllowed')
      expect(outcome('Observe', facts(), request({ ...secret, namespace: 'sre' }))).to.equal('DryRun')
    })
  })

  describe('with enforcement Audit', () => {
    const audited = (more = {}): Facts => facts({ agents: [agent({ enforcement: 'Audit', ...more })] })

    it('lets through and warns of what would have been refused', () => {
      const decision = decide(request(), audited({ trustPhase: 'Shadow' }), classed('Change'), null)
      expect(decision.reason).to.equal('AuditOnly')
      expect(decision.warnings.join()).to.match(/would be refused: PhaseForbidden/)
      expect(outcome('Destructive', audited(), request())).to.equal('AuditOnly')
      expect(outcome('Escalation', audited(), request())).to.equal('AuditOnly')
    })

    it('still refuses Tampering, a suspended agent and stale facts', () => {
      expect(outcome('Tampering', audited(), request())).to.equal('NeverAllowed')
      expect(outcome('Change', audited({ suspended: true }), request())).to.equal('AgentSuspended')
      expect(outcome('Change', { ...audited(), ageMs: 9999 }, request())).to.equal('StateStale')
    })

    it('still refuses an approval that does not hold, whatever else would be refused', () => {
      const object = { metadata: { annotations: { 'obstat.dev/approval': 'garbage' } } }
      for (const worst of ['Change', 'Destructive', 'Escalation'] as const)
        for (const isDryRun of [false, true])
          for (const trustPhase of ['Shadow', 'AutonomousL1'] as const)
            expect(outcome(worst, audited({ trustPhase }), request({ object, isDryRun }))).to.match(
              /^(PhaseForbidden|NeverAllowed|SignatureInvalid)$/,
            )
    })

    it('enforces when another GovernedAgent of the same subject does', () => {
      const given = facts({ agents: [agent({ enforcement: 'Audit' }), agent({}, 'second')] })
      expect(outcome('Destructive', given, request())).to.equal('ApprovalRequired')
    })
  })

  describe('of scope', () => {
    const scoped = (scope: object, asked: Partial<Request> = {}): string =>
      outcome(
        'Change',
        facts({
          agents: [
            agent({
              scope: [
                {
                  apiGroups: ['apps'],
                  resources: ['deployments'],
                  operations: ['UPDATE'],
                  namespaces: ['shop'],
                  ...scope,
                },
              ],
            }),
          ],
        }),
        request(asked),
      )

    it('matches groups, resources with subresources, operations, namespaces and names exactly', () => {
      expect(scoped({})).to.equal('InScope')
      expect(scoped({ apiGroups: ['extensions'] })).to.equal('ApprovalRequired')
      expect(scoped({}, { subresource: 'scale' })).to.equal('ApprovalRequired')
      expect(scoped({ resources: ['deployments/scale'] }, { subresource: 'scale' })).to.equal('InScope')
      expect(scoped({ resources: ['*'] }, { subresource: 'scale' })).to.equal('ApprovalRequired')
      expect(scoped({ resources: ['*/*'] }, { subresource: 'scale' })).to.equal('InScope')
      expect(scoped({ operations: ['CREATE'] })).to.equal('ApprovalRequired')
      expect(scoped({ namespaces: ['other'] })).to.equal('ApprovalRequired')
      expect(scoped({ resourceNames: ['cart'] })).to.equal('InScope')
      expect(scoped({ resourceNames: ['api'] })).to.equal('ApprovalRequired')
    })

    it('needs namespaces or a selector', () => {
      expect(scoped({ namespaces: undefined })).to.equal('ApprovalRequired')
      expect(scoped({ namespaces: undefined, namespaceSelector: { matchLabels: { team: 'a' } } })).to.equal(
        'ApprovalRequired',
      )
      expect(
        scoped({
          namespaces: undefined,
          namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] },
        }),
      ).to.equal('InScope')
    })
  })
})
