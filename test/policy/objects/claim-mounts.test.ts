import { expect } from 'chai'
import type { JsonArray, JsonObject } from '../../../src/api/json.ts'
import { hiddenPaths, templateMounts } from '../../../src/policy/objects/claim-mounts.ts'

const CLAIM = { name: 'data', persistentVolumeClaim: { claimName: 'db' } }
const pod = (volumes: JsonArray, container: JsonObject) => ({
  path: 'spec',
  spec: { volumes, containers: [{ name: 'main', ...container }] },
  metadata: null,
})

/** What is hidden of a claim mounted at one path by a volume mounted at another. */
const hidden = (claim: string, over: JsonObject, volume: JsonObject = { emptyDir: {} }): readonly string[] => [
  ...hiddenPaths(
    pod([CLAIM, { name: 'other', ...volume }], {
      volumeMounts: [
        { name: 'data', mountPath: claim },
        { name: 'other', ...over },
      ],
    }),
    {},
  ),
]

describe('policy/objects/claim-mounts', () => {
  it('finds what is mounted below a claim, and nothing beside or above it', () => {
    expect(hidden('/data', { mountPath: '/data/pg' })).to.deep.equal(['main /data/pg'])
    expect(hidden('/', { mountPath: '/tmp' })).to.deep.equal(['main /tmp'])
    for (const mountPath of ['/database', '/other', '/', '/dat'])
      expect(hidden('/data', { mountPath })).to.deep.equal([])
  })

  it('reads paths as the kubelet does', () => {
    for (const mountPath of ['/data//pg', '/data/./pg/', '/x/../data/pg', 'data/pg', '//data/pg'])
      expect(hidden('/data/', { mountPath }), mountPath).to.deep.equal(['main /data/pg'])
    expect(hidden('/data', { mountPath: '/data/../pg' })).to.deep.equal([])
    expect(hidden('/a/../data', { mountPath: '/data/pg' })).to.deep.equal(['main /data/pg'])
  })

  it('lets a single file of what holds files lie in a claim', () => {
    for (const kind of ['configMap', 'secret', 'projected', 'downwardAPI']) {
      const of = (more: JsonObject): readonly string[] =>
        hidden('/data', { mountPath: '/data/f', ...more }, { [kind]: {} })
      expect(of({ subPath: 'f' })).to.deep.equal([])
      expect(of({ subPathExpr: '$(F)' })).to.deep.equal([])
      expect(of({})).to.deep.equal(['main /data/f'])
    }
    expect(hidden('/data', { mountPath: '/data/f', subPath: 'f' })).to.deep.equal(['main /data/f'])
  })

  it('does not take one claim over another for hidden', () => {
    expect(hidden('/data', { mountPath: '/data/pg' }, { persistentVolumeClaim: { claimName: 'pg' } })).to.deep.equal([])
    expect([...hiddenPaths(null, {})]).to.deep.equal([])
  })

  it('finds where the claims of templates are mounted, as files and as devices', () => {
    const set = { spec: { volumeClaimTemplates: [{ metadata: { name: 'data' } }] } }
    const mounts = (container: JsonObject): readonly string[] => [...templateMounts(pod([], container), set).values()]
    expect(mounts({ volumeMounts: [{ name: 'data', mountPath: '/d' }] })).to.deep.equal([
      'the claim of template "data"',
    ])
    expect(mounts({ volumeDevices: [{ name: 'data', devicePath: '/d' }] })).to.deep.equal([
      'the claim of template "data"',
    ])
    expect(mounts({ volumeMounts: [{ name: 'other', mountPath: '/d' }] })).to.deep.equal([])
  })
})
