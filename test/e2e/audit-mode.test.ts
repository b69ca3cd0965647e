import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { list, text } from '../../src/api/json.ts'
import type { Json } from '../../src/api/json.ts'
import { administrator, done, read, refused, serviceAccount } from './harness/actors.ts'
import type { Actor } from './harness/actors.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { startObstat } from './harness/obstat.ts'
import type { Obstat } from './harness/obstat.ts'
import { until } from './harness/wait.ts'
import { deployment, statefulSet } from './harness/workloads.ts'

describe('an agent that is only audited', () => {
  let plane: ControlPlane
  let webhook: Obstat
  let admin: Actor
  let bot: Actor

  before(async () => {
    plane = await startControlPlane({ controllers: false, nodesFake: false })
    admin = administrator(plane)
    webhook = await startObstat(plane)
    bot = await serviceAccount(plane, 'agents', 'sre-bot')
    await done(admin.kubectl('create namespace vault'))
    await done(admin.kubectl('label namespace vault obstat.dev/protected=true'))
    await done(admin.pipe('create -f -', deployment('vault', 'web')))
    await done(admin.pipe('create -f -', statefulSet('vault', 'db')))
    await done(admin.obstat('agent add sre-bot --serviceaccount agents/sre-bot --phase ReadOnlyAssist --audit --apply'))
    await done(admin.kubectl('wait --for=condition=Enforced governedagent/sre-bot --timeout=10s'))
  })

  after(async () => {
    await webhook.stop()
    await plane.stop()
  })

  const records = (): readonly Json[] =>
    readFileSync(webhook.log, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Json)
  /** The record of a decision, once it has been written. */
  const recordOf = (operation: string, resource: string, name: string): Promise<Json> =>
    until(
      `the record of ${operation} ${resource} ${name}`,
      () =>
        records().find(
          (one) =>
            text(one, 'operation') === operation && text(one, 'resource') === resource && text(one, 'name') === name,
        ) ?? null,
    )

  it('deletes a StatefulSet in a protected Namespace, is warned, and the record says what it was', async () => {
    const outcome = await bot.kubectl('delete statefulset db -n vault --wait=false')
    expect(outcome.code, outcome.stderr).to.equal(0)
    expect(outcome.stderr).to.match(/^Warning: obstat \(audit\): would be refused: PhaseForbidden: .*ReadOnlyAssist/m)
    expect(await recordOf('DELETE', 'statefulsets.apps', 'db')).to.deep.include({
      verdict: 'Allow',
      reason: 'AuditOnly',
      isAudit: true,
      class: 'Destructive',
      phase: 'ReadOnlyAssist',
      agent: 'sre-bot',
      user: 'system:serviceaccount:agents:sre-bot',
      namespace: 'vault',
      findings: ['cascading-delete'],
    })
  })

  it('takes rights, is warned, and the record says that this is escalation', async () => {
    const outcome = await bot.kubectl('create rolebinding more -n vault --clusterrole=admin --user=eve')
    expect(outcome.code, outcome.stderr).to.equal(0)
    expect(outcome.stderr).to.contain('Warning: obstat (audit): would be refused: NeverAllowed')
    const record = await recordOf('CREATE', 'rolebindings.rbac.authorization.k8s.io', 'more')
    expect(record).to.deep.include({ reason: 'AuditOnly', class: 'Escalation' })
  })

  it('files no requests: nobody is asked', async () => {
    expect(list(await read(admin, 'approvalrequests'), 'items')).to.deep.equal([])
  })

  it('is refused what touches its own limits', async () => {
    const label = await refused(bot.kubectl('label namespace vault obstat.dev/protected-'))
    expect(label).to.include({ reason: 'NeverAllowed', class: 'Tampering' })
    const agent = await refused(bot.kubectl('delete governedagent sre-bot'))
    expect(agent).to.include({ reason: 'NeverAllowed', class: 'Tampering' })
  })

  it('is refused everything by the kill switch', async () => {
    await done(admin.kubectl('patch governedagent sre-bot --type=merge -p {"spec":{"suspended":true}}'))
    await until('the kill switch', async () => {
      const { stderr } = await bot.kubectl('label deployment web -n vault a=b --overwrite')
      return stderr.includes('AGENT_SUSPENDED')
    })
    await done(admin.kubectl('patch governedagent sre-bot --type=merge -p {"spec":{"suspended":false}}'))
  })

  it('is refused like any other once a person takes the audit off', async () => {
    await done(admin.kubectl('patch governedagent sre-bot --type=merge -p {"spec":{"enforcement":"Enforce"}}'))
    await until('the enforcement', async () => (await bot.kubectl('label deployment web -n vault c=d')).code === 1)
    const { reason, class: classOf } = await refused(bot.kubectl('delete deployment web -n vault'))
    expect([reason, classOf]).to.deep.equal(['PhaseForbidden', 'Destructive'])
  })
})
