import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { field, list, text } from '../../src/api/json.ts'
import { standbyBinding } from '../../src/enforcement/standby.ts'
import { cluster, fakeCluster, obstat } from './world.ts'
import type { FakeCluster } from './world.ts'

const ADMISSION = '/apis/admissionregistration.k8s.io/v1'
const NAMES = ['agents-standby.obstat.dev', 'agents-standby-2.obstat.dev']
const bindingPath = (name: string): string => `${ADMISSION}/validatingadmissionpolicybindings/${name}`

const withStandby = (mode: 'Waiting' | 'EnforcedByLeader'): FakeCluster =>
  fakeCluster({
    ...Object.fromEntries(
      ['agents-webhooks.obstat.dev', ...NAMES].map((name) => [
        `${ADMISSION}/validatingadmissionpolicies/${name}`,
        { metadata: { name } },
      ]),
    ),
    ...Object.fromEntries(NAMES.map((name) => [bindingPath(name), standbyBinding(name, mode)])),
  })

const bodiesOf = ({ calls }: FakeCluster): readonly Json[] => calls.map(({ body }) => body as Json)

describe('kill and resume', () => {
  it('set and unset the kill switch of an agent, with a reason', async () => {
    const there = cluster({}, [])
    const killed = await obstat(['kill', 'sre-bot', '--reason', 'incident 12'], { cluster: there })
    expect(killed).to.include({ code: 0, err: '' })
    expect((await obstat(['resume', 'sre-bot'], { cluster: there })).code).to.equal(0)
    expect(there.calls.map(({ path, body }) => ({ path, body }))).to.deep.equal([
      {
        path: '/apis/obstat.dev/v1alpha1/governedagents/sre-bot',
        body: { spec: { suspended: true, suspendedReason: 'incident 12' } },
      },
      {
        path: '/apis/obstat.dev/v1alpha1/governedagents/sre-bot',
        body: { spec: { suspended: false, suspendedReason: null } },
      },
    ])
  })

  it('--all have every binding of the standby policy deny, and wait again', async () => {
    const there = withStandby('Waiting')
    const killed = await obstat(['kill', '--all', '--reason', 'incident 12'], { cluster: there })
    expect(killed.code).to.equal(0)
    expect(there.calls.map(({ path }) => path)).to.deep.equal(NAMES.map(bindingPath))
    for (const body of bodiesOf(there)) {
      expect(list(body, 'spec', 'validationActions')).to.deep.equal(['Deny'])
      expect(field(body, 'spec', 'matchResources')).to.equal(null)
      expect(text(body, 'metadata', 'annotations', 'obstat.dev/reason')).to.equal('incident 12')
    }
    there.calls.length = 0
    expect((await obstat(['resume', '--all'], { cluster: there })).code).to.equal(0)
    for (const body of bodiesOf(there)) {
      expect(list(body, 'spec', 'validationActions')).to.deep.equal(['Audit'])
      expect(list(body, 'spec', 'matchResources', 'resourceRules')).to.have.length(1)
      expect(field(body, 'metadata', 'annotations', 'obstat.dev/reason')).to.equal(null)
    }
  })

  it('resume --all says that obstat may hold agents up again by itself', async () => {
    const ran = await obstat(['resume', '--all'], { cluster: withStandby('EnforcedByLeader') })
    expect(ran.code).to.equal(0)
    expect(ran.err).to.include('its log says why')
  })

  it('--all fail where obstat has never run', async () => {
    const ran = await obstat(['kill', '--all'], { cluster: fakeCluster() })
    expect(ran.code).to.equal(1)
    expect(ran.err).to.include('has no standby policy')
  })

  it('want one agent or all of them', async () => {
    expect((await obstat(['kill'])).err).to.include('AGENT is missing')
    expect((await obstat(['resume', 'sre-bot', '--all'])).err).to.include('leave the name out')
  })
})
