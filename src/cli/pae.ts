import type { Command } from './command.ts'
import { EXIT, UsageError } from './command.ts'
import { readBytes } from './files.ts'
import type { World } from './ports.ts'
import { pae as encode } from '../signing/envelope.ts'
import type { Statement } from '../signing/statement.ts'
import { parseStatement, payloadOf } from '../signing/statement.ts'

const NEWLINE = 0x0a

/**
 * A statement's file; one line break at its end does not matter. Throws UsageError that names the first wrong field.
 */
export async function readStatement(world: World, path: string): Promise<Statement> {
  const bytes = await readBytes(world, 'STATEMENT', path)
  const read = parseStatement(bytes.at(-1) === NEWLINE ? bytes.subarray(0, -1) : bytes)
  if (read.ok) return read.value
  const [first] = read.issues
  throw new UsageError(`${path}: ${first?.path ?? ''} ${first?.message ?? ''}`.trim())
}

export const pae: Command = {
  name: 'pae',
  summary: 'print the bytes to sign for a statement (DSSE pre-authentication encoding)',
  operands: 'STATEMENT',
  arity: [1, 1],
  flags: {},
  notes: 'STATEMENT is a file, or - for standard input. See obstat statement --help.',
  run: async (given, world) => {
    world.out(encode(payloadOf(await readStatement(world, given.operands[0] ?? ''))).toString('utf8'))
    return EXIT.ok
  },
}
