import { expect } from 'chai'
import type { Json, JsonObject } from '../../src/api/json.ts'
import type { StandbyMode } from '../../src/api/names.ts'
import { standbyBinding, standbyMode } from '../../src/enforcement/standby.ts'
import { Standby, asItStands } from '../../src/reconcile/standby.ts'

const NAME = 'agents-standby.obstat.dev'
const GENERATED = standbyBinding(NAME, 'Waiting')
const [LEADERS, PERSONS] = [standbyBinding(NAME, 'EnforcedByLeader'), standbyBinding(NAME, 'EnforcedByPerson')]
const well = (nowMs: number) => ({ failure: null, blindness: null, nowMs })

function standby(): {
  readonly it: Standby
  readonly log: string[]
  readonly wanted: (live: Json) => StandbyMode
} {
  const log: string[] = []
  const it = new Standby((message) => log.push(message))
  return { it, log, wanted: (live) => standbyMode(it.fit(GENERATED, live)) }
}

describe('the standby policy, as the leader keeps it', () => {
  it('waits while the webhook configuration is kept right', () => {
    const { it: standing, wanted, log } = standby()
    standing.decide(well(0))
    expect([wanted(null), wanted(GENERATED), wanted(LEADERS)]).to.deep.equal(['Waiting', 'Waiting', 'Waiting'])
    expect(log).to.deep.equal([])
  })

  it('is enforced at once when the webhook configuration cannot be written, and waits again when it can', () => {
    const { it: standing, wanted, log } = standby()
    standing.decide({ ...well(0), failure: 'forbidden' })
    expect(wanted(GENERATED)).to.equal('EnforcedByLeader')
    standing.decide(well(1))
    expect(wanted(LEADERS)).to.equal('Waiting')
    expect(log).to.deep.equal([
      `${NAME} holds agents up, because the webhook configuration cannot be kept right: forbidden`,
      `${NAME} stands by again`,
    ])
  })

  it('is left as a person wants it, whatever the leader thinks', () => {
    const { it: standing, wanted } = standby()
    for (const failure of [null, 'forbidden', null]) {
      standing.decide({ ...well(0), failure })
      expect(wanted(PERSONS)).to.equal('EnforcedByPerson')
    }
    expect(wanted(GENERATED)).to.equal('Waiting')
  })

  it('comes back as it was when somebody deletes its binding', () => {
    const { it: standing, wanted } = standby()
    standing.decide(well(0))
    wanted(PERSONS)
    expect(wanted(null)).to.equal('EnforcedByPerson')
  })

  it('is enforced after five seconds in which the webhook configuration alone cannot be watched', () => {
    const { it: standing, wanted } = standby()
    const blind = (nowMs: number): StandbyMode => {
      standing.decide({ ...well(nowMs), blindness: 'forbidden' })
      return wanted(GENERATED)
    }
    expect([blind(1000), blind(5999), blind(6000)]).to.deep.equal(['Waiting', 'Waiting', 'EnforcedByLeader'])
    standing.decide(well(7000))
    expect(wanted(LEADERS)).to.equal('Waiting')
    expect(blind(8000)).to.equal('Waiting')
  })

  it('is enforced while somebody has the webhook configuration put back ten times a minute', () => {
    const { it: standing, wanted } = standby()
    const after = (nowMs: number): StandbyMode => {
      standing.decide(well(nowMs))
      return wanted(GENERATED)
    }
    for (let n = 0; n < 9; n++) standing.restored(n * 1000)
    expect(after(9000)).to.equal('Waiting')
    standing.restored(10_000)
    expect(after(10_000)).to.equal('EnforcedByLeader')
    expect(after(59_999)).to.equal('EnforcedByLeader')
    expect(after(60_000)).to.equal('Waiting')
  })

  it('leaves every other binding as generated', () => {
    const other: JsonObject = { metadata: { name: 'agents-webhooks.obstat.dev' }, spec: {} }
    expect(standby().it.fit(other, PERSONS)).to.equal(other)
    expect(asItStands(other, PERSONS)).to.equal(other)
  })

  it('is right for the other replicas however it stands', () => {
    for (const live of [GENERATED, LEADERS, PERSONS]) expect(asItStands(GENERATED, live)).to.deep.equal(live)
  })
})
