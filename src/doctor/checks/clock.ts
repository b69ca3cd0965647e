import type { Check } from '../finding.ts'

/** As much as obstat itself bears before it refuses agents. */
const MAX_MS = 30_000

/** Approvals say when they were signed, by the clock of whoever signs. */
export const clock: Check = {
  id: 'clock',
  asks: 'does the clock here agree with that of the API server?',
  isForPre: true,
  run: async ({ live, now }) => {
    let sentAtMs = Number.NaN
    await live.get('/version', {
      sentAt: (ms) => {
        sentAtMs = ms
      },
    })
    const differenceMs = now().getTime() - sentAtMs
    // The header is cut to whole seconds. Without one there is nothing to compare.
    if (Number.isNaN(sentAtMs) || Math.abs(differenceMs) <= MAX_MS) return []
    return [
      {
        id: 'clock',
        level: 'warning',
        subject: `API server ${live.server}`,
        what: `has another time than this machine: signatures made here may be refused`,
        evidence: [
          `${Math.round(differenceMs / 1000)} s apart; obstat refuses agents beyond ${MAX_MS / 1000} s of its own`,
        ],
        fix: ['timedatectl set-ntp true  # on whichever machine is wrong'],
      },
    ]
  },
}
