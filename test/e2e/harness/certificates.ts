import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'

/** A certificate and its key, both PEM. */
export interface Credential {
  readonly certificate: string
  readonly key: string
}

export interface Subject {
  readonly user: string
  /** Organisations of the certificate, which Kubernetes reads as groups. */
  readonly groups?: readonly string[]
}

/** A certificate authority of one test cluster. Its certificates are good for two days. */
export interface Authority extends Credential {
  /** Issues to a server reached under these DNS names and IP addresses. */
  readonly issueServer: (names: readonly string[], addresses: readonly string[]) => Promise<Credential>
  /** Issues to a client: the common name is the user, the organisations are the groups. */
  readonly issueClient: (subject: Subject) => Promise<Credential>
}

/** An RSA key pair as PEM; RSA because node-forge signs with nothing else that Kubernetes takes. */
export const rsaKeys = async (): Promise<{ publicKey: string; privateKey: string }> =>
  promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })

const hourMs = 3_600_000

async function blank(subject: Subject): Promise<{ certificate: forge.pki.Certificate; key: string }> {
  const pair = await rsaKeys()
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey)
  // A positive number whatever the random bytes are: the first one is 01.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`
  certificate.validity.notBefore = new Date(Date.now() - hourMs)
  certificate.validity.notAfter = new Date(Date.now() + 48 * hourMs)
  certificate.setSubject([
    ...(subject.groups ?? []).map((value) => ({ name: 'organizationName', value })),
    { name: 'commonName', value: subject.user },
  ])
  return { certificate, key: pair.privateKey }
}

const keyUsage = { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true }

/** Makes a new certificate authority; nothing of it exists outside the returned object. */
export async function newAuthority(name: string): Promise<Authority> {
  const root = await blank({ user: name })
  const key = forge.pki.privateKeyFromPem(root.key)
  const issuer = root.certificate.subject.attributes
  const sign = (certificate: forge.pki.Certificate, extensions: object[]): string => {
    certificate.setIssuer(issuer)
    certificate.setExtensions(extensions)
    certificate.sign(key, forge.md.sha256.create())
    return forge.pki.certificateToPem(certificate)
  }
  const issue = async (subject: Subject, extensions: object[]): Promise<Credential> => {
    const made = await blank(subject)
    return { certificate: sign(made.certificate, [keyUsage, ...extensions]), key: made.key }
  }
  return {
    key: root.key,
    certificate: sign(root.certificate, [
      { name: 'basicConstraints', critical: true, cA: true },
      { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true, digitalSignature: true },
      { name: 'subjectKeyIdentifier' },
    ]),
    issueServer: (names, addresses) =>
      issue({ user: names[0] ?? name }, [
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: [...names.map((value) => ({ type: 2, value })), ...addresses.map((ip) => ({ type: 7, ip }))],
        },
      ]),
    issueClient: (subject) => issue(subject, [{ name: 'extKeyUsage', clientAuth: true }]),
  }
}
