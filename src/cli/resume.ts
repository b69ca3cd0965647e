import { CLUSTER } from './arguments.ts'
import type { Command } from './command.ts'
import { EXIT } from './command.ts'
import { everyoneOr, setSuspended } from './suspension.ts'
import { switchStandby } from './standby.ts'

export const resume: Command = {
  name: 'resume',
  summary: 'let an agent go on that was killed, or all of them',
  operands: 'AGENT | --all',
  arity: [0, 1],
  flags: { ...CLUSTER, all: { type: 'boolean', help: 'undo kill --all; agents that were killed one by one stay so' } },
  notes: `What obstat holds up by itself, since it cannot keep its webhook configuration
right, it holds up again within seconds for as long as that is so.`,
  run: async (given, world) => {
    const agent = everyoneOr(given)
    const cluster = world.connect(given.cluster())
    try {
      if (agent !== null)
        world.out(`${await setSuspended(cluster, agent, { isSuspended: false, reason: null })} resumed\n`)
      else
        for (const { title, before } of await switchStandby(cluster, 'Waiting', null)) {
          world.out(`${title} stands by\n`)
          if (before === 'EnforcedByLeader')
            world.say('note: obstat held agents up by itself and does so again while it has to; its log says why')
        }
    } finally {
      cluster.close()
    }
    return EXIT.ok
  },
}
