import { expect } from 'chai'
import type { JsonObject } from '../../src/api/json.ts'
import { testKey } from '../signing/signer.ts'
import { cluster, obstat } from './world.ts'
import type { FakeCluster, Ran } from './world.ts'

const uid = 'uid-of-db'
const db: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db', namespace: 'shop', uid, resourceVersion: '1' },
  spec: { replicas: 2, selector: { matchLabels: { app: 'db' } } },
}
const pod: JsonObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'db-0',
    namespace: 'shop',
    uid: 'uid-of-db-0',
    ownerReferences: [{ kind: 'StatefulSet', apiVersion: 'apps/v1', name: 'db', uid, controller: true }],
  },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
}

function world(phase = 'AutonomousL1'): FakeCluster {
  const held = cluster({ alice: testKey('ssh-ed25519') }, [])
  const scope = [{ apiGroups: ['apps'], resources: ['*', '*/*'], operations: ['*'], namespaces: ['shop'] }]
  const agent = held.objects.get('/apis/obstat.dev/v1alpha1/governedagents/sre-bot')
  const spec = {
    subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'sre-bot' }],
    trustPhase: phase,
    scope,
  }
  held.objects.set('/apis/obstat.dev/v1alpha1/governedagents/sre-bot', { ...agent, spec })
  for (const name of ['shop', 'agents', 'kube-system'])
    held.objects.set(`/api/v1/namespaces/${name}`, { kind: 'Namespace', metadata: { name, uid: `uid-${name}` } })
  held.objects.set('/apis/apps/v1/namespaces/shop/statefulsets/db', db)
  held.objects.set('/api/v1/namespaces/shop/pods/db-0', pod)
  return held
}

const explained = (words: string, held = world(), files: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  obstat(['explain', ...words.split(' ')], { cluster: held, files })

describe('explain', () => {
  it('says that a person would have to sign, why, and what hangs on it', async () => {
    const ran = await explained('delete statefulset/db -n shop --as-agent sre-bot')
    expect(ran.out).to.include('DELETE statefulsets.apps shop/db')
    expect(ran.out).to.include('would wait for a person: ApprovalRequired')
    expect(ran.out).to.include('[cascading-delete: Destructive]')
    expect(ran.out).to.include('1 pod lost, 1 ready now: "db-0"')
    expect(ran.code).to.equal(3)
  })

  it('files, uses and writes nothing', async () => {
    const held = world()
    await explained('delete sts db -n shop', held)
    expect(held.calls).to.deep.equal([])
  })

  const cases: readonly (readonly [words: string, said: string, code: number])[] = [
    ['rollout restart sts/db -n shop', 'would go through: InScope', 0],
    ['scale sts/db -n shop --replicas 0', '[scale-to-zero: Destructive]', 3],
    ['scale sts/db -n shop --replicas 3', 'would go through: InScope', 0],
    ['label sts/db -n shop obstat.dev/x=1', 'would be refused: NeverAllowed', 1],
    ['exec db-0 -n shop -- rm -rf /data', 'Destructive', 3],
    ['delete pod/db-0 -n shop --cascade orphan', 'would wait for a person', 3],
    ['delete namespace shop', 'class       Destructive', 3],
    ['patch sts/db -n shop -p {"spec":{"replicas":1}}', '[scale-down-drastic: Destructive]', 3],
  ]
  for (const [words, said, code] of cases)
    it(`judges ${words}`, async () => {
      const ran = await explained(words)
      expect(ran.err).to.equal('')
      expect(ran.out).to.include(said)
      expect(ran.code).to.equal(code)
    })

  it('says that a phase only recommends', async () => {
    const ran = await explained('delete sts/db -n shop', world('ReadOnlyAssist'))
    expect(ran.out).to.include('would be refused: PhaseForbidden, filed as a recommendation')
    expect(ran.code).to.equal(1)
  })

  it('takes a manifest, new or over what is stored', async () => {
    const manifest = JSON.stringify({ ...db, metadata: { name: 'db', namespace: 'shop' }, spec: { replicas: 0 } })
    const changed = await explained('-f db.yaml', world(), { 'db.yaml': manifest })
    expect(changed.out).to.include('UPDATE statefulsets.apps shop/db').and.to.include('[scale-to-zero: Destructive]')
    const fresh = await explained('-f new.yaml', world(), { 'new.yaml': manifest.replaceAll('"db"', '"new"') })
    expect(fresh.out).to.include('CREATE statefulsets.apps shop/new')
  })

  it('takes a recorded AdmissionReview as it is', async () => {
    const resource = { group: 'apps', version: 'v1', resource: 'statefulsets' }
    const request = {
      uid: 'r-1',
      operation: 'DELETE',
      kind: { group: 'apps', version: 'v1', kind: 'StatefulSet' },
      resource,
      namespace: 'shop',
      name: 'db',
      userInfo: { username: 'system:serviceaccount:agents:sre-bot', groups: [] },
      oldObject: db,
      object: null,
      options: {},
    }
    const review = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request })
    const ran = await explained('-f review.json', world(), { 'review.json': review })
    expect(ran.out).to.include('would wait for a person: ApprovalRequired')
  })

  const mistakes: readonly (readonly [words: string, said: string, code: number])[] = [
    ['-n shop', 'name one request: VERB TYPE/NAME, or -f FILE', 2],
    ['drop sts/db -n shop', 'drop: expected delete, scale', 2],
    ['delete gizmo/db -n shop', 'gizmo: expected a kind, or PLURAL.VERSION.GROUP', 2],
    ['delete sts/none -n shop', 'there is no statefulsets none', 1],
    ['scale sts/db -n shop', '--replicas is missing', 2],
    ['delete sts/db -n shop --as-agent nobody', 'there is no GovernedAgent nobody', 2],
    ['patch sts/db -n shop -p {', '--patch: expected JSON', 2],
  ]
  for (const [words, said, code] of mistakes)
    it(`names the mistake in ${words}`, async () => {
      const ran = await explained(words)
      expect(ran.err).to.include(said)
      expect(ran.code).to.equal(code)
    })
})
