import type { Command } from './command.ts'
import { EXIT, UsageError } from './command.ts'
import { readBytes } from './files.ts'
import { readStatement } from './pae.ts'
import { envelopeJson } from '../signing/envelope.ts'
import { sshsigFromArmor, sshsigKeyid } from '../signing/ssh-armor.ts'
import { payloadOf } from '../signing/statement.ts'
import type { World } from './ports.ts'

export const envelope: Command = {
  name: 'envelope',
  summary: 'put a statement and its signatures into a DSSE envelope',
  operands: 'STATEMENT SIGNATURE...',
  arity: [2, 9],
  flags: {
    keyid: {
      type: 'string',
      value: 'SHA256:…',
      multiple: true,
      help: 'which key signed, one a signature; a hint, may be left out',
    },
  },
  notes: `SIGNATURE is a file: an armoured SSH signature, or the bytes of a raw or
WebAuthn one. Send the envelope with

  kubectl patch approvalrequest ID --type=json -p '[{"op": "add",
    "path": "/spec/decisions/-", "value": {"envelope": …}}]'`,
  run: async (given, world) => {
    const [path = '', ...files] = given.operands
    const statement = await readStatement(world, path)
    const keyids = given.texts('keyid')
    if (keyids.length > files.length) throw new UsageError('--keyid: expected at most one for each signature')
    const signatures = await Promise.all(
      files.map(async (file, at) => {
        const sig = await signatureIn(file, world)
        return { keyid: keyids[at] ?? sshsigKeyid(sig), sig }
      }),
    )
    world.out(`${JSON.stringify(envelopeJson({ payload: payloadOf(statement), signatures }))}\n`)
    return EXIT.ok
  },
}

/** The bytes of a signature's file: what an armoured SSH signature holds, or the file itself. */
async function signatureIn(file: string, world: World): Promise<Uint8Array> {
  const bytes = await readBytes(world, 'SIGNATURE', file)
  const content = bytes.toString('latin1')
  if (!content.startsWith('-----BEGIN SSH')) {
    if (bytes.length === 0) throw new UsageError(`SIGNATURE: ${file} is empty`)
    return bytes
  }
  const sig = sshsigFromArmor(content)
  if (!sig.ok) throw new UsageError(`SIGNATURE: ${file}: ${sig.issues[0]?.message ?? ''}`)
  return sig.value
}
