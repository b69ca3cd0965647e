import { CLUSTER_OR_FOLDER } from './arguments.ts'
import type { Command, ExitCode } from './command.ts'
import { EXIT } from './command.ts'
import { findRequest } from './objects.ts'
import type { State } from '../policy/approvals/standing.ts'
import { standingOf } from '../policy/approvals/standing.ts'
import { readPeople } from './people.ts'

const DEFAULT_TIMEOUT_MS = 3_600_000
const EVERY_MS = 2000

const CODES: Readonly<Record<State, ExitCode>> = {
  Pending: EXIT.pending,
  Approved: EXIT.ok,
  Used: EXIT.ok,
  Denied: EXIT.refused,
  Recommended: EXIT.refused,
  Expired: EXIT.expired,
}

export const wait: Command = {
  name: 'wait',
  summary: 'wait until a request is decided',
  operands: 'ID',
  arity: [1, 1],
  flags: {
    ...CLUSTER_OR_FOLDER,
    timeout: { type: 'string', value: 'DURATION', help: 'how long to wait; default 1h, 0 looks once' },
  },
  notes: `Exit codes: 0 approved, 1 denied or only a recommendation, 3 still pending
when the time is over, 4 expired.`,
  run: async (given, world) => {
    const endsAt = world.now().getTime() + (given.durationMs('timeout') ?? DEFAULT_TIMEOUT_MS)
    const cluster = world.connect(given.cluster())
    try {
      for (;;) {
        const request = await findRequest(cluster, given.operands[0] ?? '')
        const { state } = standingOf(request, await readPeople(cluster), world.now())
        const left = endsAt - world.now().getTime()
        if (state !== 'Pending' || left <= 0 || world.signal.aborted) {
          world.out(`approvalrequest.obstat.dev/${request.metadata.name} ${state.toLowerCase()}\n`)
          return CODES[state]
        }
        await world.pause(Math.min(EVERY_MS, left))
      }
    } finally {
      cluster.close()
    }
  },
}
