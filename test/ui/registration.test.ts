import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { readRegistration } from '../../src/ui/registration.ts'
import { testKey } from '../signing/signer.ts'

const ASKED = { rpId: 'localhost', origin: 'http://localhost:6278', challenge: 'Y2hhbGxlbmdl' }
const ID = Buffer.from('credential')

interface Bend {
  readonly client?: object
  readonly rpId?: string
  readonly flags?: number
  readonly cose?: Buffer
  readonly tail?: Buffer
  readonly idLength?: number
}

/** What a browser sends for a new passkey. */
function answer(curve: 'p256' | 'ed25519', { client, rpId, flags, cose, tail, idLength }: Bend = {}) {
  const key = cose ?? Buffer.from(testKey('webauthn', curve).record.publicKey, 'base64url')
  const length = Buffer.alloc(2)
  length.writeUInt16BE(idLength ?? ID.length)
  const data = Buffer.concat([
    createHash('sha256')
      .update(rpId ?? ASKED.rpId)
      .digest(),
    Buffer.of(flags ?? 0x45, 0, 0, 0, 0),
    Buffer.alloc(16, 7),
    length,
    ID,
    key,
    tail ?? Buffer.alloc(0),
  ])
  const { challenge, origin } = ASKED
  const clientData = { type: 'webauthn.create', challenge, origin, crossOrigin: false, ...client }
  return {
    authenticatorData: data.toString('base64url'),
    clientDataJSON: Buffer.from(JSON.stringify(clientData)).toString('base64url'),
  }
}

describe('a passkey that was just made', () => {
  for (const curve of ['p256', 'ed25519'] as const)
    it(`becomes a key record (${curve})`, () => {
      const read = readRegistration(ASKED, answer(curve))
      expect(read.ok && read.value).to.include({ type: 'webauthn', rpId: 'localhost' })
      expect(read.ok && read.value).to.deep.include({
        origins: ['http://localhost:6278'],
        credentialId: ID.toString('base64url'),
      })
    })

  it('may have extensions behind its key', () => {
    expect(readRegistration(ASKED, answer('p256', { flags: 0xc5, tail: Buffer.of(0xa0) })).ok).to.equal(true)
  })

  const bends: readonly (readonly [title: string, bend: Bend])[] = [
    ['that answers another challenge', { client: { challenge: 'x' } }],
    ['of another origin', { client: { origin: 'http://localhost:8080' } }],
    ['of a frame', { client: { crossOrigin: true } }],
    ['that is a signature', { client: { type: 'webauthn.get' } }],
    ['of another site', { rpId: 'evil.example' }],
    ['that did not verify its user', { flags: 0x41 }],
    ['that nobody touched', { flags: 0x44 }],
    ['without a key', { flags: 0x05 }],
    ['of another algorithm', { cose: Buffer.from('a401030339010020590100', 'hex') }],
    ['with bytes behind the key', { tail: Buffer.of(0) }],
    ['whose extensions are missing', { flags: 0xc5 }],
    ['whose id is longer than it', { idLength: 4096 }],
    ['without an id', { idLength: 0 }],
  ]
  for (const [title, bend] of bends)
    it(`is refused: one ${title}`, () => {
      expect(readRegistration(ASKED, answer('p256', bend)).ok).to.equal(false)
    })

  it('is refused when it is something else altogether', () => {
    for (const value of [null, [], 'x', {}, { authenticatorData: '', clientDataJSON: '' }, { authenticatorData: 1 }])
      expect(readRegistration(ASKED, value).ok).to.equal(false)
  })
})
