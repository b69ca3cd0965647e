import { expect } from 'chai'
import { administrator, done, newKey, person, read, serviceAccount } from '../harness/actors.ts'
import type { Actor } from '../harness/actors.ts'
import { startControlPlane } from '../harness/control-plane.ts'
import type { ControlPlane } from '../harness/control-plane.ts'
import { startObstat } from '../harness/obstat.ts'
import type { Obstat } from '../harness/obstat.ts'
import { until } from '../harness/wait.ts'
import { statefulSet } from '../harness/workloads.ts'
import { CLIENTS, ensureClients, stageOf } from './clients.ts'
import type { Attempt, Stage } from './clients.ts'
import { settled, transcript } from './transcripts.ts'

describe('what agents read', function () {
  let plane: ControlPlane
  let webhook: Obstat
  let admin: Actor
  let alice: Actor
  let key: string
  let stage: Stage

  before(async function () {
    // The first installation takes a minute on an idle machine.
    this.timeout(600_000)
    ensureClients()
    plane = await startControlPlane()
    admin = administrator(plane)
    webhook = await startObstat(plane)
    alice = await person(plane)
    key = await newKey(plane, 'ed25519')
    await done(admin.kubectl('create namespace vault'))
    await done(admin.kubectl('label namespace vault obstat.dev/protected=true'))
    const bot = await serviceAccount(plane, 'agents', 'sre-bot')
    await done(
      admin.obstat('agent add sre-bot --serviceaccount agents/sre-bot --phase AutonomousL1 --scope *:* --apply'),
    )
    await done(admin.obstat(`approver add alice --key ${key}.pub --role platform --username alice --apply`))
    await done(admin.kubectl('wait --for=condition=Enforced governedagent/sre-bot --timeout=30s'))
    stage = stageOf(plane, bot)
  })

  after(async () => {
    await webhook.stop()
    await plane.stop()
  })

  for (const [index, { name, remove }] of CLIENTS.entries()) {
    const object = `db-${String(index)}`
    const attempt = (): Promise<Attempt> => remove(stage, object)
    const idIn = (text: string): string => {
      const [, id = ''] = /APPROVAL_REQUIRED (ar-[a-z2-7]{8}): DELETE statefulsets\.apps vault\//.exec(text) ?? []
      expect(id, text).not.to.equal('')
      return id
    }

    it(`through ${name}: the first line and the id; the same call goes through once a person has signed`, async () => {
      await done(admin.pipe('apply -f -', statefulSet('vault', object, 0)))
      const first = await attempt()
      expect(first.isRefused, first.text).to.equal(true)
      const id = idIn(first.text)
      const text = settled(first.text, object)
      expect(text).to.equal(transcript(name, text))
      await done(alice.obstat(`approve ${id} --key ${key} --yes --reason`, 'ticket 4711'))
      const second = await attempt()
      expect(second.isRefused, second.text).to.equal(false)
      await until(`${object} to be gone`, async () => (await read(admin, `statefulset ${object} -n vault`)) === null)
    })

    it(`through ${name}: that a person has said no`, async () => {
      await done(admin.pipe('apply -f -', statefulSet('vault', object, 0)))
      const id = idIn((await attempt()).text)
      await done(alice.obstat(`deny ${id} --key ${key} --yes --reason`, 'not tonight'))
      const { isRefused, text } = await attempt()
      expect(isRefused, text).to.equal(true)
      expect(text).to.contain('APPROVAL_DENIED: DELETE statefulsets.apps vault/')
      expect(text).to.match(/alice said no: \\*"not tonight/)
    })
  }
})
