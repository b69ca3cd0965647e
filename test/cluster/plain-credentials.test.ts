import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { stringify } from 'yaml'
import type { Found, Material } from '../../src/cluster/credentials.ts'
import { NoCluster } from '../../src/cluster/errors.ts'
import { fromPlainFile, fromPod, isInPod } from '../../src/cluster/plain-credentials.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

describe('a plain kubeconfig', () => {
  let dir: string
  const file = (): string => join(dir, 'config')

  const write = (cluster: object, user: object): void => {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443', ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }
    writeFileSync(file(), stringify(config))
  }
  const material = async (found: Found | null): Promise<Material> =>
    (await found?.material()) ?? expect.fail('not plain')

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'obstat-kubeconfig-'))
  })
  afterEach(() => {
    rmSync(dir, { recursive: true })
  })

  it('gives certificates that stand in it', async () => {
    write(
      { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'kubernetes' },
      { 'client-certificate-data': base64('CRT'), 'client-key-data': base64('KEY') },
    )
    const found = fromPlainFile(file(), undefined)
    expect(found?.server).to.equal('https://api.example:6443')
    expect(await material(found)).to.deep.equal({
      ca: 'CA',
      certificate: 'CRT',
      key: 'KEY',
      serverName: 'kubernetes',
      isInsecure: false,
      headers: {},
      agent: undefined,
    })
  })

  it('reads files beside it, anew each time', async () => {
    write({ 'certificate-authority': 'ca.pem' }, { tokenFile: 'token', token: 'older' })
    writeFileSync(join(dir, 'ca.pem'), 'CA')
    writeFileSync(join(dir, 'token'), 'one\n')
    const found = fromPlainFile(file(), 'x')
    expect(await material(found)).to.deep.include({ ca: 'CA', headers: { authorization: 'Bearer one' } })
    writeFileSync(join(dir, 'token'), 'two\n')
    expect(await material(found)).to.deep.include({ headers: { authorization: 'Bearer two' } })
  })

  it('trusts no server blindly unless it says so', async () => {
    write({ 'insecure-skip-tls-verify': 'yes' }, { token: 't' })
    expect(await material(fromPlainFile(file(), undefined))).to.include({ isInsecure: false })
    write({ 'insecure-skip-tls-verify': true }, { token: 't' })
    expect(await material(fromPlainFile(file(), undefined))).to.include({ isInsecure: true })
  })

  for (const [what, cluster, user] of [
    ['an exec plugin', {}, { exec: { command: 'aws' } }],
    ['an auth provider', {}, { 'auth-provider': { name: 'oidc' } }],
    ['impersonation', {}, { token: 't', as: 'admin' }],
    ['a password', {}, { username: 'u', password: 'p' }],
    ['a proxy', { 'proxy-url': 'http://proxy' }, { token: 't' }],
  ] as const)
    it(`is left to client-node when it holds ${what}`, () => {
      write(cluster, user)
      expect(fromPlainFile(file(), undefined)).to.equal(null)
    })

  it('says what is missing in it', () => {
    write({}, {})
    expect(() => fromPlainFile(file(), 'other')).to.throw(NoCluster, 'no context "other" in')
    writeFileSync(file(), 'contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x')
    expect(() => fromPlainFile(file(), undefined)).to.throw(NoCluster, 'names a cluster or a user that is not there')
    writeFileSync(file(), '{')
    expect(() => fromPlainFile(file(), undefined)).to.throw(NoCluster, 'cannot use')
  })

  it('is not needed in a pod', async () => {
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' }
    expect(isInPod(env, dir)).to.equal(false)
    writeFileSync(join(dir, 'token'), 'mine')
    writeFileSync(join(dir, 'ca.crt'), 'CA')
    expect(isInPod({}, dir)).to.equal(false)
    expect(isInPod(env, dir)).to.equal(true)
    const found = fromPod(env, dir)
    expect(found.server).to.equal('https://[fd00::1]:6443')
    expect(await material(found)).to.deep.include({ ca: 'CA', headers: { authorization: 'Bearer mine' } })
  })
})
