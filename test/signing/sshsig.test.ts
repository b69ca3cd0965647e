import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { pae } from '../../src/signing/envelope.ts'
import type { KeyType } from '../../src/signing/keys.ts'
import { readKey } from '../../src/signing/keys.ts'
import { sshsigFromArmor, sshsigKeyid } from '../../src/signing/ssh-armor.ts'
import { sshString, sshStrings } from '../../src/signing/ssh-wire.ts'
import type { Verified } from '../../src/signing/verified.ts'
import type { Bend, TestKey } from './signer.ts'
import { shortest, testKey } from './signer.ts'

const MESSAGE = pae(Buffer.from('{"a":1}'))

function verdict(key: TestKey, signature: Uint8Array, record: Partial<TestKey['record']> = {}): Verified {
  const read = readKey({ ...key.record, ...record })
  if (!read.ok) throw new Error('expected a key')
  return read.value.verify(MESSAGE, signature)
}
const OK = { ok: true } as const

describe('SSHSIG by ssh-keygen', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sshsig-'))
  })
  after(() => {
    rmSync(folder, { recursive: true })
  })

  const run = (...args: readonly string[]): string =>
    execFileSync('ssh-keygen', args, { encoding: 'utf8', stdio: 'pipe' })
  const keygen = (type: string, bits: string): string => {
    const file = join(folder, `${type}-${bits}`)
    run('-q', '-t', type, '-b', bits, '-N', '', '-C', 'somebody', '-f', file)
    return file
  }
  /** The blob that ssh-keygen signs MESSAGE with. */
  const signed = (file: string, namespace: string, ...options: readonly string[]): Uint8Array => {
    const message = join(folder, 'message')
    writeFileSync(message, MESSAGE)
    rmSync(`${message}.sig`, { force: true })
    run('-q', '-Y', 'sign', '-n', namespace, ...options, '-f', file, message)
    const blob = sshsigFromArmor(readFileSync(`${message}.sig`, 'utf8'))
    if (!blob.ok) throw new Error('expected an armored signature')
    return blob.value
  }

  for (const [type, bits, keyType] of [
    ['ed25519', '256', 'ssh-ed25519'],
    ['ecdsa', '256', 'ecdsa-sha2-nistp256'],
  ] as const)
    it(`verifies ${type}, and prints its fingerprint`, () => {
      const file = keygen(type, bits)
      const publicKey = readFileSync(`${file}.pub`, 'utf8')
      const read = readKey({ type: keyType, publicKey })
      if (!read.ok) throw new Error('expected a key')
      const key = read.value
      const blob = signed(file, 'approval@obstat.dev')
      expect(key.verify(MESSAGE, blob)).to.deep.equal(OK)
      expect(key.verify(MESSAGE, signed(file, 'approval@obstat.dev', '-O', 'hashalg=sha256'))).to.deep.equal(OK)
      expect(key.verify(Buffer.from('other'), blob)).to.include({ check: 'Signature' })
      expect(key.verify(MESSAGE, signed(file, 'file'))).to.include({ check: 'Namespace' })
      expect(run('-l', '-f', `${file}.pub`)).to.contain(` ${key.keyid} `)
      expect(sshsigKeyid(blob)).to.equal(key.keyid)
    })

  it('refuses RSA and P-384 keys, and their signatures under another record', () => {
    const trusted = testKey('ssh-ed25519')
    for (const [type, bits] of [
      ['rsa', '2048'],
      ['ecdsa', '384'],
    ] as const) {
      const file = keygen(type, bits)
      const publicKey = readFileSync(`${file}.pub`, 'utf8')
      expect(readKey({ type: publicKey.split(' ')[0] ?? '', publicKey }).ok).to.equal(false)
      expect(verdict(trusted, signed(file, 'approval@obstat.dev'))).to.include({ check: 'OtherKey' })
    }
  })

  it('agrees with ssh-keygen about what our own test signer makes, FIDO keys included', () => {
    for (const type of [
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'sk-ssh-ed25519@openssh.com',
      'sk-ecdsa-sha2-nistp256@openssh.com',
    ] as const) {
      const { record, sign } = testKey(type)
      const body = sign(MESSAGE).toString('base64').replace(/.{70}/g, '$&\n')
      writeFileSync(join(folder, 's'), `-----BEGIN SSH SIGNATURE-----\n${body}\n-----END SSH SIGNATURE-----\n`)
      writeFileSync(join(folder, 'allowed'), `somebody ${record.publicKey}\n`)
      const args = ['-Y', 'verify', '-f', join(folder, 'allowed'), '-I', 'somebody', '-n', 'approval@obstat.dev']
      const answer = execFileSync('ssh-keygen', [...args, '-s', join(folder, 's')], {
        input: MESSAGE,
        encoding: 'utf8',
      })
      expect(answer).to.contain('Good "approval@obstat.dev" signature')
    }
  })
})

describe('SSHSIG', () => {
  const TYPES: readonly KeyType[] = [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'sk-ssh-ed25519@openssh.com',
    'sk-ecdsa-sha2-nistp256@openssh.com',
  ]
  const BENDS: readonly (readonly [string, Bend, string])[] = [
    ['another magic', { magic: 'SSHSIX' }, 'Format'],
    ['no magic', { magic: '' }, 'Format'],
    ['version 2', { version: 2 }, 'Format'],
    ['version 0', { version: 0 }, 'Format'],
    ['namespace file', { namespace: 'file' }, 'Namespace'],
    ['no namespace', { namespace: '' }, 'Namespace'],
    ['a longer namespace', { namespace: 'approval@obstat.dev\0' }, 'Namespace'],
    ['a namespace in capitals', { namespace: 'Approval@obstat.dev' }, 'Namespace'],
    ['something in reserved', { reserved: 'x' }, 'Format'],
    ['SHA-1', { hash: 'sha1' }, 'Hash'],
    ['another hash than it names', { hash: 'sha256', hashName: 'sha512' }, 'Signature'],
    ['an unknown hash', { hashName: 'SHA512' }, 'Hash'],
    ['RSA as algorithm', { algorithm: 'rsa-sha2-512' }, 'Algorithm'],
    ['webauthn-sk as algorithm', { algorithm: 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com' }, 'Algorithm'],
    ['the key of somebody else in the blob', { blob: testKey('ssh-ed25519').blob }, 'OtherKey'],
  ]
  for (const type of TYPES) {
    const key = testKey(type)
    for (const [title, bend, check] of BENDS)
      it(`refuses ${title} (${type})`, () => {
        expect(verdict(key, key.sign(MESSAGE, bend))).to.include({ ok: false, check })
      })

    it(`refuses a signature by somebody else that names this key (${type})`, () => {
      const other = testKey(type)
      expect(verdict(key, other.sign(MESSAGE, { blob: key.blob }))).to.include({ check: 'Signature' })
    })

    it(`refuses any cut and any byte too many (${type})`, () => {
      const good = key.sign(MESSAGE)
      expect(verdict(key, good)).to.deep.equal(OK)
      for (let length = 0; length < good.length; length++)
        expect(verdict(key, good.subarray(0, length)), String(length)).to.include({ ok: false, check: 'Format' })
      expect(verdict(key, Buffer.concat([good, Buffer.of(0)]))).to.include({ check: 'Format' })
    })
  }

  for (const type of TYPES)
    it(`refuses a signature of other fields (${type})`, () => {
      const key = testKey(type)
      const good = key.sign(MESSAGE)
      const fields = sshStrings(good.subarray(10), 5) ?? []
      const [signature = Buffer.alloc(0)] = fields.slice(4)
      const tail = type.startsWith('sk-') ? signature.subarray(-5) : Buffer.alloc(0)
      const [algorithm = tail, raw = tail] = sshStrings(signature.subarray(0, signature.length - tail.length), 2) ?? []
      const by = (...parts: readonly Buffer[]): Verified =>
        verdict(
          key,
          Buffer.concat([good.subarray(0, 10), ...fields.slice(0, 4).map(sshString), sshString(Buffer.concat(parts))]),
        )
      const [a, r] = [sshString(algorithm), sshString(raw)]
      expect(by(a, r, tail)).to.deep.equal(OK)
      for (const parts of [
        [],
        [tail],
        [a, tail],
        [a, r, r, tail],
        [a, r.subarray(0, -1), tail],
        [a, r, tail.subarray(1)],
      ])
        if (!Buffer.concat(parts).equals(signature)) expect(by(...parts)).to.include({ ok: false, check: 'Format' })
    })

  it('refuses mpints that are not the shortest, or zero', () => {
    const key = testKey('ecdsa-sha2-nistp256')
    const good = key.sign(MESSAGE)
    const long = Buffer.concat([Buffer.alloc(3), Buffer.alloc(32, 1)])
    for (const [r, s] of [
      [long, shortest(long)],
      [shortest(long), long],
      [Buffer.alloc(0), shortest(long)],
      [Buffer.of(0), Buffer.of(0)],
      [Buffer.alloc(32, 0xff), shortest(long)],
      [Buffer.alloc(34, 1), shortest(long)],
    ] as const) {
      // The last field of the blob is the signature: its type, then r and s.
      const at = good.lastIndexOf(sshString('ecdsa-sha2-nistp256')) - 4
      const body = sshString(Buffer.concat([sshString(r), sshString(s)]))
      const bent = Buffer.concat([
        good.subarray(0, at),
        sshString(Buffer.concat([sshString('ecdsa-sha2-nistp256'), body])),
      ])
      expect(verdict(key, bent)).to.include({ check: 'Format' })
    }
  })

  for (const type of ['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com'] as const) {
    const key = testKey(type)
    it(`asks for user presence, and for verification where the record does (${type})`, () => {
      expect(verdict(key, key.sign(MESSAGE, { flags: 0 }))).to.include({ check: 'Presence' })
      expect(verdict(key, key.sign(MESSAGE, { flags: 4 }))).to.include({ check: 'Presence' })
      expect(verdict(key, key.sign(MESSAGE, { flags: 1 }))).to.deep.equal(OK)
      expect(verdict(key, key.sign(MESSAGE, { flags: 1 }), { verifyRequired: true })).to.include({
        check: 'Verification',
      })
      expect(verdict(key, key.sign(MESSAGE, { flags: 5 }), { verifyRequired: true })).to.deep.equal(OK)
    })

    it(`refuses flags that were not signed (${type})`, () => {
      const bent = key.sign(MESSAGE, { flags: 0 })
      bent[bent.length - 5] = 1
      expect(verdict(key, bent)).to.include({ check: 'Signature' })
    })

    it(`refuses a signature for another application, and one without flags (${type})`, () => {
      expect(verdict(key, key.sign(MESSAGE, { application: 'ssh:other' }))).to.include({ check: 'Signature' })
      const plain = type.replace('sk-', '').replace('ecdsa', 'ecdsa').replace('@openssh.com', '')
      for (const algorithm of [type, plain])
        expect(verdict(key, key.sign(MESSAGE, { isFlagless: true, algorithm })).ok).to.equal(false)
    })
  }
})

describe('sshsigFromArmor', () => {
  const block = '-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n'

  it('reads one block', () => {
    expect(sshsigFromArmor(block)).to.deep.equal({ ok: true, value: Buffer.from('SSHSIG') })
    expect(sshsigFromArmor(block.replaceAll('\n', '\r\n')).ok).to.equal(true)
  })

  for (const text of [
    '',
    'U1NIU0lH',
    block + block,
    `x${block}`,
    block.replace('U1', '  U1'),
    block.replace('U1NIU0lH\n', ''),
    block.replace('lH', 'l'),
  ])
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(sshsigFromArmor(text).ok).to.equal(false)
    })

  it('has no keyid for what is no SSHSIG', () => {
    expect(sshsigKeyid(Buffer.from('SSHSIG'))).to.equal('')
    expect(sshsigKeyid(Buffer.alloc(100))).to.equal('')
    const key = testKey('ssh-ed25519')
    expect(sshsigKeyid(key.sign(MESSAGE))).to.match(/^SHA256:/)
    expect(sshsigKeyid(key.sign(MESSAGE, { magic: 'SSHSIX' }))).to.equal('')
  })
})
