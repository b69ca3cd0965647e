import { X509Certificate, createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import forge from 'node-forge'

/** A certificate and its private key, both PEM (the key in PKCS #8). */
export interface Issued {
  readonly certificate: string
  readonly key: string
}

export interface Period {
  readonly notBefore: Date
  readonly notAfter: Date
}

const { asn1 } = forge
const { Class, Type } = asn1

/** Object identifiers, from RFC 5280 and RFC 5758. */
const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const

/**
 * A self-signed certificate authority with a fresh P-256 key. It signs servers and nothing below them (pathlen 0).
 * `name` becomes its common name: plain ASCII.
 */
export function issueAuthority(name: string, period: Period): Issued {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keyId = keyIdOf(publicKey)
  const extensions = [
    extension(OID.basicConstraints, true, sequence(boolean(true), integer('00'))),
    // keyCertSign (bit 5) and cRLSign (bit 6).
    extension(OID.keyUsage, true, bits('\x01\x06')),
    extension(OID.subjectKeyIdentifier, false, octets(keyId)),
  ]
  const certificate = signed({ issuer: name, subject: name, publicKey, period, extensions }, privateKey)
  return { certificate, key: pemOf(privateKey) }
}

/** A server certificate with a fresh P-256 key, for DNS names and IP addresses, signed by an authority of ours. */
export function issueServer(authority: Issued, hosts: readonly string[], period: Period): Issued {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signer = createPrivateKey(authority.key)
  const issuer = new X509Certificate(authority.certificate)
  const extensions = [
    extension(OID.basicConstraints, true, sequence()),
    // digitalSignature (bit 0): all that an EC server key does.
    extension(OID.keyUsage, true, bits('\x07\x80')),
    extension(OID.extKeyUsage, false, sequence(identifier(OID.serverAuth))),
    extension(OID.subjectKeyIdentifier, false, octets(keyIdOf(publicKey))),
    extension(OID.authorityKeyIdentifier, false, sequence(context(0, keyIdOf(issuer.publicKey)))),
    extension(OID.subjectAltName, false, sequence(...hosts.map(altName))),
  ]
  const subject = hosts.find((host) => isIP(host) === 0 && host.length <= MAX_COMMON_NAME) ?? 'obstat'
  const certificate = signed(
    { issuer: issuer.subject.replace(/^CN=/, ''), subject, publicKey, period, extensions },
    signer,
  )
  return { certificate, key: pemOf(privateKey) }
}

/** ub-common-name of RFC 5280. */
const MAX_COMMON_NAME = 64

interface Content {
  readonly issuer: string
  readonly subject: string
  readonly publicKey: KeyObject
  readonly period: Period
  readonly extensions: readonly forge.asn1.Asn1[]
}

/** node-forge signs with RSA only, so node:crypto does; forge writes the ASN.1 around it. */
function signed({ issuer, subject, publicKey, period, extensions }: Content, signer: KeyObject): string {
  const algorithm = (): forge.asn1.Asn1 => sequence(identifier(OID.ecdsaWithSha256))
  const content = sequence(
    context(0, integer('02')),
    // Positive and never zero: the first byte is 01.
    integer(`01${randomBytes(15).toString('hex')}`),
    algorithm(),
    nameOf(issuer),
    sequence(time(period.notBefore), time(period.notAfter)),
    nameOf(subject),
    asn1.fromDer(binary(spkiOf(publicKey))),
    context(3, sequence(...extensions)),
  )
  const signature = sign('sha256', Buffer.from(asn1.toDer(content).getBytes(), 'latin1'), signer)
  const certificate = sequence(content, algorithm(), bits(`\0${binary(signature)}`))
  return forge.pem.encode({ type: 'CERTIFICATE', body: asn1.toDer(certificate).getBytes() }).replaceAll('\r\n', '\n')
}

const spkiOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })
const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string
const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** SHA-256 of the SubjectPublicKeyInfo, cut to 160 bits (RFC 7093 method 4 allows any hash of it). */
const keyIdOf = (key: KeyObject): string => binary(createHash('sha256').update(spkiOf(key)).digest().subarray(0, 20))

const sequence = (...parts: forge.asn1.Asn1[]): forge.asn1.Asn1 =>
  asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, parts)

const primitive = (type: forge.asn1.Type, bytes: string): forge.asn1.Asn1 =>
  asn1.create(Class.UNIVERSAL, type, false, bytes)

const integer = (hex: string): forge.asn1.Asn1 => primitive(Type.INTEGER, forge.util.hexToBytes(hex))
const boolean = (value: boolean): forge.asn1.Asn1 => primitive(Type.BOOLEAN, value ? '\xff' : '\0')
const identifier = (oid: string): forge.asn1.Asn1 => primitive(Type.OID, asn1.oidToDer(oid).getBytes())
const octets = (bytes: string): forge.asn1.Asn1 => primitive(Type.OCTETSTRING, bytes)
/** The first byte says how many bits of the last one do not count. */
const bits = (bytes: string): forge.asn1.Asn1 => primitive(Type.BITSTRING, bytes)

/** EXPLICIT around a value, or IMPLICIT with bytes. */
function context(tag: number, content: forge.asn1.Asn1 | string): forge.asn1.Asn1 {
  const [isConstructed, value] = typeof content === 'string' ? [false, content] : [true, [content]]
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- forge's typings know no tag but universal ones
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, isConstructed, value)
}

const extension = (oid: string, isCritical: boolean, value: forge.asn1.Asn1): forge.asn1.Asn1 =>
  sequence(identifier(oid), ...(isCritical ? [boolean(true)] : []), octets(asn1.toDer(value).getBytes()))

const nameOf = (commonName: string): forge.asn1.Asn1 =>
  sequence(
    asn1.create(Class.UNIVERSAL, Type.SET, true, [
      sequence(identifier(OID.commonName), primitive(Type.UTF8, forge.util.encodeUtf8(commonName))),
    ]),
  )

/** RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
const time = (date: Date): forge.asn1.Asn1 =>
  date.getUTCFullYear() < 2050
    ? primitive(Type.UTCTIME, asn1.dateToUtcTime(date))
    : primitive(Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date))

/** A GeneralName: iPAddress [7] or dNSName [2]. */
const altName = (host: string): forge.asn1.Asn1 => (isIP(host) === 0 ? context(2, host) : context(7, addressOf(host)))

/** The 4 or 16 bytes of an IP address. */
function addressOf(host: string): string {
  if (isIP(host) === 4) return binary(Uint8Array.from(host.split('.'), Number))
  // A URL spells every IPv6 address in hexadecimal groups with at most one `::`.
  const [head = '', tail = ''] = new URL(`http://[${host}]`).hostname.slice(1, -1).split('::')
  const groups = (part: string): readonly string[] => (part === '' ? [] : part.split(':'))
  const [first, last] = [groups(head), groups(tail)]
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0')
  return forge.util.hexToBytes([...first, ...zeros, ...last].map((group) => group.padStart(4, '0')).join(''))
}
