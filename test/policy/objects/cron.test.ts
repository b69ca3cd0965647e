import { expect } from 'chai'
import { firings } from '../../../src/policy/objects/cron.ts'

const DAYS = 28 * 365 + 7

describe('policy/objects/cron', () => {
  for (const [schedule, times] of [
    ['* * * * *', DAYS * 24 * 60],
    ['0 3 * * *', DAYS],
    ['@daily', DAYS],
    ['@every 12h', DAYS * 2],
    ['@every 1h30m', DAYS * 16],
    ['CRON_TZ=Europe/Berlin 0 3 * * *', DAYS],
    ['*/15 0-5 * * *', DAYS * 24],
    ['0 0 1 jan *', 28],
    ['0 0 29 2 *', 7],
    ['0 0 31 2 *', 0],
    ['0 0 30 FEB ?', 0],
    ['0 0 31 4,6,9,11 *', 0],
    ['0 0 * * mon', DAYS / 7],
    ['0 0 * * 0', DAYS / 7],
    ['0 0 * * 7', DAYS / 7],
    ['0 0 31 2 5', (28 * 28 + 7) / 7],
  ] as const)
    it(`counts ${schedule}`, () => {
      expect(firings(schedule)).to.equal(times)
    })

  for (const bad of [
    '',
    'x',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '*/0 * * * *',
    '5-1 * * * *',
    '1-2-3 * * * *',
    '@every x',
    '@often',
  ])
    it(`cannot read ${JSON.stringify(bad)}`, () => {
      expect(firings(bad)).to.equal(null)
    })
})
