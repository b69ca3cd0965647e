import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { canonical } from '../../src/signing/canonical.ts'
import { pae } from '../../src/signing/envelope.ts'
import { readKey } from '../../src/signing/keys.ts'
import type { Verified } from '../../src/signing/verified.ts'
import type { Bend, TestKey } from './signer.ts'
import { ORIGIN, testKey } from './signer.ts'

const MESSAGE = pae(Buffer.from('{"a":1}'))
const OK = { ok: true } as const

function verdict(key: TestKey, signature: Uint8Array): Verified {
  const read = readKey(key.record)
  if (!read.ok) throw new Error('expected a key')
  return read.value.verify(MESSAGE, signature)
}

const BENDS: readonly (readonly [string, Bend, string])[] = [
  ['another site', { rpId: 'evil.example' }, 'RpId'],
  ['no user presence', { flags: 0x04 }, 'Presence'],
  ['no user verification', { flags: 0x01 }, 'Verification'],
  ['backup state without eligibility', { flags: 0x15 }, 'Backup'],
  ['attested credential data', { flags: 0x45, authenticatorTail: Buffer.alloc(20) }, 'Format'],
  ['the flag of attested credential data', { flags: 0x45 }, 'Format'],
  ['it beside extensions', { flags: 0xc5, authenticatorTail: Buffer.of(0xa0) }, 'Format'],
  ['bytes after the counter', { authenticatorTail: Buffer.of(0) }, 'Format'],
  ['an extension flag without extensions', { flags: 0x85 }, 'Format'],
  ['another type', { client: { type: 'webauthn.create' } }, 'ClientType'],
  ['a payment', { client: { type: 'payment.get' } }, 'ClientType'],
  ['another challenge', { client: { challenge: Buffer.alloc(32).toString('base64url') } }, 'Challenge'],
  ['another origin', { client: { origin: 'https://evil.example' } }, 'Origin'],
  ['a subdomain', { client: { origin: 'https://x.obstat.example' } }, 'Origin'],
  ['another scheme', { client: { origin: 'http://obstat.example' } }, 'Origin'],
  ['another port', { client: { origin: `${ORIGIN}:8443` } }, 'Origin'],
  ['a longer origin', { client: { origin: `${ORIGIN}.evil.example` } }, 'Origin'],
  ['an origin that is no text', { client: { origin: true } }, 'Origin'],
  ['a frame of another site', { client: { crossOrigin: true } }, 'CrossOrigin'],
  ['crossOrigin as text', { client: { crossOrigin: 'false' } }, 'CrossOrigin'],
  ['a duplicate key', { clientText: (text) => text.replace('{', '{"origin":"x",') }, 'Format'],
  ['a byte order mark', { clientText: (text) => `\ufeff${text}` }, 'Format'],
  ['text after the client data', { clientText: (text) => `${text}{}` }, 'Format'],
  ['client data that is a list', { clientText: (text) => `[${text}]` }, 'Format'],
]

describe('webauthn', () => {
  for (const curve of ['p256', 'ed25519'] as const) {
    const key = testKey('webauthn', curve)
    for (const [title, bend, check] of BENDS)
      it(`refuses ${title} (${curve})`, () => {
        expect(verdict(key, key.sign(MESSAGE, bend))).to.include({ ok: false, check })
      })

    it(`takes a synced passkey, extensions, and client data without crossOrigin (${curve})`, () => {
      expect(verdict(key, key.sign(MESSAGE, { flags: 0x1d }))).to.deep.equal(OK)
      expect(verdict(key, key.sign(MESSAGE, { flags: 0x85, authenticatorTail: Buffer.of(0xa0) }))).to.deep.equal(OK)
      const clientText = (text: string): string => text.replace(',"crossOrigin":false', ' ')
      expect(verdict(key, key.sign(MESSAGE, { clientText }))).to.deep.equal(OK)
    })

    it(`refuses a signature by another key, or over other client data (${curve})`, () => {
      expect(verdict(key, testKey('webauthn', curve).sign(MESSAGE))).to.include({ check: 'Signature' })
      const mixed = {
        ...fields(key.sign(MESSAGE)),
        clientDataJSON: fields(key.sign(MESSAGE, { client: { x: 'y' } }))['clientDataJSON'] ?? '',
      }
      expect(verdict(key, Buffer.from(canonical(mixed)))).to.include({ check: 'Signature' })
    })
  }

  const key = testKey('webauthn')
  const good = fields(key.sign(MESSAGE))
  const spelt = (value: Json): Buffer => Buffer.from(canonical(value))

  for (const [title, bytes] of [
    ['a space', Buffer.from(canonical(good).replace('":"', '": "'))],
    ['another order', Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(good).reverse())))],
    ['one field more', spelt({ ...good, userHandle: 'eA' })],
    ['an algorithm', spelt({ ...good, alg: 'none' })],
    [
      'one field less',
      spelt({ authenticatorData: good['authenticatorData'] ?? '', signature: good['signature'] ?? '' }),
    ],
    ['no text', spelt({ ...good, signature: 1 })],
    ['padding', spelt({ ...good, signature: `${good['signature'] ?? ''}=` })],
    ['a list', spelt([good])],
    ['no JSON', Buffer.from('x')],
    ['no UTF-8', Buffer.of(0xff)],
    [
      'authenticator data of 36 bytes',
      spelt({ ...good, authenticatorData: Buffer.alloc(36, 5).toString('base64url') }),
    ],
  ] as const)
    it(`refuses an assertion with ${title}`, () => {
      expect(verdict(key, bytes)).to.include({ ok: false, check: 'Format' })
    })
})

function fields(assertion: Buffer): Readonly<Record<string, string>> {
  return JSON.parse(assertion.toString()) as Record<string, string>
}
