import { createHash } from 'node:crypto'
import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import type { Act } from '../../src/signing/act.ts'
import { intentSha256, signedAct } from '../../src/signing/act.ts'
import { canonical } from '../../src/signing/canonical.ts'
import { parseJson } from '../../src/signing/json.ts'
import { act, POD } from './sources.ts'

describe('actOf: what is acted on', () => {
  it('writes the act of the documentation, and its digest', () => {
    const scaled = act({
      subresource: 'scale',
      kind: { group: 'autoscaling', kind: 'Scale' },
      parentUid: '6d1f',
      oldObject: { spec: { replicas: 3 } },
      object: { spec: { replicas: 0 } },
    })
    const form =
      '{"change":[{"from":3,"path":"/spec/replicas","to":0}],"group":"apps","name":"cart","namespace":"shop",' +
      '"operation":"UPDATE","options":{},"resource":"deployments","subresource":"scale","uid":"6d1f"}'
    expect(canonical(scaled)).to.equal(form)
    expect(intentSha256(scaled)).to.equal(createHash('sha256').update(form).digest('hex'))
    expect(signedAct(scaled)).to.deep.equal({ ...scaled, intentSha256: intentSha256(scaled) })
  })

  it('counts Events of events.k8s.io as those of the core group, and nothing else of it', () => {
    expect(act({ group: 'events.k8s.io', resource: 'events' }).group).to.equal('')
    expect(act({ group: 'events.k8s.io', resource: 'others' }).group).to.equal('events.k8s.io')
    expect(act({ group: 'lab.dev', resource: 'events' }).group).to.equal('lab.dev')
  })

  it('has no namespace for a Namespace', () => {
    expect(act({ group: '', resource: 'namespaces', namespace: 'pay', name: 'pay' })).to.include({
      namespace: '',
      name: 'pay',
    })
    expect(act({ group: 'lab.dev', resource: 'namespaces', namespace: 'pay' }).namespace).to.equal('pay')
    expect(act({ group: '', resource: 'pods', namespace: 'pay' }).namespace).to.equal('pay')
  })

  it('takes the name of an item of a deletecollection from the stored object', () => {
    const stored = { metadata: { name: 'a', uid: 'u' } }
    expect(act({ operation: 'DELETE', name: '', oldObject: stored })).to.include({ name: 'a', uid: 'u' })
    expect(act({ operation: 'DELETE', name: 'b', oldObject: stored }).name).to.equal('b')
  })

  it('takes the uid from the stored object, from the parent of a subresource, and has none for a CREATE', () => {
    const object = { metadata: { uid: 'new' } }
    expect(act({ object, oldObject: { metadata: { uid: 'old' } }, parentUid: 'parent' }).uid).to.equal('old')
    expect(act({ operation: 'CREATE', object, parentUid: 'parent' }).uid).to.equal('')
    expect(act({ operation: 'CREATE', subresource: 'token', object, parentUid: 'parent' }).uid).to.equal('parent')
    expect(act({ operation: 'CONNECT', subresource: 'exec', object, parentUid: 'parent' }).uid).to.equal('parent')
  })
})

describe('actOf: generated names', () => {
  const named = (name: string, generateName: string): Act =>
    act({ operation: 'CREATE', name, object: { metadata: { name, generateName } } })

  it('leaves a generated name out', () => {
    const made = named('web-x2k9z', 'web-')
    expect(made).to.include({ name: '', generateName: 'web-' })
    expect(made.change).to.deep.equal([{ path: '', to: { metadata: { name: '', generateName: 'web-' } } }])
    expect(intentSha256(made)).to.equal(intentSha256(named('web-bcdfg', 'web-')))
  })

  it('keeps 58 characters of a long prefix', () => {
    const prefix = 'p'.repeat(60)
    expect(named(`${'p'.repeat(58)}x2k9z`, prefix)).to.include({ name: '', generateName: prefix })
    expect(named(`${'p'.repeat(60)}x2k9z`, prefix)).not.to.have.property('generateName')
  })

  for (const name of ['web-x2k9', 'web-x2k9zz', 'web-x2k9a', 'web-x2k90', 'web-X2K9Z', 'wob-x2k9z', 'web-'])
    it(`takes ${name} for a name that somebody chose`, () => {
      expect(named(name, 'web-')).to.include({ name }).and.not.have.property('generateName')
      expect(named(name, 'web-').change).to.deep.equal([{ path: '', to: { metadata: { name, generateName: 'web-' } } }])
    })

  it('sees generated names in nothing but a CREATE without subresource', () => {
    const object = { metadata: { name: 'web-x2k9z', generateName: 'web-' } }
    expect(act({ object, oldObject: object, name: 'web-x2k9z' })).to.include({ name: 'web-x2k9z' })
    expect(act({ operation: 'CREATE', subresource: 'binding', object, name: 'web-x2k9z' })).to.include({
      name: 'web-x2k9z',
    })
    expect(named('x2k9z', '')).to.include({ name: 'x2k9z' })
  })
})

describe('actOf: options', () => {
  const options = {
    kind: 'DeleteOptions',
    apiVersion: 'meta.k8s.io/v1',
    gracePeriodSeconds: 5,
    propagationPolicy: 'Orphan',
    orphanDependents: true,
    preconditions: { uid: 'u' },
    dryRun: ['All'],
  }
  const kept = { gracePeriodSeconds: 5, propagationPolicy: 'Orphan', orphanDependents: true }
  const grace = (seconds: Json, pod: Json): Json =>
    act({ ...POD, operation: 'DELETE', options: { gracePeriodSeconds: seconds }, oldObject: pod }).options
  const running = { spec: { terminationGracePeriodSeconds: 30, nodeName: 'n' }, status: { phase: 'Running' } }

  it('keeps three of a DELETE, and changes nothing', () => {
    const deleted = act({ operation: 'DELETE', options, oldObject: { spec: {} } })
    expect(deleted.options).to.deep.equal(kept)
    expect(deleted.change).to.deep.equal([])
  })

  it('keeps the same of an Eviction, from its body', () => {
    const object = { kind: 'Eviction', metadata: { name: 'p' }, deleteOptions: options }
    const evicted = act({
      ...POD,
      operation: 'CREATE',
      subresource: 'eviction',
      object,
      kind: { group: 'policy', kind: 'Eviction' },
    })
    expect(evicted.options).to.deep.equal(kept)
    expect(evicted.change).to.deep.equal([])
  })

  it('keeps the body of what is called an eviction of anything but a Pod', () => {
    const object = { kind: 'Eviction', deleteOptions: options }
    const other = act({ group: 'lab.dev', resource: 'widgets', operation: 'CREATE', subresource: 'eviction', object })
    expect(other.options).to.deep.equal({})
    expect(other.change).to.deep.equal([{ path: '', to: object }])
  })

  it('leaves out the grace period that the API server fills in for a Pod', () => {
    expect(grace(30, running)).to.deep.equal({})
    expect(grace(0, { ...running, spec: { terminationGracePeriodSeconds: 30 } })).to.deep.equal({})
    expect(grace(0, { ...running, status: { phase: 'Succeeded' } })).to.deep.equal({})
    expect(grace(0, { ...running, status: { phase: 'Failed' } })).to.deep.equal({})
    expect(
      grace(
        parseJson('9007199254740993'),
        parseJson('{"spec":{"terminationGracePeriodSeconds":9007199254740993,"nodeName":"n"}}'),
      ),
    ).to.deep.equal({})
  })

  it('keeps a grace period that somebody asked for', () => {
    expect(grace(0, running)).to.deep.equal({ gracePeriodSeconds: 0 })
    expect(grace(1, { ...running, spec: {} })).to.deep.equal({ gracePeriodSeconds: 1 })
    for (const other of [{ group: '' }, { group: 'lab.dev', resource: 'pods' }, { ...POD, subresource: 'status' }])
      expect(
        act({ ...other, operation: 'DELETE', options: { gracePeriodSeconds: 0 }, oldObject: { spec: {} } }).options,
      ).to.deep.equal({ gracePeriodSeconds: 0 })
    expect(grace(29, running)).to.deep.equal({ gracePeriodSeconds: 29 })
    expect(
      act({ operation: 'DELETE', options: { gracePeriodSeconds: 0 }, oldObject: { spec: {} } }).options,
    ).to.deep.equal({
      gracePeriodSeconds: 0,
    })
  })

  it('reads the Pod of an Eviction from its parent, and keeps the grace period where it is not known', () => {
    const source = {
      ...POD,
      operation: 'CREATE',
      subresource: 'eviction',
      object: { deleteOptions: { gracePeriodSeconds: 30 } },
    } as const
    expect(act({ ...source, parent: running }).options).to.deep.equal({})
    expect(act(source).options).to.deep.equal({ gracePeriodSeconds: 30 })
  })

  it('are the object of a CONNECT without kind and apiVersion', () => {
    const object = { kind: 'PodExecOptions', apiVersion: 'v1', command: ['ls'], stdout: true }
    const connected = act({ ...POD, operation: 'CONNECT', subresource: 'exec', object })
    expect(connected.options).to.deep.equal({ command: ['ls'], stdout: true })
    expect(connected.change).to.deep.equal([])
    expect(act({ ...POD, operation: 'CONNECT', subresource: 'proxy' }).options).to.deep.equal({})
  })

  it('are none of a CREATE or an UPDATE', () => {
    expect(act({ options }).options).to.deep.equal({})
    expect(act({ operation: 'CREATE', options }).options).to.deep.equal({})
  })
})
