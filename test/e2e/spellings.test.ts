import { expect } from 'chai'
import { field, text } from '../../src/api/json.ts'
import type { Json } from '../../src/api/json.ts'
import {
  administrator,
  done,
  newKey,
  person,
  read,
  refusalIn,
  refused,
  runningPods,
  serviceAccount,
} from './harness/actors.ts'
import type { Actor } from './harness/actors.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { startObstat } from './harness/obstat.ts'
import type { Obstat } from './harness/obstat.ts'
import type { Outcome } from './harness/run.ts'
import { until } from './harness/wait.ts'
import { barePod, deployment } from './harness/workloads.ts'

describe('one act, one verdict, however it is spelt', () => {
  let plane: ControlPlane
  let webhook: Obstat
  let admin: Actor
  let alice: Actor
  let bot: Actor
  let key: string

  before(async () => {
    plane = await startControlPlane()
    admin = administrator(plane)
    webhook = await startObstat(plane)
    alice = await person(plane)
    bot = await serviceAccount(plane, 'agents', 'sre-bot')
    key = await newKey(plane, 'ed25519')
    for (const namespace of ['shop', 'vault']) await done(admin.kubectl(`create namespace ${namespace}`))
    await done(admin.kubectl('label namespace vault obstat.dev/protected=true'))
    for (const namespace of ['shop', 'vault']) await done(admin.pipe('create -f -', deployment(namespace, 'web')))
    await done(admin.pipe('apply -f -', barePod('shop', 'lone', 'node-0')))
    for (const name of ['a', 'b']) await done(admin.kubectl(`create configmap ${name} -n shop`))
    await done(admin.kubectl('create secret generic password -n shop --from-literal=a=b'))
    await done(admin.obstat(`approver add alice --key ${key}.pub --apply`))
    await done(
      admin.obstat('agent add sre-bot --serviceaccount agents/sre-bot --phase AutonomousL1 --scope *:* --apply'),
    )
    await done(admin.kubectl('wait --for=condition=Enforced governedagent/sre-bot --timeout=10s'))
    await until('the pods', async () => (await runningPods(admin, 'shop', 'web')).length === 3)
    await until('the lone pod', async () => (await runningPods(admin, 'shop', 'lone')).length === 1)
  })

  after(async () => {
    await webhook.stop()
    await plane.stop()
  })

  const replicas = async (): Promise<Json> =>
    field(await read(admin, 'deployment web -n shop'), 'spec', 'replicas') ?? null
  const zeroed = async (): Promise<object> => {
    const live = JSON.parse(await done(admin.kubectl('get deployment web -n shop -o json'))) as { spec: object }
    return { ...live, spec: { ...live.spec, replicas: 0 } }
  }
  const onlyReplicas = (count: number): object => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'shop', name: 'web' },
    spec: { replicas: count },
  })
  const operation = (value: number): string => JSON.stringify([{ op: 'replace', path: '/spec/replicas', value }])
  const spec = (value: Json): string => JSON.stringify({ spec: { replicas: value } })

  type Spelling = readonly [title: string, attempt: () => Promise<Outcome>]
  const bySpec: readonly Spelling[] = [
    ['a merge patch', () => bot.kubectl('patch deployment web -n shop --type=merge -p', spec(0))],
    ['a JSON patch', () => bot.kubectl('patch deployment web -n shop --type=json -p', operation(0))],
    ['a strategic patch', () => bot.kubectl('patch deployment web -n shop -p', spec(0))],
    ['a server-side apply', () => bot.pipe('apply --server-side --force-conflicts -f -', onlyReplicas(0))],
    ['a replace', async () => bot.pipe('replace -f -', await zeroed())],
  ]
  const byScale: readonly Spelling[] = [
    ['kubectl scale', () => bot.kubectl('scale deployment web -n shop --replicas=0')],
    [
      'a patch of /scale',
      () => bot.kubectl('patch deployment web -n shop --subresource=scale --type=merge -p', spec(0)),
    ],
    [
      'a patch of /scale without a number',
      () => bot.kubectl('patch deployment web -n shop --subresource=scale --type=merge -p', spec(null)),
    ],
  ]

  for (const [way, spellings] of [
    ['the spec', bySpec],
    ['/scale', byScale],
  ] as const)
    describe(`scaling to zero by ${way}`, () => {
      const requests = new Set<string>()
      for (const [title, attempt] of spellings)
        it(`is refused as ${title}`, async () => {
          const refusal = await refused(attempt())
          expect(refusal.reason).to.be.oneOf(['ApprovalRequired', 'ApprovalPending'])
          expect(refusal).to.deep.include({ class: 'Destructive', rules: ['scale-to-zero'] })
          expect(await replicas()).to.equal(3)
          requests.add(refusal.request)
        })
      it('is one request, whatever the spelling', () => {
        expect(requests.size).to.equal(1)
      })
    })

  describe('a signature', () => {
    it('over one spelling opens the act in another, once', async () => {
      const { request } = await refused(bot.kubectl('patch deployment web -n shop --type=merge -p', spec(0)))
      await done(alice.obstat(`approve ${request} --key ${key} --yes --reason test`))
      await done(bot.kubectl('patch deployment web -n shop --type=json -p', operation(0)))
      expect(await replicas()).to.equal(0)
      await done(alice.kubectl('scale deployment web -n shop --replicas=3'))
      const again = await refused(bot.pipe('apply --server-side --force-conflicts -f -', onlyReplicas(0)))
      expect(again.reason).to.equal('ApprovalUsed')
      await until('the pods', async () => (await runningPods(admin, 'shop', 'web')).length === 3)
    })
  })

  type Expected = readonly [reason: 'Approval' | 'NeverAllowed', classOf: string, rules: readonly string[]]
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace: 'shop', name: 'lone' } }
  const clusterRole = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'everything' },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
  }
  const held = (...rules: readonly string[]): Expected => ['Approval', 'Destructive', rules]
  const never = (classOf: string, ...rules: readonly string[]): Expected => ['NeverAllowed', classOf, rules]

  const refusals: readonly (readonly [title: string, words: string, expected: Expected, input?: object])[] = [
    ['a delete', 'delete deployment web -n shop', held('cascading-delete')],
    ['a delete of what no rule knows', 'delete configmap a -n shop', held()],
    ['a deletecollection', 'delete --raw /api/v1/namespaces/shop/configmaps', held('bulk-delete')],
    ['a forced delete', 'delete pod lone -n shop --force', held('forced-delete')],
    ['a delete of a Namespace', 'delete namespace shop', held('namespace-delete')],
    [
      'an eviction of a pod that nothing replaces',
      'create --raw /api/v1/namespaces/shop/pods/lone/eviction -f -',
      held('pod-eviction'),
      eviction,
    ],
    ['a taint', 'taint node node-1 broken=yes:NoExecute', held('node-taint')],
    ['a command in a pod', 'exec -n shop lone -- rm -rf /data', held()],
    ['a shell in a pod', 'exec -n shop lone -i -- sh', never('Escalation')],
    ['a tunnel to a pod', 'port-forward -n shop pod/lone 23456:80', never('Escalation')],
    ['a token', 'create token default -n shop', never('Escalation', 'token-request')],
    ['a RoleBinding', 'create rolebinding x -n shop --clusterrole=admin --user=eve', never('Escalation', 'rbac-write')],
    ['auth reconcile', 'auth reconcile -f -', never('Escalation', 'rbac-write'), clusterRole],
    ['lifting the protection', 'label namespace vault obstat.dev/protected-', never('Tampering', 'obstat-keys')],
    ['deleting its GovernedAgent', 'delete governedagent sre-bot', never('Tampering', 'obstat-objects')],
    [
      'promoting itself',
      'patch governedagent sre-bot --type=merge -p {"spec":{"enforcement":"Audit"}}',
      never('Tampering', 'obstat-objects'),
    ],
    [
      'deleting requests',
      'delete --raw /apis/obstat.dev/v1alpha1/approvalrequests',
      never('Tampering', 'obstat-objects'),
    ],
    ['approving its own request', 'annotate deployment web -n shop obstat.dev/approval={}', never('Tampering')],
    ['a restart in a protected Namespace', 'rollout restart deployment/web -n vault', ['Approval', 'Routine', []]],
    ['a label in a protected Namespace', 'label deployment web -n vault a=b', ['Approval', 'Change', []]],
  ]

  describe('refuses', () => {
    for (const [title, words, [reason, classOf, rules], input] of refusals)
      it(title, async () => {
        const outcome = input === undefined ? await bot.kubectl(words) : await bot.pipe(words, input)
        expect(outcome.code).to.equal(1)
        const refusal = refusalIn(outcome)
        expect(refusal.reason).to.be.oneOf(
          reason === 'Approval' ? ['ApprovalRequired', 'ApprovalPending'] : ['NeverAllowed'],
        )
        expect(refusal.class).to.equal(classOf)
        expect(refusal.rules).to.include.members(rules)
        const token = reason === 'Approval' ? `APPROVAL_REQUIRED ${refusal.request}: ` : 'NEVER_ALLOWED: '
        expect(outcome.stderr).to.contain(token)
        expect(outcome.stderr).to.contain('\nAgent: stop')
      })

    it('a cordon, although kubectl says it worked', async () => {
      const outcome = await bot.kubectl('cordon node-1')
      expect(refusalIn(outcome).rules).to.deep.equal(['node-cordon'])
      expect(field(await read(admin, 'node node-1'), 'spec', 'unschedulable')).to.equal(undefined)
    })

    it('a drain: the cordon, and each eviction of a pod that nothing replaces', async () => {
      const outcome = await bot.kubectl('drain node-0 --pod-selector=app=lone --force --timeout=20s')
      expect(outcome.code).to.equal(1)
      expect(outcome.stderr).to.match(/APPROVAL_REQUIRED ar-[a-z2-7]+: UPDATE nodes node-0 is Destructive: node-cordon/)
      expect(outcome.stderr).to.match(/APPROVAL_REQUIRED ar-[a-z2-7]+: CREATE pods\/eviction shop\/lone is Destructive/)
      expect(await runningPods(admin, 'shop', 'lone')).to.have.lengthOf(1)
    })

    it('every write of webhook configurations, by the policy in the API server', async () => {
      const attempts = [
        'delete validatingwebhookconfiguration obstat',
        'label validatingwebhookconfiguration obstat a=b',
        'patch validatingwebhookconfiguration obstat --type=json -p [{"op":"remove","path":"/webhooks/0"}]',
        'delete --raw /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
      ]
      const isRefused = async (words: string): Promise<boolean> => {
        const { code, stderr } = await bot.kubectl(words)
        return code === 1 && stderr.includes('NeverAllowed: agents do not write webhook configurations')
      }
      // A policy takes effect about a second after the agent was added. Each try says something new, or kubectl sends
      // nothing.
      const label = (): string => `label validatingwebhookconfiguration obstat at=${Date.now()} --overwrite`
      await until('the policy', () => isRefused(label()), { timeoutMs: 5000 })
      for (const words of attempts) expect(await isRefused(words), words).to.equal(true)
    })

    it('nothing of all this to a person', async () => {
      await done(admin.kubectl('cordon node-1'))
      await done(admin.kubectl('taint node node-1 broken=yes:NoSchedule'))
      await done(alice.kubectl('delete configmap b -n shop'))
      await done(alice.kubectl('create token default -n shop'))
    })
  })

  describe('lets through', () => {
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'shop', name: 'looked' },
      involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
      reason: 'Looked',
      type: 'Normal',
    }
    const allowed: readonly (readonly [title: string, words: string, input?: object])[] = [
      ['a rollout restart', 'rollout restart deployment/web -n shop'],
      ['scaling up', 'scale deployment web -n shop --replicas=5'],
      ['an uncordon', 'uncordon node-1'],
      ['the removal of a taint', 'taint node node-1 broken-'],
      ['a label', 'label deployment web -n shop team=blue'],
      ['a question of rights', 'auth can-i delete deployments -n vault'],
      ['an Event', 'create -f -', event],
      ['reads in a protected Namespace', 'get deployments,pods -n vault'],
    ]
    for (const [title, words, input] of allowed)
      it(title, async () => {
        await done(input === undefined ? bot.kubectl(words) : bot.pipe(words, input))
      })
  })

  describe('lets a dry run through', () => {
    const dry: readonly (readonly [title: string, words: string, classOf: string, input?: object])[] = [
      ['a delete', 'delete deployment web -n shop --dry-run=server', 'Destructive'],
      ['scaling to zero', 'scale deployment web -n shop --replicas=0 --dry-run=server', 'Destructive'],
      ['a label in a protected Namespace', 'label deployment web -n vault a=b --dry-run=server', 'Change'],
    ]
    for (const [title, words, classOf] of dry)
      it(`of ${title}, with a warning of what the real act would meet`, async () => {
        const before = (await read(admin, 'approvalrequests')) as { items: readonly Json[] }
        const outcome = await bot.kubectl(words)
        expect(outcome.code, outcome.stderr).to.equal(0)
        expect(outcome.stderr).to.match(
          new RegExp(`Warning: obstat: dry run\\. .* ${classOf} and would be refused: Approval(Required|Pending)`),
        )
        const after = (await read(admin, 'approvalrequests')) as { items: readonly Json[] }
        expect(after.items).to.have.lengthOf(before.items.length)
      })

    it('but not of what is never allowed, nor of what would show a Secret', async () => {
      const label = await refused(bot.kubectl('label namespace vault obstat.dev/protected- --dry-run=server'))
      expect(label).to.include({ reason: 'NeverAllowed', class: 'Tampering' })
      const secret = await refused(bot.kubectl('delete secret password -n shop --dry-run=server'))
      expect(secret.reason).to.equal('NeverAllowed')
      expect(text(await read(admin, 'secret password -n shop'), 'metadata', 'name')).to.equal('password')
    })
  })
})
