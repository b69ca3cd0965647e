import type { Approver } from '../api/objects.ts'
import { parseObject } from '../api/parse.ts'
import { parseJson } from '../signing/json.ts'
import { readKey } from '../signing/keys.ts'
import type { KeyType } from '../signing/keys.ts'
import { apply } from './apply.ts'
import { CLUSTER_OR_FOLDER } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import type { Command } from './command.ts'
import { EXIT, UsageError } from './command.ts'
import { readBytes } from './files.ts'
import type { World } from './ports.ts'
import { toYaml } from './printing.ts'
import { fieldOf } from './field.ts'

type Key = Approver['spec']['keys'][number]

export const approverAdd: Command = {
  name: 'approver add',
  summary: 'print or apply an Approver: a person and their public keys',
  operands: 'NAME',
  arity: [1, 1],
  flags: {
    ...CLUSTER_OR_FOLDER,
    key: {
      type: 'string',
      short: 'k',
      value: 'FILE.pub',
      multiple: true,
      help: 'a public key: OpenSSH, PEM of Ed25519 or P-256, or what obstat ui gives for a passkey',
    },
    role: { type: 'string', value: 'NAME', multiple: true, help: 'what the person may sign as, such as operations' },
    username: { type: 'string', value: 'NAME', multiple: true, help: 'who the person is to the API server' },
    namespace: { type: 'string', short: 'n', value: 'NAME', multiple: true, help: 'may sign for this namespace only' },
    'verify-required': { type: 'boolean', help: 'security keys must ask for a PIN or fingerprint' },
    apply: { type: 'boolean', help: 'apply it instead of printing it' },
  },
  notes: `The fingerprint of every key is shown: compare it with the person.

  obstat approver add alice --key alice.pub --role platform \\
    --username alice@example.org --apply`,
  run: async (given, world) => {
    const files = given.texts('key')
    if (files.length === 0)
      throw new UsageError('--key is missing: name a public key file, such as ~/.ssh/id_ed25519.pub')
    const keys = await Promise.all(files.map((file) => keyOf(file, given.has('verify-required'), world)))
    const approver = approverOf(given, keys)
    if (given.has('apply')) await apply(given, approver, world)
    else world.out(toYaml(approver))
    return EXIT.ok
  },
}

const approverOf = (given: Arguments, keys: readonly Key[]): Approver =>
  approverWith(given.operands[0] ?? '', {
    keys,
    roles: given.texts('role'),
    usernames: given.texts('username'),
    namespaces: given.texts('namespace'),
  })

/** A whole Approver; lists that are empty are left out. Throws UsageError that names every wrong field. */
export function approverWith(name: string, spec: Approver['spec']): Approver {
  const object = {
    apiVersion: 'obstat.dev/v1alpha1',
    kind: 'Approver',
    metadata: { name },
    spec: { ...Object.fromEntries(Object.entries(spec).filter(([, list]) => list.length > 0)), keys: spec.keys },
  } as const
  const read = parseObject('Approver', object)
  if (!read.ok) throw new UsageError(read.issues.map(({ path, message }) => `${fieldOf(path)}: ${message}`).join('; '))
  return object
}

const ACCEPTED: readonly KeyType[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'ed25519',
  'es256',
]

/** One record of a public key file. Throws UsageError for private keys and for kinds that obstat does not accept. */
async function keyOf(file: string, isVerified: boolean, world: World): Promise<Key> {
  const content = (await readBytes(world, '--key', file)).toString('utf8')
  if (content.includes('PRIVATE KEY'))
    throw new UsageError(`--key ${file}: this is a private key; keep it, and give the public one (${file}.pub)`)
  if (content.startsWith('{')) return passkeyOf(file, content, world)
  const publicKey = content.startsWith('-----BEGIN') ? content : content.trim()
  const candidates = candidateTypes(publicKey).map((type) => ({ type, read: readKey({ type, publicKey }) }))
  const good = candidates.find(({ read }) => read.ok)
  if (good?.read.ok !== true) {
    const why = candidates.flatMap(({ read }) => (read.ok ? [] : read.issues.map(({ message }) => message)))
    const known = ACCEPTED.some((type) => candidates.some((candidate) => candidate.type === type))
    const reason = known ? why.join('; ') : `obstat accepts ${ACCEPTED.join(', ')}`
    throw new UsageError(`--key ${file}: not a key that counts: ${reason}`)
  }
  world.say(`${file}: ${good.type} ${good.read.value.keyid}`)
  return {
    type: good.type as KeyType,
    publicKey,
    ...(isVerified && good.type.startsWith('sk-') ? { verifyRequired: true } : {}),
  }
}

/** The record of a passkey, as the review page gives it. */
function passkeyOf(file: string, content: string, world: World): Key {
  const record = recordIn(file, content)
  const read = record.type === 'webauthn' ? readKey(record) : null
  if (read?.ok !== true)
    throw new UsageError(
      `--key ${file}: not the record of a passkey: ${read === null ? 'expected type webauthn' : (read.issues[0]?.message ?? '')}`,
    )
  world.say(`${file}: webauthn ${read.value.keyid}`)
  return record
}

/** Its fields are checked with the whole Approver. */
function recordIn(file: string, content: string): Key {
  try {
    return parseJson(content) as unknown as Key
  } catch (cause) {
    throw new UsageError(`--key ${file}: not JSON: ${cause instanceof Error ? cause.message : ''}`, { cause })
  }
}

const candidateTypes = (publicKey: string): readonly string[] =>
  publicKey.startsWith('-----BEGIN') ? ['ed25519', 'es256'] : [publicKey.split(/\s/, 1)[0] ?? '']
