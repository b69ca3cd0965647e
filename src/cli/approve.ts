import type { Command } from './command.ts'
import { DECISION_FLAGS, decide } from './decision.ts'

export const approve: Command = {
  name: 'approve',
  summary: 'sign an approval for a request and send it',
  operands: 'ID',
  arity: [1, 1],
  flags: DECISION_FLAGS,
  notes: `ID is the name of the request or a beginning of it that no other has.
The request is shown first. Your key signs exactly what you see, with
ssh-keygen: keys in an ssh-agent and security keys work. obstat finds out whose
key it is among the Approvers.

  obstat approve ar-7f3k --key ~/.ssh/id_ed25519 --reason "ticket 4711"`,
  run: (given, world) => decide('Approve', given, world),
}
