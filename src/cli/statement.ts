import { CLUSTER_OR_FOLDER } from './arguments.ts'
import type { Command } from './command.ts'
import { EXIT } from './command.ts'
import { answered, statementFor } from './decision.ts'
import { UsageError } from './command.ts'
import { findRequest } from './objects.ts'
import { payloadOf } from '../signing/statement.ts'
import { readPeople } from './people.ts'

export const statement: Command = {
  name: 'statement',
  summary: 'print the exact bytes that an Approver would sign for a request',
  operands: 'ID',
  arity: [1, 1],
  flags: {
    ...CLUSTER_OR_FOLDER,
    approver: { type: 'string', value: 'NAME', help: 'who will sign' },
    reason: { type: 'string', short: 'm', value: 'TEXT', help: 'why; it is part of the statement' },
    ttl: { type: 'string', value: 'DURATION', help: 'how long it holds; default and most: what the agent allows' },
    deny: { type: 'boolean', help: 'a refusal instead of an approval' },
  },
  notes: `For signing with other tools. The statement is printed without a line break at
its end.

  obstat statement ar-7f3k2m9q --approver alice --reason "ticket 4711" > st.json
  obstat pae st.json > st.pae
  ssh-keygen -Y sign -n approval@obstat.dev -f ~/.ssh/id_ed25519 st.pae
  obstat envelope st.json st.pae.sig > envelope.json`,
  run: async (given, world) => {
    const name = given.needed('approver', 'name the Approver who will sign')
    const cluster = world.connect(given.cluster())
    try {
      const request = await findRequest(cluster, given.operands[0] ?? '')
      const people = await readPeople(cluster)
      const approver = people.approvers.find(({ metadata }) => metadata.name === name)
      if (approver === undefined)
        throw new UsageError(`--approver: there is no Approver ${name}; kubectl get approvers lists them`)
      const answer = { approver, decision: given.has('deny') ? 'Deny' : 'Approve', ...answered(given) } as const
      world.out(payloadOf(statementFor(request, answer, people, world.now())).toString('utf8'))
      return EXIT.ok
    } finally {
      cluster.close()
    }
  },
}
