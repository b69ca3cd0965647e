import { expect } from 'chai'
import { agentOf } from '../../src/policy/agents.ts'
import type { Scope } from '../../src/policy/agents.ts'
import type { Facts } from '../../src/policy/facts.ts'
import { isProtected, isClusterScoped, touchesProtected } from '../../src/policy/protection.ts'
import type { Request } from '../../src/policy/request.ts'
import { inScope } from '../../src/policy/scope.ts'
import { agent, facts, request } from './given.ts'

const labels = (pairs: Readonly<Record<string, string>>): ReadonlyMap<string, string> => new Map(Object.entries(pairs))

const KNOWN: Facts = facts({
  namespaces: new Map([
    ['shop', labels({ team: 'a', tier: 'web' })],
    ['bare', labels({})],
    ['vault', labels({ 'obstat.dev/protected': 'true' })],
    ['almost', labels({ 'obstat.dev/protected': 'yes' })],
    ['kube-system', labels({})],
    ['my-kube-', labels({})],
    ['obstat-system', labels({})],
  ]),
})

describe('a protected place', () => {
  it('is labelled, Kubernetes’ own, obstat’s own, or not known', () => {
    const places = ['vault', 'kube-system', 'obstat-system', 'gone', 'shop', 'bare', 'almost', 'my-kube-']
    expect(places.map((place) => isProtected(KNOWN, place))).to.deep.equal([
      ...[true, true, true, true],
      ...[false, false, false, false],
    ])
  })

  it('is also every cluster-scoped object but a Node', () => {
    const touches = (more: Partial<Request>): boolean => touchesProtected(KNOWN, request(more))
    expect(touches({})).to.equal(false)
    expect(touches({ namespace: 'vault' })).to.equal(true)
    expect(touches({ namespace: '', group: '', resource: 'nodes' })).to.equal(false)
    expect(touches({ namespace: '', group: 'lab', resource: 'nodes' })).to.equal(true)
    expect(touches({ namespace: '', group: '', resource: 'persistentvolumes' })).to.equal(true)
    expect(touches({ namespace: 'shop', group: '', resource: 'namespaces' })).to.equal(true)
    expect(touches({ namespace: 'shop', group: 'lab', resource: 'namespaces' })).to.equal(false)
    expect(isClusterScoped(request({ namespace: 'shop', group: '', resource: 'pods' }))).to.equal(false)
  })
})

describe('a scope', () => {
  const covers = (scope: Partial<Scope>, more: Partial<Request> = {}): boolean => {
    const one: Scope = { apiGroups: ['apps'], resources: ['deployments'], operations: ['UPDATE'], ...scope }
    return inScope(KNOWN, agentOf({ ...KNOWN, agents: [agent({ scope: [one] })] }, request().user), request(more))
  }
  const selecting = (namespaceSelector: NonNullable<Scope['namespaceSelector']>, namespace = 'shop'): boolean =>
    covers({ namespaceSelector }, { namespace })
  type Expression = NonNullable<NonNullable<Scope['namespaceSelector']>['matchExpressions']>[number]
  const matching = (operator: Expression['operator'], key: string, ...values: readonly string[]): boolean =>
    selecting({ matchExpressions: [{ key, operator, values }] })

  it('covers what every GovernedAgent of the user covers', () => {
    const wide = agent({ scope: [{ apiGroups: ['*'], resources: ['*'], operations: ['*'], namespaces: ['*'] }] })
    const narrow = agent({}, 'narrow')
    const by = (...agents: readonly ReturnType<typeof agent>[]): boolean => {
      const known = { ...KNOWN, agents }
      return inScope(known, agentOf(known, request().user), request({ operation: 'DELETE' }))
    }
    expect(by(wide)).to.equal(true)
    expect(by(wide, narrow)).to.equal(false)
  })

  it('covers no Namespace without names or selector, and cluster-scoped objects only by *', () => {
    expect(covers({})).to.equal(false)
    expect(covers({ namespaces: ['shop'] })).to.equal(true)
    const cluster = { namespace: '', resource: 'deployments' }
    expect(covers({ namespaces: [''] }, cluster)).to.equal(false)
    expect(covers({ namespaceSelector: {} }, cluster)).to.equal(false)
    expect(covers({ namespaces: ['*'] }, cluster)).to.equal(true)
  })

  it('covers names, or all where it lists none', () => {
    expect(covers({ namespaces: ['*'], resourceNames: [] })).to.equal(true)
    expect(covers({ namespaces: ['*'], resourceNames: ['cart'] })).to.equal(true)
    expect(covers({ namespaces: ['*'], resourceNames: ['api'] })).to.equal(false)
  })

  it('selects Namespaces by every label and expression, as Kubernetes does', () => {
    expect(selecting({})).to.equal(true)
    expect(selecting({}, 'gone')).to.equal(false)
    expect(selecting({ matchLabels: { team: 'a', tier: 'web' } })).to.equal(true)
    expect(selecting({ matchLabels: { team: 'a', tier: 'db' } })).to.equal(false)
    expect(matching('In', 'team', 'a', 'b')).to.equal(true)
    expect(matching('In', 'team', 'b')).to.equal(false)
    expect(matching('In', 'none', 'b')).to.equal(false)
    expect(matching('NotIn', 'team', 'b')).to.equal(true)
    expect(matching('NotIn', 'team', 'a')).to.equal(false)
    expect(matching('NotIn', 'none', 'a')).to.equal(true)
    expect(matching('Exists', 'team')).to.equal(true)
    expect(matching('Exists', 'none')).to.equal(false)
    expect(matching('DoesNotExist', 'none')).to.equal(true)
    expect(matching('DoesNotExist', 'team')).to.equal(false)
    const [has, has2] = [
      { key: 'team', operator: 'Exists' },
      { key: 'none', operator: 'Exists' },
    ] as const
    expect(selecting({ matchExpressions: [has, has2] })).to.equal(false)
    expect(selecting({ matchLabels: { team: 'a' }, matchExpressions: [has2] })).to.equal(false)
  })
})
