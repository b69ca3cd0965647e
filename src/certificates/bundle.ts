import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { issueAuthority, issueServer } from './x509.ts'
import type { Issued } from './x509.ts'

/** What the Secret holds, all PEM. */
export interface Bundle {
  /** Every authority that the API server is to trust: the one that signs now first, then those before it. */
  readonly authorities: string
  /** Key of the first authority. */
  readonly authorityKey: string
  readonly server: Issued
}

export interface Lifetimes {
  readonly authorityMs: number
  readonly serverMs: number
  /** How long a new authority is only announced before it signs: until then the API server may not trust it. */
  readonly overlapMs: number
}

const DAY_MS = 86_400_000
export const LIFETIMES: Lifetimes = { authorityMs: 365 * DAY_MS, serverMs: 90 * DAY_MS, overlapMs: 10 * 60_000 }

/** Clocks differ: certificates are valid from a little before they are made. */
const BACKDATE_MS = 5 * 60_000

/**
 * The bundle that should be there instead, or null when the one that is there is good. Renewal comes at two thirds of a
 * life. A new authority first joins the old one, signs only after the overlap, and the old one stays until it expires,
 * so that no call meets a certificate that the API server does not trust.
 */
export function renewed(
  current: Bundle | null,
  hosts: readonly string[],
  now: Date,
  lifetimes = LIFETIMES,
): Bundle | null {
  const parsed = current === null ? null : parse(current)
  const signing = parsed?.authorities[0]
  if (current === null || parsed === null || signing === undefined || signing.validToDate <= now)
    return fresh(hosts, now, lifetimes)
  const alive = parsed.authorities.filter((authority) => authority.validToDate > now)
  const authorities = alive.map((authority) => authority.toString()).join('')
  const signer = { certificate: signing.toString(), key: current.authorityKey }
  const issued = (): Issued => issueServer(signer, hosts, periodFrom(now, lifetimes.serverMs))
  if (isDue(signing, now)) {
    const next = newAuthority(now, lifetimes)
    // Signed once more by the old one, so that nothing runs out during the overlap.
    return { authorities: next.certificate + authorities, authorityKey: next.key, server: issued() }
  }
  if (needsServer({ server: parsed.server, signing, alive }, hosts, now, lifetimes))
    return { ...current, authorities, server: issued() }
  return alive.length === parsed.authorities.length ? null : { ...current, authorities }
}

interface Chain {
  readonly server: X509Certificate
  readonly signing: X509Certificate
  readonly alive: readonly X509Certificate[]
}

function needsServer(
  { server, signing, alive }: Chain,
  hosts: readonly string[],
  now: Date,
  lifetimes: Lifetimes,
): boolean {
  const isUseless =
    server.validToDate <= now ||
    !alive.some((authority) => server.verify(authority.publicKey)) ||
    hosts.some((host) => !names(server, host))
  if (isUseless) return true
  const isTrusted = alive.length === 1 || now.getTime() >= madeAt(signing) + lifetimes.overlapMs
  return isTrusted && (isDue(server, now) || !server.verify(signing.publicKey))
}

/** Do certificates and keys belong together, so that a server can use them. */
export const isSound = (bundle: Bundle): boolean => parse(bundle) !== null

/** When the serving certificate ends. */
export const endsAt = (bundle: Bundle): Date => new X509Certificate(bundle.server.certificate).validToDate

function fresh(hosts: readonly string[], now: Date, lifetimes: Lifetimes): Bundle {
  const authority = newAuthority(now, lifetimes)
  return {
    authorities: authority.certificate,
    authorityKey: authority.key,
    server: issueServer(authority, hosts, periodFrom(now, lifetimes.serverMs)),
  }
}

/** Each authority has a name of its own, so that a chain can only be built one way. */
const newAuthority = (now: Date, lifetimes: Lifetimes): Issued =>
  issueAuthority(`obstat-${randomBytes(4).toString('hex')}`, periodFrom(now, lifetimes.authorityMs))

const periodFrom = (now: Date, lifeMs: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(now.getTime() - BACKDATE_MS),
  notAfter: new Date(now.getTime() + lifeMs),
})

/** When a certificate of ours was made. */
const madeAt = (certificate: X509Certificate): number => certificate.validFromDate.getTime() + BACKDATE_MS

/** Two thirds of its life are over. */
const isDue = (certificate: X509Certificate, now: Date): boolean =>
  now.getTime() >= madeAt(certificate) + ((certificate.validToDate.getTime() - madeAt(certificate)) * 2) / 3

interface Parsed {
  /** The first is the one that signs. */
  readonly authorities: readonly X509Certificate[]
  readonly server: X509Certificate
}

/** null when somebody put something else there: then everything is made anew. */
function parse(bundle: Bundle): Parsed | null {
  try {
    const authorities = certificatesIn(bundle.authorities)
    const server = new X509Certificate(bundle.server.certificate)
    const signs = authorities[0]?.checkPrivateKey(createPrivateKey(bundle.authorityKey)) === true
    return signs && server.checkPrivateKey(createPrivateKey(bundle.server.key)) ? { authorities, server } : null
  } catch (cause) {
    // node:crypto throws its own errors (ERR_OSSL_…) on what is no certificate or key.
    if (cause instanceof Error && 'code' in cause) return null
    throw cause
  }
}

const certificatesIn = (pem: string): readonly X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? []).map(
    (one) => new X509Certificate(one),
  )

const names = (certificate: X509Certificate, host: string): boolean =>
  (isIP(host) === 0 ? certificate.checkHost(host, { subject: 'never' }) : certificate.checkIP(host)) !== undefined
