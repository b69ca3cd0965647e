import { CLUSTER_OR_FOLDER } from './arguments.ts'
import { viewOf } from '../review/view.ts'
import { card } from './card.ts'
import type { Command } from './command.ts'
import { EXIT } from './command.ts'
import { findRequest } from './objects.ts'
import { formatOf, OUTPUT, toJson, toYaml } from './printing.ts'
import { standingOf } from '../policy/approvals/standing.ts'
import { readPeople } from './people.ts'

export const show: Command = {
  name: 'show',
  summary: 'show a request: what is asked, why it was held, who signed',
  operands: 'ID',
  arity: [1, 1],
  flags: { ...CLUSTER_OR_FOLDER, ...OUTPUT },
  notes: 'ID is the name of the request or a beginning of it that no other has.',
  run: async (given, world) => {
    const format = formatOf(given)
    const cluster = world.connect(given.cluster())
    try {
      const request = await findRequest(cluster, given.operands[0] ?? '')
      if (format === 'json') world.out(toJson(request))
      else if (format === 'yaml') world.out(toYaml(request))
      else if (format === 'name') world.out(`approvalrequest.obstat.dev/${request.metadata.name}\n`)
      else {
        const standing = standingOf(request, await readPeople(cluster), world.now())
        world.out(card(viewOf(request, standing, world.now()), world.hasColours.out))
      }
      return EXIT.ok
    } finally {
      cluster.close()
    }
  },
}
