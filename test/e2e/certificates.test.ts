import { expect } from 'chai'
import { X509Certificate } from 'node:crypto'
import { connect } from '../../src/cluster/client.ts'
import type { Client } from '../../src/cluster/client.ts'
import { list, text } from '../../src/api/json.ts'
import { startCluster } from '../../src/reconcile/start.ts'
import type { RunningCluster } from '../../src/reconcile/start.ts'
import { serveHttps } from '../../src/server/https.ts'
import type { HttpsServer } from '../../src/server/https.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { freePort } from './harness/ports.ts'
import { until } from './harness/wait.ts'

const SECRET = '/api/v1/namespaces/obstat-system/secrets/obstat-tls'
const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/obstat'

/** Renewed after 2 s, by an authority that is renewed after 6 s: three authorities in a quarter of a minute. */
const lifetimes = { authorityMs: 9000, serverMs: 3000, overlapMs: 1000 }

describe('the certificate', () => {
  let plane: ControlPlane
  let client: Client
  let agent: Client
  let cluster: RunningCluster
  let server: HttpsServer

  before(async () => {
    plane = await startControlPlane({ controllers: false, nodesFake: false })
    const applied = await plane.kubectl(['apply', '-f', 'manifests/crds'])
    expect(applied.code, applied.stderr).to.equal(0)
    client = connect({ kubeconfig: plane.adminKubeconfig })
    await client.create('/api/v1/namespaces', { metadata: { name: 'obstat-system' } })
    const port = await freePort()
    cluster = await startCluster({
      kubeconfig: plane.adminKubeconfig,
      namespace: 'obstat-system',
      url: `https://127.0.0.1:${port}`,
      identity: 'only',
      lifetimes,
      log: () => undefined,
    })
    server = await serveHttps(
      (request, response) => {
        const pieces: Buffer[] = []
        request.on('data', (piece: Buffer) => pieces.push(piece))
        request.on('end', () => {
          const review = JSON.parse(Buffer.concat(pieces).toString('utf8')) as { request: { uid: string } }
          // Every review is to meet the certificate of its moment.
          response.setHeader('connection', 'close')
          response.setHeader('content-type', 'application/json')
          const answer = { uid: review.request.uid, allowed: true }
          response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }))
        })
      },
      { host: '127.0.0.1', port },
      cluster.tls.current(),
    )
    cluster.tls.onChange((pair) => {
      server.setCertificate(pair)
    })
    await client.create('/apis/obstat.dev/v1alpha1/governedagents', {
      apiVersion: 'obstat.dev/v1alpha1',
      kind: 'GovernedAgent',
      metadata: { name: 'bot' },
      spec: { subjects: [{ kind: 'User', name: 'bot' }], trustPhase: 'Shadow' },
    })
    agent = connect({ kubeconfig: await plane.userKubeconfig('bot', ['system:masters']) })
    await until('readiness', () => cluster.ready().length === 0)
  })

  after(async () => {
    await server.drain({ lameDuckMs: 0, takesNew: false, graceMs: 1000 })
    await cluster.stop()
    agent.close()
    client.close()
    await plane.stop()
  })

  it('is renewed, and its authority too, without one call that the API server cannot make', async () => {
    const serving = new Set<string>()
    const authorities = new Set<string>()
    const look = (): void => {
      const certificate = new X509Certificate(cluster.tls.current().certificate)
      serving.add(certificate.serialNumber)
      authorities.add(certificate.issuer)
    }
    const failures: string[] = []
    let calls = 0
    const patch = async (): Promise<void> => {
      calls++
      try {
        await agent.patch('/api/v1/namespaces/default', { metadata: { annotations: { calls: String(calls) } } })
      } catch (cause) {
        failures.push(String(cause))
      }
    }
    await until(
      'three authorities',
      async () => {
        look()
        await patch()
        return authorities.size >= 3
      },
      { timeoutMs: 25_000, everyMs: 20 },
    )
    expect(failures).to.deep.equal([])
    expect(serving.size).to.be.greaterThan(4)
    expect(calls).to.be.greaterThan(50)
  })

  it('is made anew when somebody deletes or spoils the Secret', async () => {
    await client.delete(SECRET)
    const made = await until('the Secret', () => client.get(SECRET), { timeoutMs: 2000 })
    expect(text(made, 'type')).to.equal('kubernetes.io/tls')
    await client.patch(SECRET, { data: { 'tls.key': Buffer.from('no key').toString('base64') } })
    await until('a good key', async () => text(await client.get(SECRET), 'data', 'tls.key').length > 100, {
      timeoutMs: 2000,
    })
    const trusted = async (): Promise<boolean> =>
      text(list(await client.get(WEBHOOKS), 'webhooks')[0], 'clientConfig', 'caBundle') ===
      text(await client.get(SECRET), 'data', 'ca.crt')
    await until('the API server to trust it', trusted, { timeoutMs: 2000 })
    await agent.patch('/api/v1/namespaces/default', { metadata: { annotations: { calls: 'again' } } })
  })
})
