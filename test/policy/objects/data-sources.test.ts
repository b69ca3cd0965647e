import { expect } from 'chai'
import type { Json, JsonObject } from '../../../src/api/json.ts'
import { dataSources } from '../../../src/policy/objects/data-sources.ts'

const pod = (spec: JsonObject) => dataSources({ path: 'spec', spec, metadata: null })

/** In words, each once. */
const whats = (spec: JsonObject): readonly string[] => [...new Set(pod(spec).values())].sort()
const ofVolume = (volume: JsonObject): readonly string[] => whats({ volumes: [{ name: 'v', ...volume }] })
const ofContainer = (container: JsonObject): readonly string[] =>
  whats({ containers: [{ name: 'main', ...container }] })

describe('policy/objects/data-sources', () => {
  it('names the Secret, the claim or the disk behind a volume', () => {
    expect(ofVolume({ secret: { secretName: 'db' } })).to.deep.equal(['Secret "db"'])
    expect(ofVolume({ persistentVolumeClaim: { claimName: 'db' } })).to.deep.equal(['claim "db"'])
    expect(ofVolume({ persistentVolumeClaim: { claimName: 'db', readOnly: true } })).to.deep.equal([
      'read-only claim "db"',
    ])
    expect(ofVolume({ nfs: { path: '/' } })).to.deep.equal(['nfs volume "{\\"path\\":\\"/\\"}"'])
    expect(ofVolume({ projected: { sources: [{ secret: { name: 'db' } }, { configMap: {} }] } })).to.deep.equal([
      'Secret "db"',
    ])
  })

  it('leaves out what dies with the pod, and what is not given', () => {
    for (const volume of [{ emptyDir: {} }, { configMap: { name: 'c' } }, { secret: null }, { downwardAPI: {} }, {}])
      expect(ofVolume(volume)).to.deep.equal([])
    expect(ofVolume({ ephemeral: { volumeClaimTemplate: { spec: { volumeName: '' } } } })).to.deep.equal([])
    expect(dataSources(null).size).to.equal(0)
  })

  it('names what a claim that is made for the pod starts from', () => {
    const of = (spec: Json) => ofVolume({ ephemeral: { volumeClaimTemplate: { spec } } })
    expect(of({ dataSource: { kind: 'VolumeSnapshot', name: 's' } })).to.deep.equal(['a claim with dataSource "s"'])
    expect(of({ dataSourceRef: { name: 's' } })).to.deep.equal(['a claim with dataSourceRef "s"'])
    expect(of({ volumeName: 'pv' })).to.deep.equal(['a claim with volumeName "pv"'])
    expect(of({ selector: { matchLabels: {} } })).to.deep.equal(['a claim with selector ""'])
  })

  it('names the Secrets in an environment, and none for a plain value or a ConfigMap', () => {
    expect(ofContainer({ env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'db', key: 'p' } } }] })).to.deep.equal([
      'Secret "db"',
    ])
    expect(ofContainer({ envFrom: [{ secretRef: { name: 'db' } }] })).to.deep.equal(['Secret "db"'])
    expect(ofContainer({ env: [{ name: 'P', value: 'x' }], envFrom: [{ configMapRef: { name: 'c' } }] })).to.deep.equal(
      [],
    )
  })

  it('tells apart which container gets it, where, and how', () => {
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'db' } }]
    const keys = (container: JsonObject): string =>
      [...pod({ volumes, containers: [{ name: 'main', ...container }] }).keys()].sort().join('\n')
    const different = [
      keys({}),
      keys({ volumeMounts: [{ name: 'v', mountPath: '/a' }] }),
      keys({ volumeMounts: [{ name: 'v', mountPath: '/b' }] }),
      keys({ volumeMounts: [{ name: 'v', mountPath: '/a', readOnly: true }] }),
      keys({ name: 'other', volumeMounts: [{ name: 'v', mountPath: '/a' }] }),
      keys({ volumeDevices: [{ name: 'v', devicePath: '/dev/a' }] }),
    ]
    expect(new Set(different).size).to.equal(different.length)
    expect(keys({ volumeMounts: [{ name: 'another', mountPath: '/a' }] })).to.equal(keys({}))
  })

  it('matches no more than eight volumes of one name with a mount', () => {
    const volumes = Array.from({ length: 20 }, (_, at) => ({ name: 'v', secret: { secretName: `s${at}` } }))
    const containers = [{ name: 'main', volumeMounts: [{ name: 'v', mountPath: '/a' }] }]
    expect(pod({ volumes, containers }).size).to.equal(20 + 8)
  })
})
