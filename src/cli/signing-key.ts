import type { Approver } from '../api/objects.ts'
import { readKey } from '../signing/keys.ts'
import type { Arguments } from './arguments.ts'
import type { Flags } from './command.ts'
import { UsageError } from './command.ts'
import { readBytes } from './files.ts'
import type { World } from './ports.ts'
import { printable } from './printable.ts'

/** The flags that name a person's key. */
export const KEY: Flags = {
  key: {
    type: 'string',
    short: 'k',
    value: 'FILE',
    help: 'private key that ssh-keygen can use, FILE.pub of one in the ssh-agent, or exec:COMMAND',
  },
  'ssh-agent': { type: 'boolean', help: 'use the key in the ssh-agent that an Approver has' },
  approver: { type: 'string', value: 'NAME', help: 'the Approver to sign as; default the one that the key belongs to' },
}

/** An Approver, and the key of theirs that is to sign. */
export interface SigningKey {
  readonly approver: Approver
  /**
   * What `ssh-keygen -Y sign -f` is given: a path, or the text of a public key that the agent holds. Or `exec:` and a
   * command.
   */
  readonly file: string
  /** '' where only the signature will show which key of theirs it is. */
  readonly keyid: string
}

const EXEC = 'exec:'

/** The command that signs instead of ssh-keygen, or null. */
export const signingCommand = ({ file }: Pick<SigningKey, 'file'>): string | null =>
  file.startsWith(EXEC) ? file.slice(EXEC.length) : null

/** `SHA256:` fingerprint of one line of an OpenSSH public key file, or null for a kind that obstat does not accept. */
export function fingerprintOf(line: string): string | null {
  const [type = ''] = line.trim().split(/\s/, 1)
  const read = readKey({ type, publicKey: line.trim() })
  return read.ok ? read.value.keyid : null
}

/** Finds the Approver whose key was named. Throws UsageError with what to do. */
export async function signingKey(given: Arguments, approvers: readonly Approver[], world: World): Promise<SigningKey> {
  const file = given.text('key')
  const isAgent = given.has('ssh-agent')
  if ((file === undefined) === !isAgent) throw new UsageError('name one key: --key FILE, or --ssh-agent')
  if (file !== undefined && signingCommand({ file }) !== null) return commandKey(file, given, approvers)
  const held = file === undefined ? await agentKeys(world) : [await publicKeyOf(file, world)]
  const wanted = given.text('approver')
  const found = held.flatMap(({ file: path, line }) => ownersOf(path, line, approvers))
  const matching = found.filter(({ approver }) => wanted === undefined || approver.metadata.name === wanted)
  const [one, ...others] = matching
  if (one !== undefined && new Set(matching.map(({ approver }) => approver.metadata.name)).size === 1) return one
  if (one !== undefined && others.length > 0)
    throw new UsageError(
      `the key belongs to ${matching.map(({ approver }) => approver.metadata.name).join(' and ')}; choose one with --approver`,
    )
  throw noOwner(held, wanted)
}

/** Whose key a command signs with, nothing says before it has signed. */
function commandKey(file: string, given: Arguments, approvers: readonly Approver[]): SigningKey {
  const name = given.needed('approver', `with --key ${EXEC}COMMAND, say as whom it signs`)
  const approver = approvers.find(({ metadata }) => metadata.name === name)
  if (approver === undefined) throw new UsageError(`--approver: there is no Approver ${printable(name)}`)
  return { approver, file, keyid: '' }
}

function noOwner(held: readonly HeldKey[], wanted: string | undefined): UsageError {
  const [first] = held
  if (first === undefined) return new UsageError('--ssh-agent: the agent holds no key; run ssh-add, or use --key FILE')
  const id = fingerprintOf(first.line)
  if (held.length === 1 && id === null)
    return new UsageError(`--key ${first.file}: expected an Ed25519 or ECDSA P-256 key, or a security key of these`)
  const key = held.length === 1 ? `the key ${id ?? ''}` : `none of the ${held.length} keys in the ssh-agent`
  const whose = wanted === undefined ? 'any Approver' : `Approver ${printable(wanted)}`
  return new UsageError(
    `${key} ${held.length === 1 ? 'does not belong' : 'belongs'} to ${whose}; see obstat approver add`,
  )
}

interface HeldKey {
  readonly file: string
  readonly line: string
}

const ownersOf = (file: string, line: string, approvers: readonly Approver[]): readonly SigningKey[] => {
  const keyid = fingerprintOf(line)
  if (keyid === null) return []
  return approvers
    .filter(({ spec }) => spec.keys.some((record) => keyidOf(record) === keyid))
    .map((approver) => ({ approver, file, keyid }))
}

const keyidOf = (record: Approver['spec']['keys'][number]): string => {
  const read = readKey(record)
  return read.ok ? read.value.keyid : ''
}

async function agentKeys(world: World): Promise<readonly HeldKey[]> {
  const lines = (await world.sshAgentKeys()).split('\n').filter((line) => fingerprintOf(line) !== null)
  return lines.map((line) => ({ file: line, line }))
}

/** The public half: the file itself, or `FILE.pub` beside a private key, as ssh-keygen looks for it. */
async function publicKeyOf(file: string, world: World): Promise<HeldKey> {
  if (file.endsWith('.pub')) return { file, line: (await readBytes(world, '--key', file)).toString('utf8') }
  await readBytes(world, '--key', file)
  return { file, line: (await readBytes(world, '--key', `${file}.pub`)).toString('utf8') }
}
