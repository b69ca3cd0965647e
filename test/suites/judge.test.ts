import { expect } from 'chai'
import { run } from '../../src/suites/judge.ts'
import { loadSuites } from '../../src/suites/load.ts'
import { AGENT, BASE, inTree, UP, ZERO } from './folder.ts'

const outcomes = (files: Readonly<Record<string, string>>) =>
  inTree({ 'agents.yaml': AGENT, 'base.yaml': BASE, ...files }, (directory) => loadSuites(directory).tests.map(run))

describe('a policy test', () => {
  it('passes when everything is as expected, and says why it came out so', async () => {
    const [outcome] = await outcomes({ 'zero.yaml': ZERO })
    expect(outcome?.differences).to.deep.equal([])
    expect(outcome?.why).to.deep.equal([
      'UPDATE deployments.apps shop/cart is Destructive',
      'scale-to-zero: scales deployments "cart" from 3 to 0 (spec.replicas)',
      'a Destructive act needs a signature',
    ])
  })

  it('fails for a wrong verdict, reason, class, finding or entry, and names each', async () => {
    const [outcome] = await outcomes({
      'up.yaml': UP.replace(
        /expect:.*/,
        'expect: { verdict: Deny, reason: Approved, class: Change, findings: [scale-to-zero], harmless: "" }',
      ),
    })
    expect(outcome?.differences).to.deep.equal([
      { field: 'verdict', expected: 'Deny', got: 'Allow' },
      { field: 'reason', expected: 'Approved', got: 'InScope' },
      { field: 'class', expected: 'Change', got: 'Routine' },
      { field: 'findings', expected: '[scale-to-zero]', got: '[]' },
      { field: 'harmless', expected: '""', got: 'scale-up' },
    ])
  })

  it('fails for a finding too many', async () => {
    const [outcome] = await outcomes({ 'zero.yaml': ZERO.replace('[scale-to-zero]', '[]') })
    expect(outcome?.differences).to.deep.equal([{ field: 'findings', expected: '[]', got: '[scale-to-zero]' }])
  })

  it('looks at nothing that is not expected', async () => {
    const [outcome] = await outcomes({ 'zero.yaml': ZERO.replace(/expect:.*/, 'expect: { verdict: Deny }') })
    expect(outcome?.differences).to.deep.equal([])
  })

  it('tells people from agents, by name, by group and by the label of a Namespace', async () => {
    const as = (user: string): string => UP.replace('{ operation', `{ ${user}, operation`)
    const found = await outcomes({
      'groups.yaml':
        'apiVersion: obstat.dev/v1alpha1\nkind: GovernedAgent\nmetadata: { name: bots }\nspec: { subjects: [{ kind: Group, name: bots }], trustPhase: ReadOnlyAssist }\n---\n' +
        "apiVersion: v1\nkind: Namespace\nmetadata: { name: pool, labels: { obstat.dev/agents: 'true' } }\n",
      'a.yaml': as('user: alice'),
      'b.yaml': as('user: alice, groups: [bots]'),
      'c.yaml': as('user: system:serviceaccount:pool:default'),
      'd.yaml': as('user: system:serviceaccount:agents:other'),
    })
    expect(found.map(({ got }) => got.reason || got.verdict)).to.deep.equal([
      'NotJudged',
      'PhaseForbidden',
      'PhaseForbidden',
      'NotJudged',
    ])
    expect(found[0]?.why).to.deep.equal(['no GovernedAgent names alice'])
    expect(found[2]?.why.join()).to.match(/is an agent by the label of its Namespace alone/)
  })

  it('warns of a Namespace that nobody described', async () => {
    const [outcome] = await outcomes({ 'up.yaml': UP.replace('{ operation', '{ namespace: shopp, operation') })
    expect(outcome?.got.reason).to.equal('ApprovalRequired')
    expect(outcome?.why.join()).to.match(/no Namespace "shopp" among the objects: it counts as protected/)
  })

  it('says what a dry run and an audited agent get', async () => {
    const audited = AGENT.replace('trustPhase: AutonomousL1', 'trustPhase: AutonomousL1\n  enforcement: Audit')
    expect(
      (await outcomes({ 'x.yaml': ZERO.replace('{ operation', '{ dryRun: true, operation') }))[0]?.got.reason,
    ).to.equal('DryRun')
    expect((await outcomes({ 'agents.yaml': audited, 'x.yaml': ZERO }))[0]?.got.reason).to.equal('AuditOnly')
  })
})
