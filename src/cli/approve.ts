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

  obstat approve ar-7f3k --key ~/.ssh/id_ed25519 --reason "ticket 4711"

A KMS signs by a command that reads the bytes to sign and prints the signature
in base64; its public key is one of the Approver's, of type ed25519 or es256:

  obstat approve ar-7f3k --approver alice --key 'exec:sign-with-kms alice'`,
  run: (given, world) => decide('Approve', given, world),
}
