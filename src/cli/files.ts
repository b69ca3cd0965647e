import { parseDocument } from 'yaml'
import type { Json } from '../api/json.ts'
import { UsageError } from './command.ts'
import type { World } from './ports.ts'

/** What a flag or an operand names. Throws UsageError that says which, and why it cannot be read. */
export async function readBytes(world: World, field: string, path: string): Promise<Buffer> {
  try {
    return await world.read(path)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    throw new UsageError(`${field}: cannot read ${path}: ${WHY.get(code) ?? (code === '' ? 'unknown fault' : code)}`, {
      cause,
    })
  }
}

const WHY: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a folder'],
])

/** A YAML or JSON file of one document. Throws UsageError with the place of the first mistake. */
export async function readYaml(world: World, field: string, path: string): Promise<Json> {
  const document = parseDocument((await readBytes(world, field, path)).toString('utf8'))
  const [problem] = document.errors
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line
    throw new UsageError(`${field}: ${path}${line === undefined ? '' : `, line ${line}`}: ${problem.code}`, {
      cause: problem,
    })
  }
  return document.toJS() as Json
}
