import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import type { ActionPolicy, ApprovalRequest } from '../../src/api/objects.ts'
import { pae } from '../../src/signing/envelope.ts'
import { buildStatement, payloadOf } from '../../src/signing/statement.ts'
import { testKey } from '../signing/signer.ts'
import { administrator, done, newKey, person, read, refused, serviceAccount } from './harness/actors.ts'
import type { Actor } from './harness/actors.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { startObstat } from './harness/obstat.ts'
import type { Obstat } from './harness/obstat.ts'
import type { Outcome } from './harness/run.ts'
import { until } from './harness/wait.ts'
import { deployment } from './harness/workloads.ts'

const policy = (spec: ActionPolicy['spec'], name = 'cluster'): ActionPolicy => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'ActionPolicy',
  metadata: { name },
  spec,
})

describe('an ActionPolicy', () => {
  const passkey = testKey('webauthn')
  let plane: ControlPlane
  let webhook: Obstat
  let admin: Actor
  let alice: Actor
  let bot: Actor
  let plainKey: string

  before(async () => {
    plane = await startControlPlane({ controllers: false, nodesFake: false })
    admin = administrator(plane)
    webhook = await startObstat(plane)
    alice = await person(plane)
    bot = await serviceAccount(plane, 'agents', 'sre-bot')
    plainKey = await newKey(plane, 'ed25519')
    const publicKey = readFileSync(`${plainKey}.pub`, 'utf8').trim()
    const keys = [{ type: 'ssh-ed25519', publicKey }, passkey.record]
    const approver = {
      apiVersion: 'obstat.dev/v1alpha1',
      kind: 'Approver',
      metadata: { name: 'alice' },
      spec: { keys },
    }
    await done(admin.pipe('create -f -', approver))
    await done(admin.kubectl('create namespace shop'))
    for (const name of ['web', 'cart', 'pay']) await done(admin.pipe('create -f -', deployment('shop', name, 10)))
    await done(
      admin.obstat('agent add sre-bot --serviceaccount agents/sre-bot --phase AutonomousL1 --scope *:* --apply'),
    )
    await done(admin.kubectl('wait --for=condition=Enforced governedagent/sre-bot --timeout=10s'))
  })

  after(async () => {
    await webhook.stop()
    await plane.stop()
  })

  const scale = (name: string, replicas: number): Promise<Outcome> =>
    bot.kubectl(`scale deployment ${name} -n shop --replicas=${replicas}`)

  /** Writes the policy and waits until obstat judges by it, which is when it says so. */
  async function inForce(spec: ActionPolicy['spec']): Promise<void> {
    await done(admin.pipe('apply -f -', policy(spec)))
    const generation = (await read(admin, 'apol cluster')) as unknown as ActionPolicy
    await until('the policy to be in force', async () => {
      const { status } = (await read(admin, 'apol cluster')) as unknown as ActionPolicy
      return status?.observedGeneration === generation.metadata.generation
    })
  }

  it('is not needed: without it the defaults hold', async () => {
    await done(scale('web', 7))
    await done(bot.kubectl('set image deployment/web -n shop main=registry.example/web:2'))
    await done(bot.kubectl('label deployment web -n shop tier=gold'))
  })

  it('is not for the agent to write', async () => {
    for (const name of ['cluster', 'other']) {
      const refusal = await refused(bot.pipe('create -f -', policy({ scaleDown: { maxPercent: 100 } }, name)))
      expect(refusal).to.include({ reason: 'NeverAllowed', class: 'Tampering' })
    }
  })

  it('counts under one name, and says so of any other', async () => {
    const { stderr } = await admin.pipe('create -f -', policy({ scaleDown: { maxPercent: 1 } }, 'other'))
    expect(stderr).to.contain('Warning: obstat: only the ActionPolicy named "cluster" counts')
    await done(admin.kubectl('wait --for=condition=Accepted=false apol/other --timeout=10s'))
    await done(scale('web', 6))
  })

  it('raises what it names, within the time that its status says', async () => {
    await inForce({
      scaleDown: { maxPercent: 20 },
      images: { allowedRepositories: ['registry.lab'] },
      destructiveKeys: { labels: ['tier'] },
      raise: [
        { apiGroups: [''], resources: ['configmaps'], operations: ['*'], namespaces: ['shop'], class: 'Destructive' },
      ],
      cel: [
        {
          name: 'no-new-secrets',
          expression: "request.resource.resource == 'secrets' && object.metadata.name.startsWith('new-')",
          raises: 'Escalation',
          message: 'secrets come from the vault here',
        },
      ],
    })
    const raised = async (outcome: Promise<Outcome>): Promise<string> => {
      const { class: worst, rules } = await refused(outcome)
      return `${worst} ${rules.join()}`
    }
    expect(await raised(scale('web', 4))).to.equal('Destructive scale-down-drastic')
    await done(scale('web', 5))
    const image = bot.kubectl('set image deployment/web -n shop main=registry.example/web:3')
    expect(await raised(image)).to.equal('Destructive image-repository')
    expect(await raised(bot.pipe('create -f -', deployment('shop', 'new')))).to.equal('Destructive image-repository')
    expect(await raised(bot.kubectl('label deployment web -n shop tier-'))).to.equal('Destructive controller-key')
    expect(await raised(bot.kubectl('create configmap flags -n shop'))).to.equal('Destructive policy-raised')
    await done(bot.kubectl('create configmap flags -n agents'))
    const secret = await bot.kubectl('create secret generic new-one -n agents')
    expect(secret.code).to.equal(1)
    await done(bot.kubectl('create secret generic old-one -n agents'))
    const made = await bot.pipe('create -f -', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'new-two', namespace: 'agents' },
    })
    expect(made.stderr).to.contain('secrets come from the vault here')
  })

  it('is refused with an expression that does not compile, and the reason is said', async () => {
    const broken = { cel: [{ name: 'broken', expression: 'objekt == null', raises: 'Destructive' as const }] }
    const { code, stderr } = await admin.pipe('apply -f -', policy(broken))
    expect(code).to.equal(1)
    expect(stderr).to.contain('spec.cel[0].expression: Unknown variable: objekt')
  })

  describe('that asks for presence', () => {
    before(() => inForce({ userPresence: [{ classes: ['Destructive'], namespaces: ['shop'] }] }))

    /** Signs with the passkey, as a browser would, and appends the decision as alice. */
    async function approveWithPasskey(name: string): Promise<Outcome> {
      const { spec } = (await read(alice, `approvalrequest ${name}`)) as unknown as ApprovalRequest
      const now = Date.now()
      const statement = buildStatement(
        { ...spec, request: name },
        {
          decision: 'Approve',
          approver: 'alice',
          reason: 'INC-1',
          issuedAtMs: now,
          notBeforeMs: now - 60_000,
          notAfterMs: now + 300_000,
        },
      )
      if (!statement.ok) throw new Error(JSON.stringify(statement.issues))
      const payload = payloadOf(statement.value)
      const envelope = {
        payloadType: 'application/vnd.obstat.approval.v1+json',
        payload: payload.toString('base64'),
        signatures: [{ keyid: '', sig: passkey.sign(pae(payload)).toString('base64') }],
      }
      const patch = JSON.stringify([{ op: 'add', path: '/spec/decisions/-', value: { envelope } }])
      return alice.kubectl(`patch approvalrequest ${name} --type=json -p`, patch)
    }

    it('keeps out the signature of a key that does not prove it, and takes that of one that does', async () => {
      const { request, reason } = await refused(scale('cart', 1))
      expect(reason).to.equal('ApprovalRequired')
      const plain = await alice.obstat(`approve ${request} --key ${plainKey} --yes --reason test`)
      expect(plain.code).to.equal(1)
      expect(plain.stderr).to.contain('alice needs a key that proves presence')
      await done(approveWithPasskey(request))
      await done(alice.obstat(`wait ${request} --timeout 10s`))
      await done(scale('cart', 1))
    })

    it('takes back what was signed without it before', async () => {
      await done(admin.kubectl('delete apol cluster'))
      await until('the defaults', async () => (await refused(scale('pay', 1))).reason === 'ApprovalPending')
      const { request } = await refused(scale('pay', 1))
      await done(alice.obstat(`approve ${request} --key ${plainKey} --yes --reason test`))
      await inForce({ userPresence: [{}] })
      expect((await refused(scale('pay', 1))).reason).to.equal('ApproverNotEntitled')
      await done(approveWithPasskey(request))
      await done(scale('pay', 1))
    })
  })

  it('stays until a person removes it, and leaves the defaults', async () => {
    await inForce({ raise: [{ apiGroups: ['*'], resources: ['*/*'], operations: ['*'], class: 'Escalation' }] })
    expect((await refused(scale('web', 4))).class).to.equal('Escalation')
    expect((await refused(bot.kubectl('delete apol cluster'))).class).to.equal('Tampering')
    await done(admin.kubectl('delete apol cluster'))
    await until('the defaults to hold again', async () => (await scale('web', 4)).code === 0)
  })
})
