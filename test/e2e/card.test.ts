import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { list, text } from '../../src/api/json.ts'
import { administrator, done, newKey, person, read, refused, runningPods, serviceAccount } from './harness/actors.ts'
import type { Actor } from './harness/actors.ts'
import { actor } from './harness/actors.ts'
import { startApiProxy } from './harness/api-proxy.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { startObstat } from './harness/obstat.ts'
import type { Obstat } from './harness/obstat.ts'
import { until } from './harness/wait.ts'
import { statefulSet } from './harness/workloads.ts'

const NAMESPACE = 'shop'
const PATIENT = { timeoutMs: 90_000 }

/** A disk that is there already, for a claim of this name. */
const volume = (claim: string, policy: string): object => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: `pv-${claim}` },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'none',
    persistentVolumeReclaimPolicy: policy,
    claimRef: { namespace: NAMESPACE, name: claim },
    csi: { driver: 'disks.example', volumeHandle: claim },
  },
})

/** A StatefulSet of two with claims that go with it, and all that leads to it. */
const database = (name: string): readonly object[] => {
  const labels = { app: name }
  const named = (apiVersion: string, kind: string, spec: object): object => ({
    apiVersion,
    kind,
    metadata: { namespace: NAMESPACE, name },
    spec,
  })
  const set = statefulSet(NAMESPACE, name, 2) as { spec: { template: { spec: { containers: object[] } } } }
  const [container = {}] = set.spec.template.spec.containers
  const template = {
    ...set.spec.template,
    spec: {
      ...set.spec.template.spec,
      containers: [{ ...container, volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    },
  }
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Gi' } } },
  }
  const backend = { service: { name, port: { number: 80 } } }
  return [
    volume(`data-${name}-0`, 'Retain'),
    volume(`data-${name}-1`, 'Delete'),
    {
      ...set,
      spec: {
        ...set.spec,
        template,
        volumeClaimTemplates: [claim],
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
      },
    },
    named('v1', 'Service', { selector: labels, ports: [{ port: 80 }] }),
    named('networking.k8s.io/v1', 'Ingress', {
      rules: [{ host: 'db.example.org', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    }),
    named('policy/v1', 'PodDisruptionBudget', { minAvailable: 1, selector: { matchLabels: labels } }),
    named('autoscaling/v2', 'HorizontalPodAutoscaler', {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name },
      minReplicas: 2,
      maxReplicas: 5,
    }),
  ]
}

const listOf = (items: readonly object[]): object => ({ apiVersion: 'v1', kind: 'List', items })

/** One long line, so that words can be found wherever the card was folded. */
const unfolded = (card: string): string => card.replaceAll(/\s+/g, ' ')

describe('the card on a real control plane', () => {
  let plane: ControlPlane
  let webhook: Obstat
  let admin: Actor
  let alice: Actor
  let carol: Actor
  let bot: Actor
  let keys: Readonly<Record<'alice' | 'carol', string>>

  const approve = (by: Actor, who: 'alice' | 'carol', id: string): ReturnType<Actor['obstat']> =>
    by.obstat(`approve ${id} --key ${keys[who]} --yes`)
  const decisionsOf = async (id: string): Promise<readonly Json[]> =>
    list(await read(admin, `areq ${id}`), 'spec', 'decisions')

  before(async function () {
    // Two keys, two volumes, seven objects and their controllers: on a busy machine that takes its time.
    this.timeout(300_000)
    plane = await startControlPlane()
    admin = administrator(plane)
    webhook = await startObstat(plane)
    alice = await person(plane)
    carol = await serviceAccount(plane, 'people', 'carol')
    bot = await serviceAccount(plane, 'agents', 'sre-bot')
    keys = { alice: await newKey(plane, 'ed25519'), carol: await newKey(plane, 'ed25519') }
    await done(admin.kubectl(`create namespace ${NAMESPACE}`))
    await done(admin.pipe('apply -f -', listOf(database('db'))))
    await done(
      admin.obstat('agent add sre-bot --serviceaccount agents/sre-bot --phase AutonomousL1 --scope *:* --apply'),
    )
    for (const who of ['alice', 'carol'] as const)
      await done(admin.obstat(`approver add ${who} --key ${keys[who]}.pub --role platform --apply`))
    await done(admin.kubectl('wait --for=condition=Enforced governedagent/sre-bot --timeout=30s'))
    await until('two pods', async () => (await runningPods(admin, NAMESPACE, 'db')).length === 2, PATIENT)
    await until(
      'a budget that counts them',
      async () => {
        const budget = await read(admin, `pdb db -n ${NAMESPACE}`)
        return JSON.stringify(budget).includes('"disruptionsAllowed":1')
      },
      PATIENT,
    )
    await until(
      'bound claims',
      async () => {
        const claims = list(await read(admin, `pvc -n ${NAMESPACE}`), 'items')
        return claims.length === 2 && claims.every((claim) => text(claim, 'status', 'phase') === 'Bound')
      },
      PATIENT,
    )
  })

  after(async () => {
    await webhook.stop()
    await plane.stop()
  })

  it('shows all that hangs on a StatefulSet, and lapses when another disk would be destroyed by now', async () => {
    const remove = (): ReturnType<Actor['kubectl']> => bot.kubectl(`delete statefulset db -n ${NAMESPACE} --wait=false`)
    const { request } = await refused(remove())
    const shown = unfolded(await done(alice.obstat(`show ${request}`)))
    for (const said of [
      'PersistentVolumeClaim "data-db-1" goes and its disk is DESTROYED (reclaim policy Delete)',
      'PersistentVolumeClaim "data-db-0" goes; its disk is kept (reclaim policy Retain)',
      '2 pods lost, 2 ready now: "db-0", "db-1"',
      'Service "db" is left without endpoints (2 ready now)',
      'Ingress "db" ("db.example.org") leads to Service "db"',
      'HorizontalPodAutoscaler "db" (2 to 5 replicas) is left without a target',
      'PodDisruptionBudget "db" allows 1 disruptions now, and does not hold this: only evictions',
    ])
      expect(shown).to.include(said)
    expect(shown).not.to.include('could not be read')
    await done(approve(alice, 'alice', request))
    const patch = '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}'
    await done(admin.kubectl(`patch pv pv-data-db-0 -p ${patch}`))
    const lapsed = await refused(remove())
    expect(lapsed.reason).to.equal('ApprovalMismatch')
    expect(lapsed.request).not.to.equal(request)
    expect(await runningPods(admin, NAMESPACE, 'db')).to.have.lengthOf(2)
    const anew = unfolded(await done(alice.obstat(`show ${lapsed.request}`)))
    expect(anew).to.include('"data-db-0", "data-db-1" go and their disks are DESTROYED')
    await done(approve(alice, 'alice', lapsed.request))
    await done(remove())
  })

  it('counts what is in a Namespace', async () => {
    const { request } = await refused(bot.kubectl('delete namespace people --wait=false'))
    expect(unfolded(await done(alice.obstat(`show ${request}`)))).to.match(
      /contents .* could not be read: Secrets, ConfigMaps and kinds of your own in it, which go too/,
    )
  })

  const bare = async (name: string): Promise<string> => {
    await done(admin.pipe('apply -f -', statefulSet(NAMESPACE, name)))
    await until('its pod', async () => (await runningPods(admin, NAMESPACE, name)).length === 1)
    return (await refused(bot.kubectl(`delete statefulset ${name} -n ${NAMESPACE}`))).request
  }

  it('takes the decisions of two people who decide at once, and is used once', async () => {
    const request = await bare('twice')
    const outcomes = await Promise.all([approve(alice, 'alice', request), approve(carol, 'carol', request)])
    expect(outcomes.map(({ code }) => code)).to.deep.equal([0, 0])
    expect(await decisionsOf(request)).to.have.lengthOf(2)
    await done(bot.kubectl(`delete statefulset twice -n ${NAMESPACE}`))
    expect(list(await read(admin, `areq ${request}`), 'status', 'uses')).to.have.lengthOf(1)
    const again = await bare('twice')
    expect(again).not.to.equal(request)
  })

  it('holds a decision once when the connection breaks before its answer, and the command says how it stands', async () => {
    const request = await bare('cut')
    const proxy = await startApiProxy(plane)
    try {
      const through = actor(plane, proxy.kubeconfig(carol.kubeconfig))
      let patches = 0
      proxy.answer = ({ method }) => {
        if (method === 'PATCH') patches++
        return null
      }
      proxy.silence = ({ method }) => {
        const isLost = method === 'PATCH' && patches === 1
        if (isLost) proxy.relay.cut()
        return isLost
      }
      const outcome = await approve(through, 'carol', request)
      expect([outcome.code, patches], outcome.stderr).to.deep.equal([0, 1])
      expect(outcome.stdout).to.include(`${request} approved by carol`)
      expect(await decisionsOf(request)).to.have.lengthOf(1)
    } finally {
      await proxy.stop()
    }
  })

  it('explains what a request would meet, without filing it', async () => {
    await done(admin.pipe('apply -f -', statefulSet(NAMESPACE, 'asked')))
    const before = list(await read(admin, 'areq'), 'items').length
    const outcome = await carol.obstat(`explain delete sts/asked -n ${NAMESPACE} --as-agent sre-bot`)
    expect(outcome.stdout).to.include('would wait for a person: ApprovalRequired')
    expect(outcome.stdout).to.include('[cascading-delete: Destructive]')
    expect(outcome.code).to.equal(3)
    expect(list(await read(admin, 'areq'), 'items')).to.have.lengthOf(before)
  })

  it('is found among 500 requests, of which a person is shown fifty', async () => {
    const filed = list(await read(admin, 'areq'), 'items').at(-1) as { spec: object }
    const soon = new Date(Date.now() + 3_000_000).toISOString().replace(/\.\d+Z$/, 'Z')
    const many = Array.from({ length: 500 }, (_, at) => ({
      apiVersion: 'obstat.dev/v1alpha1',
      kind: 'ApprovalRequest',
      metadata: { name: `ar-many${at}` },
      spec: { ...filed.spec, decisions: [], expiresAt: soon },
    }))
    // Reading them needs no webhook, and writing them goes faster without one.
    await webhook.stop()
    const parts = Array.from({ length: 5 }, (_, at) => many.slice(at * 100, at * 100 + 100))
    await Promise.all(parts.map((part) => done(admin.pipe('create -f -', listOf(part)))))
    const startedAt = performance.now()
    const { stdout, stderr, code } = await alice.obstat('queue')
    const elapsedMs = Math.round(performance.now() - startedAt)
    expect(code).to.equal(0)
    expect(stdout.trimEnd().split('\n')).to.have.lengthOf(51)
    expect(stderr).to.match(/and \d+ more: narrow it/)
    console.log(`      obstat queue among 500: ${elapsedMs} ms, ${Buffer.byteLength(stdout)} bytes`)
    expect((await done(alice.obstat('queue -o name'))).trimEnd().split('\n').length).to.be.greaterThan(500)
  })
})
