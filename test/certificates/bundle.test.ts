import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { PeerCertificate } from 'node:tls'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { endsAt, isSound, renewed } from '../../src/certificates/bundle.ts'
import type { Bundle } from '../../src/certificates/bundle.ts'

const run = promisify(execFile)
const now = new Date('2026-11-20T07:00:00Z')
const hosts = ['127.0.0.1', '::1', 'fe80::1:2', 'localhost', 'obstat.obstat-system.svc']
const DAY = 86_400_000
const lifetimes = { authorityMs: 300 * DAY, serverMs: 90 * DAY, overlapMs: 600_000 }
const after = (ms: number): Date => new Date(now.getTime() + ms)

const made = (at: Date): Bundle => renewed(null, hosts, at, lifetimes)!
const renew = (bundle: Bundle, at: Date, names = hosts): Bundle | null => renewed(bundle, names, at, lifetimes)
const authoritiesOf = (bundle: Bundle): readonly X509Certificate[] =>
  bundle.authorities.split(/(?<=-----END CERTIFICATE-----\n)/).map((pem) => new X509Certificate(pem))
const isTrusted = (bundle: Bundle, server = bundle.server.certificate): boolean =>
  authoritiesOf(bundle).some((authority) => new X509Certificate(server).verify(authority.publicKey))

/** Runs `openssl verify` over a bundle, as strictly as it can. */
async function opensslVerifies(bundle: Bundle, at: Date): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'obstat-certificates-'))
  try {
    writeFileSync(join(dir, 'ca.pem'), bundle.authorities)
    writeFileSync(join(dir, 'server.pem'), bundle.server.certificate)
    const { stdout } = await run('openssl', [
      ...['verify', '-x509_strict', '-purpose', 'sslserver', '-attime', String(Math.floor(at.getTime() / 1000))],
      ...['-verify_hostname', 'obstat.obstat-system.svc', '-CAfile', join(dir, 'ca.pem'), join(dir, 'server.pem')],
    ])
    return stdout.trim().replace(dir, '')
  } finally {
    rmSync(dir, { recursive: true })
  }
}

async function peerSeenBy(bundle: Bundle, host: string): Promise<PeerCertificate> {
  const server = createServer({ cert: bundle.server.certificate, key: bundle.server.key })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect({ host: '127.0.0.1', port, ca: bundle.authorities, servername: host })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerCertificate()
  } finally {
    socket.destroy()
    server.close()
  }
}

describe('a certificate bundle', () => {
  it('is accepted by openssl at its strictest', async () => {
    expect(await opensslVerifies(made(now), after(DAY))).to.equal('/server.pem: OK')
  })

  it('is accepted in a TLS handshake, under its names and no other', async () => {
    const bundle = renewed(null, hosts, new Date(), lifetimes)!
    const peer = await peerSeenBy(bundle, 'localhost')
    expect(peer.subjectaltname).to.contain('DNS:obstat.obstat-system.svc')
    const refused = await peerSeenBy(bundle, 'other.example').then(
      () => 'accepted',
      (cause: unknown) => (cause as { code: string }).code,
    )
    expect(refused).to.equal('ERR_TLS_CERT_ALTNAME_INVALID')
  })

  it('names every host, IP addresses as such', () => {
    const server = new X509Certificate(made(now).server.certificate)
    for (const host of ['localhost', 'obstat.obstat-system.svc']) expect(server.checkHost(host)).to.equal(host)
    for (const ip of ['127.0.0.1', '::1', 'fe80::1:2']) expect(server.checkIP(ip)).to.equal(ip)
    expect(server.checkIP('127.0.0.2')).to.equal(undefined)
  })

  it('has times beyond 2049', () => {
    const late = made(new Date('2049-12-30T00:00:00Z'))
    expect(endsAt(late)).to.deep.equal(new Date('2050-03-30T00:00:00Z'))
  })

  it('is good as it is until two thirds of its life are over', () => {
    expect(renew(made(now), after(60 * DAY - 1000))).to.equal(null)
    const next = renew(made(now), after(60 * DAY))!
    expect(endsAt(next)).to.deep.equal(after(150 * DAY))
  })

  it('keeps its authority when the server certificate is renewed', () => {
    const first = made(now)
    const next = renew(first, after(60 * DAY))!
    expect(next.authorities).to.equal(first.authorities)
    expect(next.authorityKey).to.equal(first.authorityKey)
  })

  it('announces a new authority before that signs, and keeps the old one until it ends', async () => {
    const first = made(now)
    const announced = renew(first, after(200 * DAY))!
    expect(authoritiesOf(announced)).to.have.length(2)
    expect(isTrusted(first, announced.server.certificate)).to.equal(true)
    expect(renew(announced, after(200 * DAY + 599_000))).to.equal(null)
    const signed = renew(announced, after(200 * DAY + 600_000))!
    expect(isTrusted(first, signed.server.certificate)).to.equal(false)
    expect(isTrusted(announced, signed.server.certificate)).to.equal(true)
    expect(await opensslVerifies(signed, after(201 * DAY))).to.equal('/server.pem: OK')
    const dropped = renew(renew(signed, after(270 * DAY))!, after(301 * DAY))!
    expect(authoritiesOf(dropped)).to.have.length(1)
    expect(isTrusted(dropped)).to.equal(true)
  })

  it('never meets a server that trusts neither it nor what came before, over years of hourly looks at odd times', () => {
    let bundle = made(now)
    let changes = 0
    for (let hour = 1; hour < 24 * 365 * 2; hour += 7) {
      const at = after(hour * 3_600_000)
      const next = renew(bundle, at)
      if (next === null) continue
      changes++
      expect(isTrusted(next)).to.equal(true)
      // An API server that still trusts the old set meets the new certificate, and the other way round.
      expect(isTrusted(bundle, next.server.certificate)).to.equal(true)
      expect(isTrusted(next, bundle.server.certificate)).to.equal(true)
      expect(endsAt(next).getTime()).to.be.greaterThan(at.getTime())
      bundle = next
    }
    expect(changes).to.be.greaterThan(10)
  })

  it('is issued again at once when a host is missing', () => {
    const next = renew(made(now), after(1000), [...hosts, 'webhook.example'])!
    expect(new X509Certificate(next.server.certificate).checkHost('webhook.example')).to.equal('webhook.example')
    expect(renew(made(now), after(1000), ['::1'])).to.equal(null)
  })

  it('is made anew when it ended while nobody looked', () => {
    const first = made(now)
    const next = renew(first, after(301 * DAY))!
    expect(isTrusted(first, next.server.certificate)).to.equal(false)
    expect(isTrusted(next)).to.equal(true)
  })

  for (const [what, spoil] of [
    [
      'the key of the server is not its own',
      (bundle: Bundle): Bundle => ({ ...bundle, server: { ...bundle.server, key: made(now).server.key } }),
    ],
    [
      'the key of the authority is not its own',
      (bundle: Bundle): Bundle => ({ ...bundle, authorityKey: made(now).authorityKey }),
    ],
    ['there is no PEM', (bundle: Bundle): Bundle => ({ ...bundle, server: { certificate: 'none', key: 'none' } })],
    ['there are no authorities', (bundle: Bundle): Bundle => ({ ...bundle, authorities: '' })],
  ] as const)
    it(`is made anew when ${what}`, () => {
      const spoilt = spoil(made(now))
      expect(isSound(spoilt)).to.equal(false)
      expect(isSound(renew(spoilt, after(1000))!)).to.equal(true)
    })
})
