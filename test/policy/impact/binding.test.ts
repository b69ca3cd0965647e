import { expect } from 'chai'
import type { JsonObject } from '../../../src/api/json.ts'
import { asked, bindingIn, impactIn, object, ownedBy, pod } from './world.ts'

const apps = { group: 'apps' }
const web = (replicas = 3): JsonObject => object('deployments', 'web', { spec: { replicas } })
const claim = (name: string, volume: string, metadata: JsonObject = {}): JsonObject =>
  object('persistentvolumeclaims', name, { spec: { volumeName: volume } }, metadata)
const volume = (name: string, policy: string): JsonObject =>
  object('persistentvolumes', name, { spec: { persistentVolumeReclaimPolicy: policy } })
const ofDb = ownedBy('statefulsets', 'db', 'StatefulSet')
const db = object('statefulsets', 'db', {
  spec: {
    replicas: 2,
    volumeClaimTemplates: [{ metadata: { name: 'data' } }],
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
  },
})
const kept = object('statefulsets', 'db', {
  spec: { replicas: 2, volumeClaimTemplates: [{ metadata: { name: 'data' } }] },
})
const disks = [
  claim('data-db-0', 'pv-0'),
  claim('data-db-1', 'pv-1'),
  volume('pv-0', 'Delete'),
  volume('pv-1', 'Retain'),
]
const pods = [pod('db-0', ofDb), pod('db-1', ofDb)]
const scratch = claim('scratch-web', 'pv-0', ownedBy('deployments', 'web', 'Deployment'))
const CLAIMS = 'persistentvolumeclaims'
const ALL = 12

const scaled = (from: number, to: number) =>
  asked('UPDATE', web(from), { ...apps, subresource: 'scale', object: { spec: { replicas: to } } })

describe('what binds a use', () => {
  it('of scaling a Deployment is in the request: nothing is read', () => {
    const { binding, read } = bindingIn([scratch], scaled(3, 0), web())
    expect(read).to.deep.equal([])
    expect(binding).to.deep.equal({ counts: { 'replicas lost': 3 }, names: { 'disks destroyed': [] } })
  })

  it('of a delete where no claim has an owner is one list', () => {
    const { binding, read } = bindingIn([...disks, ...pods], asked('DELETE', web(), apps))
    expect(read).to.deep.equal([CLAIMS])
    expect(binding).to.deep.equal({ counts: { 'replicas lost': 3 }, names: { 'disks destroyed': [] } })
  })

  it('of a delete that goes on to claims reads what owns them, and their volumes', () => {
    const { binding, read } = bindingIn([scratch, volume('pv-0', 'Delete')], asked('DELETE', web(), apps))
    expect(read)
      .to.have.length(ALL + 1)
      .and.include('persistentvolumes')
    expect(binding.names).to.deep.equal({ 'disks destroyed': ['scratch-web'] })
  })

  it('of a StatefulSet that retires its claims reads its pods, and of one that keeps them does not', () => {
    const retiring = bindingIn([...disks, ...pods], asked('DELETE', db, apps))
    expect(retiring.read).to.have.length(ALL + 2)
    expect(retiring.binding.names).to.deep.equal({ 'disks destroyed': ['data-db-0'] })
    expect(bindingIn([...disks, ...pods], asked('DELETE', kept, apps)).read).to.deep.equal([CLAIMS])
  })

  it('of a claim is its volume, and of a Namespace all of its claims', () => {
    const one = bindingIn(disks, asked('DELETE', claim('data-db-0', 'pv-0')))
    expect(one.read).to.deep.equal(['persistentvolumes'])
    expect(one.binding.names).to.deep.equal({ 'disks destroyed': ['data-db-0'] })
    const whole = bindingIn(disks, asked('DELETE', object('namespaces', 'shop', {}, { namespace: '' })))
    expect(whole.read).to.deep.equal([CLAIMS, 'persistentvolumes', 'persistentvolumes'])
    expect(whole.binding.names).to.deep.equal({ 'disks destroyed': ['data-db-0'] })
  })

  it('is nothing for what neither deletes nor scales', () => {
    const object = { ...db, spec: { ...(db['spec'] as JsonObject), template: {} } }
    const edited = asked('UPDATE', db, { ...apps, object })
    expect(bindingIn([...disks, ...pods], edited)).to.deep.equal({ binding: { counts: {}, names: {} }, read: [] })
  })

  for (const failing of [CLAIMS, 'pods', 'persistentvolumes'])
    it(`is not known where ${failing} that it rests on could not be read`, () => {
      const { binding } = bindingIn([...disks, ...pods], asked('DELETE', db, apps), null, { [failing]: 'HTTP 500' })
      expect(binding).to.deep.equal({ counts: { 'replicas lost': 2 }, names: {} })
    })

  it('is what the card of the same act says', () => {
    const world = [...disks, ...pods, scratch]
    const acts = [asked('DELETE', web(), apps), asked('DELETE', db, apps), asked('DELETE', kept, apps), scaled(3, 1)]
    for (const act of acts) {
      const { counts, names } = impactIn(world, act, web())
      expect(bindingIn(world, act, web()).binding).to.deep.equal({ counts, names })
    }
  })
})
