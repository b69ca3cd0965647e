import { CLUSTER } from './arguments.ts'
import type { Command } from './command.ts'
import { EXIT } from './command.ts'
import { everyoneOr, setSuspended } from './suspension.ts'
import { switchStandby } from './standby.ts'

export const kill: Command = {
  name: 'kill',
  summary: 'stop an agent, or all of them',
  operands: 'AGENT | --all',
  arity: [0, 1],
  flags: {
    ...CLUSTER,
    all: { type: 'boolean', help: 'every agent, by the API server itself, whether obstat runs or not' },
    reason: { type: 'string', value: 'TEXT', help: 'why, in at most 256 characters; an agent by itself is told' },
  },
  notes: `AGENT is the name of a GovernedAgent: within a second every replica of obstat
refuses all that it sends, dry runs and reviews of rights included.

With --all the API server refuses every agent everything but reads, reviews of
rights, Events and its own Leases, some two seconds later. It does so by the
standby policy that obstat has put there, so this works without obstat too.

Reads go on in both: nothing in the API server's path stops them but RBAC.

  obstat kill sre-bot --reason "incident 12"
  obstat kill --all --reason "obstat itself is in doubt"`,
  run: async (given, world) => {
    const agent = everyoneOr(given)
    const reason = given.text('reason') ?? null
    const cluster = world.connect(given.cluster())
    try {
      if (agent !== null) world.out(`${await setSuspended(cluster, agent, { isSuspended: true, reason })} killed\n`)
      else
        for (const { title } of await switchStandby(cluster, 'EnforcedByPerson', reason))
          world.out(`${title} holds agents up\n`)
    } finally {
      cluster.close()
    }
    return EXIT.ok
  },
}
