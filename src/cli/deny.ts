import type { Command } from './command.ts'
import { DECISION_FLAGS, decide } from './decision.ts'

export const deny: Command = {
  name: 'deny',
  summary: 'sign a refusal for a request and send it',
  operands: 'ID',
  arity: [1, 1],
  flags: DECISION_FLAGS,
  notes: `A refusal by anybody who may sign ends the request, whoever approved it. It
stands until the request expires.

  obstat deny ar-7f3k --key ~/.ssh/id_ed25519 --reason "not during the sale"`,
  run: (given, world) => decide('Deny', given, world),
}
