import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from '../api/json.ts'
import { text } from '../api/json.ts'
import type { Command } from './command.ts'
import { EXIT } from './command.ts'

/** The version that `package.json` says. */
export const versionOf = async (root: string): Promise<string> =>
  text(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Json, 'version')

export const version: Command = {
  name: 'version',
  summary: 'print the version',
  operands: '',
  arity: [0, 0],
  flags: {},
  run: async (_, world) => {
    world.out(`obstat ${await versionOf(world.root)}\n`)
    return EXIT.ok
  },
}
