import { expect } from 'chai'
import type { Finding } from '../../src/doctor/finding.ts'
import { contained } from '../../src/reconcile/contained.ts'

const finding = (id: string): Finding => ({
  id: `rights/${id}`,
  level: 'critical',
  subject: 'agent bot',
  what: 'does it',
  evidence: [`by ${id}`],
  fix: [],
})

describe('the condition Contained', () => {
  it('is true where RBAC leaves nothing', () => {
    const message = 'no known way round admission'
    expect(contained([])).to.deep.equal({ type: 'Contained', status: 'True', reason: 'NoWayRoundKnown', message })
  })

  it('is true where obstat refuses what is left, and says what that is', () => {
    const { status, message } = contained([finding('tokens'), finding('broad-role')])
    expect([status, message]).to.deep.equal(['True', 'no known way round admission; obstat alone refuses tokens'])
  })

  it('is false where obstat sees nothing, names every way, and from where it comes', () => {
    const { status, reason, message } = contained([finding('secrets'), finding('tokens'), finding('obstat-namespace')])
    expect([status, reason]).to.deep.equal(['False', 'WaysRoundOpen'])
    expect(message).to.equal(
      'RBAC leaves secrets, obstat-namespace; obstat doctor says what closes each. secrets: by secrets; obstat-namespace: by obstat-namespace',
    )
  })

  it('keeps to what a condition may hold', () => {
    const long = { ...finding('secrets'), evidence: ['x'.repeat(5000)] }
    expect(contained([long]).message).to.have.length(1000)
  })
})
