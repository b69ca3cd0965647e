import { expect } from 'chai'
import type { JsonArray } from '../../../src/api/json.ts'
import { containerChanges, containersOf, renamedContainers, volumesOf } from '../../../src/policy/objects/containers.ts'
import type { PodSpec } from '../../../src/policy/objects/pod-specs.ts'

const pod = (containers: JsonArray, more: Readonly<Record<string, JsonArray>> = {}): PodSpec => ({
  path: 'spec',
  spec: { containers, ...more },
  metadata: null,
})

describe('policy/objects/containers', () => {
  it('names every container of the three lists, by its place where it has no name', () => {
    const all = containersOf(
      pod([{ name: 'a' }, {}, 'none'], { initContainers: [{}], ephemeralContainers: [{ name: 'e' }] }),
    )
    expect(all.map(({ list, name }) => `${list} ${name}`)).to.deep.equal([
      'initContainers initContainers#0',
      'containers a',
      'containers containers#1',
      'ephemeralContainers e',
    ])
    expect(containersOf(null)).to.deep.equal([])
  })

  it('sees that a container which both sides share changed its list', () => {
    const shared = { name: 'a' }
    const moved = containerChanges(pod([shared]), pod([], { initContainers: [shared] }))
    expect(moved.map(({ name, from, to }) => [name, from?.list, to.list])).to.deep.equal([
      ['a', 'containers', 'initContainers'],
    ])
    expect(containerChanges(pod([shared]), pod([shared]))).to.deep.equal([])
  })

  it('compares a new container with every one that is gone', () => {
    const pairs = (from: PodSpec, to: PodSpec): readonly string[] =>
      renamedContainers(from, to).map((one) => `${one.from?.name ?? ''} ${one.name}`)
    expect(pairs(pod([{ name: 'a' }, { name: 'b' }]), pod([{ name: 'b' }, { name: 'c' }]))).to.deep.equal(['a c'])
    expect(pairs(pod([{ name: 'a' }]), pod([{ name: 'a' }, { name: 'c' }]))).to.deep.equal([])
    expect(pairs(pod([{ name: 'a' }, { name: 'b' }]), pod([{ name: 'c' }]))).to.deep.equal(['a c', 'b c'])
  })

  it('finds no volumes where there is no pod', () => {
    expect(volumesOf(null)).to.deep.equal([])
    expect(volumesOf(pod([], { volumes: [{ name: 'v' }] }))).to.deep.equal([{ name: 'v' }])
  })
})
