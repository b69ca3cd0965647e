import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '../../src/api/json.ts'
import { field, list, text } from '../../src/api/json.ts'
import {
  actor,
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
import { plainEnvironment } from './harness/family.ts'
import { startObstat } from './harness/obstat.ts'
import type { Obstat } from './harness/obstat.ts'
import { run } from './harness/run.ts'
import { until } from './harness/wait.ts'
import { deployment, statefulSet } from './harness/workloads.ts'

/** The statement in the last envelope of a request. */
function lastStatement(request: Json): Json {
  const payload = text(list(request, 'spec', 'decisions').at(-1), 'envelope', 'payload')
  return JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Json
}

describe('one agent, one person, one signature', () => {
  let plane: ControlPlane
  let webhook: Obstat
  let admin: Actor
  let alice: Actor
  let bot: Actor
  let other: Actor
  let key: string

  const approve = (request: string, by = key): Promise<string> =>
    done(alice.obstat(`approve ${request} --key ${by} --yes --reason`, 'ticket 4711'))
  const newStatefulSet = async (name: string): Promise<void> => {
    await done(alice.pipe('apply -f -', statefulSet('vault', name)))
    await until(`the pod of ${name}`, async () => (await runningPods(admin, 'vault', name)).length === 1)
  }
  /** A StatefulSet that the agent has tried to delete; answers the request that was filed. */
  const held = async (name: string): Promise<string> => {
    await newStatefulSet(name)
    const { reason, request } = await refused(bot.kubectl(`delete statefulset ${name} -n vault`))
    expect(reason).to.equal('ApprovalRequired')
    return request
  }
  const setApproval = (approval: object): Promise<string> =>
    done(admin.kubectl(`patch governedagent sre-bot --type=merge -p ${JSON.stringify({ spec: { approval } })}`))

  before(async () => {
    plane = await startControlPlane()
    admin = administrator(plane)
    webhook = await startObstat(plane)
    alice = await person(plane)
    bot = await serviceAccount(plane, 'agents', 'sre-bot')
    other = await serviceAccount(plane, 'agents', 'other-bot')
    key = await newKey(plane, 'ed25519')
    for (const namespace of ['shop', 'vault']) await done(admin.kubectl(`create namespace ${namespace}`))
    await done(admin.kubectl('label namespace vault obstat.dev/protected=true'))
    await done(admin.pipe('apply -f -', deployment('shop', 'web')))
    await until('the pods', async () => (await runningPods(admin, 'shop', 'web')).length === 3)
  })

  after(async () => {
    await webhook.stop()
    await plane.stop()
  })

  it('begins with an installation that may be repeated', async () => {
    const again = await done(admin.obstat(`install --url ${webhook.url}`))
    const lines = again.trimEnd().split('\n')
    expect(lines.length).to.be.greaterThan(8)
    expect(lines.filter((line) => !line.endsWith(' unchanged'))).to.deep.equal([])
  })

  it('goes on with a command that says who is an agent, and one that says who approves', async () => {
    const agent = await admin.obstat(
      'agent add sre-bot --serviceaccount agents/sre-bot --phase AutonomousL1 --scope *:* --apply',
    )
    expect(agent.code, agent.stderr).to.equal(0)
    expect(agent.stdout).to.equal('governedagent.obstat.dev/sre-bot created\n')
    expect(agent.stderr).to.contain('impersonate')
    const approver = await admin.obstat(`approver add alice --key ${key}.pub --role platform --username alice --apply`)
    expect(approver.stdout).to.equal('approver.obstat.dev/alice created\n')
    expect(approver.stderr).to.match(/ssh-ed25519 SHA256:/)
    await done(admin.kubectl('wait --for=condition=Enforced governedagent/sre-bot --timeout=10s'))
  })

  it('lets the agent restart a Deployment in an ordinary Namespace, and every pod is replaced', async () => {
    const before = await runningPods(admin, 'shop', 'web')
    await done(bot.kubectl('rollout restart deployment/web -n shop'))
    await done(bot.kubectl('rollout status deployment/web -n shop --timeout=30s'))
    const after = await until('three new pods', async () => {
      const pods = await runningPods(admin, 'shop', 'web')
      return pods.length === 3 && pods.every((uid) => !before.includes(uid)) ? pods : null
    })
    expect(after).to.have.lengthOf(3)
  })

  it('refuses the deletion of a StatefulSet in a protected one, and says what is to be done by whom', async () => {
    await newStatefulSet('db')
    const outcome = await bot.kubectl('delete statefulset db -n vault')
    expect(outcome.code).to.equal(1)
    const { request, ...refusal } = refusalIn(outcome)
    expect(refusal).to.deep.equal({
      reason: 'ApprovalRequired',
      class: 'Destructive',
      phase: 'AutonomousL1',
      rules: ['cascading-delete'],
    })
    expect(request).to.match(/^ar-[a-z2-7]{8}$/)
    expect(outcome.stderr).to.contain(`APPROVAL_REQUIRED ${request}: DELETE statefulsets.apps vault/db is Destructive`)
    expect(outcome.stderr).to.contain('cascading-delete (')
    expect(outcome.stderr).to.contain(`Person: kubectl obstat approve ${request}`)
    expect(outcome.stderr).to.contain('Agent: stop and wait. Do not vary the request')
    expect(await runningPods(admin, 'vault', 'db')).to.have.lengthOf(1)
  })

  it('shows the request to a person, who signs it; the agent repeats its command and it goes through', async () => {
    const { request } = await refused(bot.kubectl('delete statefulset db -n vault'))
    const queue = await done(alice.obstat('queue'))
    expect(queue).to.match(
      new RegExp(`${request} +sre-bot +Destructive +Pending +0/1 .*DELETE statefulsets.apps vault/db`),
    )
    const card = await done(alice.obstat(`show ${request}`))
    expect(card).to.contain('DELETE statefulsets.apps "db" in namespace vault')
    expect(card).to.contain('system:serviceaccount:agents:sre-bot')
    expect(card).to.match(/\[cascading-delete:\s+Destructive\]/)
    expect(await approve(request)).to.match(new RegExp(`^approvalrequest.obstat.dev/${request} approved by alice `))
    expect(await done(bot.kubectl('delete statefulset db -n vault'))).to.contain('"db" deleted')
    expect(await read(admin, 'statefulset db -n vault')).to.equal(null)
    const uses = list(await read(admin, `approvalrequest ${request}`), 'status', 'uses')
    expect(uses).to.have.lengthOf(1)
    expect(await done(alice.obstat('queue --all'))).to.match(new RegExp(`${request} .* Used `))
  })

  it('refuses the same command once a person has made the object anew', async () => {
    const before = list(await read(admin, 'approvalrequests'), 'items').map((item) => text(item, 'metadata', 'name'))
    await newStatefulSet('db')
    const { reason, request } = await refused(bot.kubectl('delete statefulset db -n vault'))
    expect(reason).to.equal('ApprovalRequired')
    expect(before).not.to.include(request)
  })

  it('takes an approval for one object on no other, whoever carries it there', async () => {
    const request = await held('ledger')
    await approve(request)
    await newStatefulSet('orders')
    const envelope = field(list(await read(admin, `areq ${request}`), 'spec', 'decisions')[0], 'envelope')
    const annotation = `obstat.dev/approval=${JSON.stringify(envelope)}`
    const carried = await refused(bot.kubectl('annotate statefulset orders -n vault', annotation))
    expect([carried.reason, carried.class]).to.deep.equal(['NeverAllowed', 'Tampering'])
    expect((await refused(bot.kubectl('delete statefulset orders -n vault'))).reason).to.equal('ApprovalRequired')
    await done(alice.kubectl('annotate statefulset orders -n vault', annotation))
    expect((await refused(bot.kubectl('delete statefulset orders -n vault'))).reason).to.equal('ApprovalMismatch')
    expect(await runningPods(admin, 'vault', 'orders')).to.have.lengthOf(1)
    await done(bot.kubectl('delete statefulset ledger -n vault'))
  })

  it('takes an approval for one agent from no other', async () => {
    await done(
      admin.obstat('agent add other-bot --serviceaccount agents/other-bot --phase AutonomousL1 --scope *:* --apply'),
    )
    await done(admin.kubectl('wait --for=condition=Enforced governedagent/other-bot --timeout=10s'))
    const request = await held('mail')
    await approve(request)
    const theirs = await refused(other.kubectl('delete statefulset mail -n vault'))
    expect(theirs.reason).to.equal('ApprovalRequired')
    expect(theirs.request).not.to.equal(request)
    expect(await runningPods(admin, 'vault', 'mail')).to.have.lengthOf(1)
    await done(bot.kubectl('delete statefulset mail -n vault'))
  })

  it('refuses after the approval ran out, and takes a new one', async () => {
    await setApproval({ approvalTtlSeconds: 3 })
    const request = await held('cache')
    await approve(request)
    const notAfter = text(lastStatement(await read(admin, `areq ${request}`)), 'notAfter')
    await until('the approval to run out', () => Date.now() >= Date.parse(notAfter))
    const late = await refused(bot.kubectl('delete statefulset cache -n vault'))
    expect(late).to.include({ reason: 'ApprovalExpired', request })
    await setApproval({ approvalTtlSeconds: 900 })
    await approve(request)
    await done(bot.kubectl('delete statefulset cache -n vault'))
  })

  it('ends with a refusal when a person says no', async () => {
    const request = await held('search')
    const denied = await done(alice.obstat(`deny ${request} --key ${key} --yes --reason`, 'not during the sale'))
    expect(denied).to.contain(`${request} denied by alice`)
    const refusal = await refused(bot.kubectl('delete statefulset search -n vault'))
    expect(refusal).to.include({ reason: 'ApprovalDenied', request: '' })
    const late = await alice.obstat(`approve ${request} --key ${key} --yes --reason`, 'or rather yes')
    expect([late.code, late.stdout]).to.deep.equal([1, ''])
    expect(late.stderr).to.contain(`${request} is denied: nothing was signed`)
    expect((await refused(bot.kubectl('delete statefulset search -n vault'))).reason).to.equal('ApprovalDenied')
  })

  it('lets scripts wait: 0 approved, 1 denied, 3 pending, 4 expired', async () => {
    const request = await held('queue')
    const pending = await bot.obstat(`wait ${request} --timeout 0`)
    expect([pending.code, pending.stdout]).to.deep.equal([3, `approvalrequest.obstat.dev/${request} pending\n`])
    const waiting = bot.obstat(`wait ${request} --timeout 30s`)
    await approve(request)
    const approved = await waiting
    expect([approved.code, approved.stdout]).to.deep.equal([0, `approvalrequest.obstat.dev/${request} approved\n`])
    const unwanted = await held('index')
    await done(alice.obstat(`deny ${unwanted} --key ${key} --yes --reason no`))
    expect((await bot.obstat(`wait ${unwanted} --timeout 30s`)).code).to.equal(1)
    await setApproval({ requestTtlSeconds: 2 })
    const forgotten = await held('mirror')
    const expired = await bot.obstat(`wait ${forgotten} --timeout 30s`)
    expect([expired.code, expired.stdout]).to.deep.equal([4, `approvalrequest.obstat.dev/${forgotten} expired\n`])
    await setApproval({ requestTtlSeconds: 3600 })
  })

  it('counts an ECDSA key as it does an Ed25519 key', async () => {
    const ecdsa = await newKey(plane, 'ecdsa')
    const added = await admin.obstat(`approver add bob --key ${ecdsa}.pub --role platform --username bob --apply`)
    expect(added.stderr).to.match(/ecdsa-sha2-nistp256 SHA256:/)
    const request = await held('graph')
    expect(await approve(request, ecdsa)).to.contain('approved by bob')
    await done(bot.kubectl('delete statefulset graph -n vault'))
  })

  it('takes a person one command with the key in their ssh-agent, and the agent none but its own', async () => {
    const socket = join(plane.dir, 'ssh-agent')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
    try {
      await until('the ssh-agent', () => existsSync(socket))
      const env = { ...plainEnvironment(plane.dir), KUBECONFIG: alice.kubeconfig, SSH_AUTH_SOCK: socket }
      await done(run('ssh-add', ['-q', key], { env }))
      const request = await held('mail')
      const refusedAt = performance.now()
      const signing = ['approve', request.slice(0, 6), '--ssh-agent', '--yes', '--reason', 'ticket 4711']
      const signed = await done(run(join(import.meta.dirname, '../../bin/obstat'), signing, { env }))
      expect(signed).to.contain(`${request} approved by alice`)
      await done(bot.kubectl('delete statefulset mail -n vault'))
      const seconds = ((performance.now() - refusedAt) / 1000).toFixed(1)
      console.log(`      from the refusal to the admitted retry: ${seconds} s, one command of the person`)
    } finally {
      agent.kill()
    }
  })

  describe('signed with ssh-keygen alone', () => {
    const envelopeFor = async (request: string): Promise<string> => {
      const statement = join(plane.dir, `${request}.json`)
      const pae = join(plane.dir, `${request}.pae`)
      writeFileSync(statement, await done(alice.obstat(`statement ${request} --approver alice --reason by-hand`)))
      const env = { ...plainEnvironment(plane.dir), KUBECONFIG: alice.kubeconfig }
      const plumbing = (args: readonly string[]) => run(join(import.meta.dirname, '../../bin/obstat'), args, { env })
      writeFileSync(pae, await done(plumbing(['pae', statement])))
      await done(run('ssh-keygen', ['-Y', 'sign', '-n', 'approval@obstat.dev', '-f', key, pae], { env }))
      expect(readFileSync(`${pae}.sig`, 'utf8')).to.contain('BEGIN SSH SIGNATURE')
      return (await done(plumbing(['envelope', statement, `${pae}.sig`]))).trim()
    }

    it('an approval counts as an annotation that a person writes', async () => {
      const request = await held('photos')
      const envelope = await envelopeFor(request)
      await done(alice.kubectl('annotate statefulset photos -n vault', `obstat.dev/approval=${envelope}`))
      await done(bot.kubectl('delete statefulset photos -n vault'))
      expect(list(await read(admin, `areq ${request}`), 'status', 'uses')).to.have.lengthOf(1)
    })

    it('an approval counts as a decision that a person appends with kubectl patch', async () => {
      const request = await held('videos')
      const value = { envelope: JSON.parse(await envelopeFor(request)) as Json }
      const patch = JSON.stringify([{ op: 'add', path: '/spec/decisions/-', value }])
      await done(alice.kubectl(`patch areq ${request} --type=json -p`, patch))
      await done(bot.kubectl('delete statefulset videos -n vault'))
    })

    it('a decision that does not verify is refused when it is written', async () => {
      const request = await held('audio')
      const envelope = JSON.parse(await envelopeFor(request)) as { payload: string }
      const payload = Buffer.from(envelope.payload, 'base64').toString('utf8').replace('by-hand', 'by-wile')
      const value = { envelope: { ...envelope, payload: Buffer.from(payload).toString('base64') } }
      const patch = JSON.stringify([{ op: 'add', path: '/spec/decisions/-', value }])
      const outcome = await alice.kubectl(`patch areq ${request} --type=json -p`, patch)
      expect(outcome.code).to.equal(1)
      expect(outcome.stderr).to.contain('SignatureInvalid')
      expect(list(await read(admin, `areq ${request}`), 'spec', 'decisions')).to.deep.equal([])
    })
  })

  it('asks nobody else: a person deletes what they like', async () => {
    await newStatefulSet('mine')
    await done(alice.kubectl('delete statefulset mine -n vault'))
    await done(actor(plane, plane.adminKubeconfig).kubectl('delete namespace shop --wait=false'))
  })
})
