import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { Json, JsonObject } from '../../src/api/json.ts'
import { field, list, text } from '../../src/api/json.ts'
import { connect } from '../../src/cluster/client.ts'
import type { Client } from '../../src/cluster/client.ts'
import { ApiError } from '../../src/cluster/errors.ts'
import { administrator, done, person, read, refused, serviceAccount } from './harness/actors.ts'
import type { Actor } from './harness/actors.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { startObstat } from './harness/obstat.ts'
import type { Obstat } from './harness/obstat.ts'
import { until } from './harness/wait.ts'
import { deployment } from './harness/workloads.ts'

const REGISTRATION = '/apis/admissionregistration.k8s.io/v1'
const WEBHOOKS = `${REGISTRATION}/validatingwebhookconfigurations/obstat`
const STANDBY = 'agents-standby.obstat.dev'
const BINDING = `${REGISTRATION}/validatingadmissionpolicybindings/${STANDBY}`
const ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
const WRITERS = 3

/** A policy takes effect about a second after it was written. */
const shortly = { timeoutMs: 10_000, everyMs: 20 }
const often = { timeoutMs: 10_000, everyMs: 2 }

describe('the standby policy', () => {
  let plane: ControlPlane
  let webhook: Obstat
  let admin: Actor
  let alice: Actor
  let bot: Actor
  let client: Client
  let agent: Client

  before(async () => {
    plane = await startControlPlane()
    admin = administrator(plane)
    webhook = await startObstat(plane)
    alice = await person(plane)
    bot = await serviceAccount(plane, 'bots', 'sre')
    await done(admin.kubectl('create namespace shop'))
    await done(admin.pipe('create -f -', deployment('shop', 'web', 2)))
    await done(admin.obstat('agent add sre --serviceaccount bots/sre --phase AutonomousL1 --scope *:* --apply'))
    await done(admin.kubectl('wait --for=condition=Enforced governedagent/sre --timeout=10s'))
    client = connect({ kubeconfig: plane.adminKubeconfig })
    agent = connect({ kubeconfig: bot.kubeconfig })
  })

  after(async () => {
    client.close()
    agent.close()
    await webhook.stop()
    await plane.stop()
  })

  let made = 0

  /** The agent writes RBAC, which obstat refuses in every phase; answers who refused it, '' when nobody did. */
  async function refuser(): Promise<'' | 'obstat' | 'standby' | 'other'> {
    try {
      await agent.create(ROLES, { metadata: { name: `escalated-${made++}` }, rules: [] })
      return ''
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause
      if (/'agents-standby(-2)?\.obstat\.dev' denied request: NeverAllowed:/.test(cause.message)) return 'standby'
      return /webhook "agents(-2)?\.obstat\.dev"/.test(cause.message) ? 'obstat' : 'other'
    }
  }

  /** As many of these writes as go, until told to end; answers when each began and who refused it. */
  function inTightLoops(): { readonly end: () => Promise<readonly { readonly at: number; readonly by: string }[]> } {
    let isOver = false
    const seen: { readonly at: number; readonly by: string }[] = []
    const writer = async (): Promise<void> => {
      while (!isOver) {
        const at = performance.now()
        seen.push({ at, by: await refuser() })
      }
    }
    const writers = Array.from({ length: WRITERS }, writer)
    return {
      end: async () => {
        isOver = true
        await Promise.all(writers)
        return seen
      },
    }
  }

  const actions = async (name = STANDBY): Promise<string> => {
    const binding = await client.get(`${REGISTRATION}/validatingadmissionpolicybindings/${name}`)
    return list(binding, 'spec', 'validationActions')
      .filter((action) => typeof action === 'string')
      .join()
  }

  const untilRefusedBy = (by: 'obstat' | 'standby'): Promise<unknown> =>
    until(`the agent to be refused by ${by}`, async () => (await refuser()) === by, shortly)

  const versionOf = async (): Promise<string> => text(await client.get(WEBHOOKS), 'metadata', 'resourceVersion')
  const isRight = (live: Json): boolean =>
    list(live, 'webhooks').length === 2 && JSON.stringify(live).includes("'system:serviceaccount:bots:sre'")

  const jsonPatch = (path: string, value: Json): Promise<Json> =>
    client.patch(WEBHOOKS, [{ op: 'replace', path, value }], { contentType: 'application/json-patch+json' })

  const DISTURBANCES: readonly (readonly [how: string, disturb: () => Promise<unknown>])[] = [
    ['deleted', () => client.delete(WEBHOOKS)],
    ['emptied', () => jsonPatch('/webhooks', [])],
    ['edited', () => jsonPatch('/webhooks/0/matchConditions/0/expression', 'false')],
  ]

  for (const [how, disturb] of DISTURBANCES)
    it(`is not needed when the webhook configuration is ${how}: it is put back at once`, async () => {
      for (let round = 0; round < 2; round++) {
        await untilRefusedBy('obstat')
        const loops = inTightLoops()
        await until('the first refusals', async () => (await versionOf()) !== '')
        await disturb()
        const from = performance.now()
        await until('it to be right again', async () => isRight(await client.get(WEBHOOKS)), often)
        const backAfterMs = performance.now() - from
        await untilRefusedBy('obstat')
        const closed = performance.now()
        for (let n = 0; n < 10; n++) expect(await refuser()).to.equal('obstat')
        const seen = await loops.end()
        const passed = seen.filter(({ by }) => by === '')
        const last = Math.max(from, ...passed.map(({ at }) => at)) - from
        process.stdout.write(
          `      back after ${backAfterMs.toFixed(0)} ms; of ${seen.length} writes ${passed.length} passed, the last one began after ${last.toFixed(0)} ms\n`,
        )
        expect(passed.filter(({ at }) => at > closed)).to.deep.equal([])
      }
      expect(await actions()).to.equal('Audit')
    })

  it('leaves nothing in the audit log while it waits', async () => {
    await untilRefusedBy('obstat')
    await done(bot.kubectl('rollout restart deployment/web -n shop'))
    expect(readFileSync(plane.logs().get('audit') ?? '', 'utf8')).not.to.contain('validation_failure')
  })

  describe('while obstat may not write the webhook configuration', () => {
    let role: JsonObject

    /** RBAC that only reads webhook configurations. */
    const withoutWrites = (rule: Json): Json => {
      const resources = list(rule, 'resources')
      if (!resources.includes('validatingwebhookconfigurations')) return rule
      const rest = resources.filter((resource) => resource !== 'validatingwebhookconfigurations')
      return { ...(rule as JsonObject), resources: rest.length === 0 ? ['none'] : rest }
    }

    before(async () => {
      role = (await client.get(`${ROLES}/obstat`)) as JsonObject
      const reads = {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['validatingwebhookconfigurations'],
        verbs: ['get', 'list', 'watch'],
      }
      await client.patch(`${ROLES}/obstat`, { rules: [...list(role, 'rules').map(withoutWrites), reads] })
    })

    after(() => client.patch(`${ROLES}/obstat`, { rules: list(role, 'rules') }))

    it('is enforced by the leader, and says why', async () => {
      const loops = inTightLoops()
      await client.delete(WEBHOOKS)
      const from = performance.now()
      await until('the binding', async () => (await actions()) === 'Deny,Audit', shortly)
      const boundAfterMs = performance.now() - from
      await untilRefusedBy('standby')
      const closed = performance.now()
      for (let n = 0; n < 10; n++) expect(await refuser()).to.equal('standby')
      const seen = await loops.end()
      const passed = seen.filter(({ by }) => by === '')
      process.stdout.write(
        `      the binding said Deny after ${boundAfterMs.toFixed(0)} ms and held after ${(closed - from).toFixed(0)} ms; ${passed.length} of ${seen.length} writes passed\n`,
      )
      expect(passed.filter(({ at }) => at > closed)).to.deep.equal([])
      const enforced = async (): Promise<boolean> => {
        const conditions = list(await read(admin, 'governedagent sre'), 'status', 'conditions')
        return conditions.some((one) => text(one, 'type') === 'Enforced' && text(one, 'status') === 'False')
      }
      await until('the condition', enforced, shortly)
      expect(readFileSync(webhook.log, 'utf8')).to.contain(`${STANDBY} holds agents up, because`)
      const metrics = await (await fetch(`${webhook.metricsUrl}/metrics`)).text()
      expect(metrics).to.match(/^obstat_standby_enforcing\{by="Leader"\} 1$/m)
    })

    it('holds up no person', async () => {
      await done(alice.kubectl('scale deployment web -n shop --replicas=3'))
    })

    it('stands by again once obstat may', async () => {
      await client.patch(`${ROLES}/obstat`, { rules: list(role, 'rules') })
      await until('the webhook configuration', async () => isRight(await client.get(WEBHOOKS)), shortly)
      await until('the binding', async () => (await actions()) === 'Audit', shortly)
      await untilRefusedBy('obstat')
      await until(
        'the agent to be let through',
        async () => (await bot.kubectl('rollout restart deployment/web -n shop')).code === 0,
        shortly,
      )
    })
  })

  describe('enforced by a person', () => {
    it('stays so while obstat runs, is restarted, and somebody deletes the binding', async () => {
      await client.patch(BINDING, { spec: { validationActions: ['Deny'] } })
      await until(
        'the leader to complete it',
        async () => field(await client.get(BINDING), 'spec', 'matchResources') === undefined,
        shortly,
      )
      await untilRefusedBy('standby')
      await client.delete(BINDING)
      await until('the binding', async () => (await actions()) === 'Deny', shortly)
      await webhook.restart()
      expect(await actions()).to.equal('Deny')
      await untilRefusedBy('standby')
      await done(admin.obstat('resume --all'))
      await untilRefusedBy('obstat')
      expect(await actions()).to.equal('Audit')
    })

    it('is another thing than obstat kill of one agent, which obstat itself refuses from then on', async () => {
      await done(admin.obstat('kill sre --reason', 'incident 12'))
      const isSuspended = async (): Promise<boolean> =>
        (await bot.kubectl('auth can-i delete pods')).stderr.includes('incident 12')
      await until('the agent to be suspended', isSuspended, shortly)
      expect(await actions()).to.equal('Audit')
      await done(admin.obstat('resume sre'))
      await until('the agent to go on', async () => !(await isSuspended()), shortly)
    })

    it('by obstat kill --all holds hundreds of agents up, and nobody else', async () => {
      // Names so long that one expression does not hold them all.
      const robot = (n: number): string => `robot-${n}-${'x'.repeat(190)}`
      const agents = Array.from({ length: 8 }, (_, i) => ({
        apiVersion: 'obstat.dev/v1alpha1',
        kind: 'GovernedAgent',
        metadata: { name: `robots-${i}` },
        spec: {
          subjects: Array.from({ length: 64 }, (__, j) => ({ kind: 'User', name: robot(i * 64 + j) })),
          trustPhase: 'Shadow',
        },
      }))
      await done(admin.pipe('create -f -', { apiVersion: 'v1', kind: 'List', items: agents }))
      await until('a second policy', () => actions('agents-standby-2.obstat.dev'), shortly)
      const killed = await done(admin.obstat('kill --all --reason', 'incident 12'))
      expect(killed.trim().split('\n')).to.have.length(2)
      await untilRefusedBy('standby')
      const asRobot = async (n: number): Promise<string> =>
        (await admin.kubectl(`create configmap robots -n shop --as=${robot(n)} --as-group=system:masters`)).stderr
      for (const n of [0, 511])
        await until(`robot ${n} to be refused`, async () => (await asRobot(n)).includes('NeverAllowed:'), shortly)
      await done(alice.kubectl('scale deployment web -n shop --replicas=2'))
      await done(admin.obstat('resume --all'))
      await untilRefusedBy('obstat')
      await done(admin.kubectl(`delete ${agents.map(({ metadata }) => `governedagent/${metadata.name}`).join(' ')}`))
    })

    it('or by an agent that may write admission policies: RBAC alone keeps it off them', async () => {
      await done(bot.kubectl(`annotate validatingadmissionpolicybinding ${STANDBY} note=mine`))
      await done(bot.kubectl(`delete validatingadmissionpolicybinding ${STANDBY}`))
      await until('the binding to be put back', async () => (await actions()) === 'Audit', shortly)
    })
  })

  describe('without obstat', () => {
    before(async () => {
      await webhook.kill()
      await client.delete(WEBHOOKS)
      await done(
        admin.kubectl(
          `patch validatingadmissionpolicybinding ${STANDBY} --type=merge -p`,
          '{"spec": {"validationActions": ["Deny"], "matchResources": null}}',
        ),
      )
      await untilRefusedBy('standby')
    })

    it('lets the agent read, ask for its rights, tell Events and keep its own Lease', async () => {
      await done(bot.kubectl('get deployments -n shop'))
      await done(bot.kubectl('auth can-i delete pods'))
      await done(bot.kubectl('auth whoami'))
      const lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'sre', namespace: 'bots' },
      }
      await done(bot.pipe('create -f -', { ...lease, spec: { holderIdentity: 'sre_1' } }))
      await done(bot.kubectl('patch lease sre -n bots --type=merge -p', '{"spec":{"leaseDurationSeconds":15}}'))
      const event = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: 'seen', namespace: 'shop' },
        involvedObject: { kind: 'Deployment', name: 'web', namespace: 'shop' },
        reason: 'Seen',
        message: 'it runs',
        count: 1,
      }
      await done(bot.pipe('create -f -', event))
      await done(bot.kubectl('patch event seen -n shop --type=merge -p', '{"count":2}'))
      // Nothing changes by it.
      await done(bot.kubectl('scale deployment web -n shop --replicas=2'))
    })

    it('knows whose a Lease is by the pod that the token is bound to', async () => {
      const pod = { namespace: 'bots', name: 'sre-6d4cf56db6-abcde' }
      const spec = { serviceAccountName: 'sre', containers: [{ name: 'main', image: 'registry.example/sre:1' }] }
      await done(admin.pipe('create -f -', { apiVersion: 'v1', kind: 'Pod', metadata: pod, spec }))
      const token = await done(
        admin.kubectl(`create token sre -n bots --bound-object-kind=Pod --bound-object-name=${pod.name}`),
      )
      const renewed = async (holder: string): Promise<boolean> => {
        const hold = { spec: { holderIdentity: holder, leaseDurationSeconds: 15 } }
        await done(admin.kubectl('patch lease sre -n bots --type=merge -p', JSON.stringify(hold)))
        const renewal = { spec: { leaseDurationSeconds: 16 } }
        const { code, stderr } = await bot.kubectl(
          `patch lease sre -n bots --token=${token.trim()} --type=merge -p`,
          JSON.stringify(renewal),
        )
        expect(stderr).to.match(code === 0 ? /^$/ : /NeverAllowed:/)
        return code === 0
      }
      for (const own of [`${pod.name}_1`, 'sre-6d4cf56db6-zzzzz', 'sre-7f9cdf4b9c-zzzzz_2', ''])
        expect(await renewed(own), own).to.equal(true)
      for (const foreign of ['srex-6d4cf56db6-abcde', 'other', 'sr'])
        expect(await renewed(foreign), foreign).to.equal(false)
    })

    it('refuses it everything else, harmless or not, in one sentence for those who cannot approve it', async () => {
      const attempts = [
        'scale deployment web -n shop --replicas=3',
        'rollout restart deployment/web -n shop',
        'delete deployment web -n shop',
        'delete deployment web -n shop --dry-run=server',
        'delete lease sre -n bots',
        'label lease sre -n bots a=b',
        'create token sre -n bots',
        'create configmap note -n bots',
        'delete namespace shop',
        'cordon node-0',
      ]
      for (const words of attempts) {
        const { stderr } = await bot.kubectl(words)
        expect(stderr, words).to.contain('denied request: NeverAllowed: agents may only read now')
      }
      const foreign = {
        kind: 'Lease',
        apiVersion: 'coordination.k8s.io/v1',
        metadata: { name: 'x', namespace: 'shop' },
      }
      expect((await bot.pipe('create -f -', foreign)).stderr).to.contain('NeverAllowed:')
      const said = await bot.kubectl('patch event seen -n shop --type=merge -p', '{"message":"it never ran"}')
      expect(said.stderr).to.contain('NeverAllowed:')
    })

    it('holds up neither a person nor the controllers: a rollout goes through', async () => {
      await done(alice.kubectl('set image deployment/web main=registry.example/web:2 -n shop'))
      await done(alice.kubectl('rollout status deployment/web -n shop --timeout=60s'))
      await done(alice.kubectl('scale deployment web -n shop --replicas=1'))
      const isOne = async (): Promise<boolean> =>
        field(await read(admin, 'deployment web -n shop'), 'status', 'replicas') === 1
      await until('the controllers to scale', isOne)
    })

    it('lets the agent work again once it is lifted and obstat is back', async () => {
      await webhook.restart()
      expect(await actions()).to.equal('Deny')
      await done(admin.obstat('resume --all'))
      const isThrough = async (): Promise<boolean> =>
        (await bot.kubectl('rollout restart deployment/web -n shop')).code === 0
      await until('the agent to be let through', isThrough, shortly)
      expect((await refused(bot.kubectl('create clusterrole all --verb=* --resource=*'))).reason).to.equal(
        'NeverAllowed',
      )
    })
  })
})
