import { X509Certificate } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect } from 'chai'
import { review } from '../../../src/admission/review.ts'
import { guardReview } from '../../../src/admission/guard-review.ts'
import type { Reviewer } from '../../../src/admission/review.ts'
import { harmless } from '../../../src/policy/harmless/index.ts'
import { rules } from '../../../src/policy/rules/index.ts'
import { startCluster } from '../../../src/reconcile/start.ts'
import type { RunningCluster } from '../../../src/reconcile/start.ts'
import { createApp } from '../../../src/server/app.ts'
import { serveHttps } from '../../../src/server/https.ts'
import type { HttpsServer } from '../../../src/server/https.ts'
import { startBalancer } from '../harness/balancer.ts'
import type { ControlPlane } from '../harness/control-plane.ts'
import { obstat } from '../harness/obstat.ts'
import { freePort } from '../harness/ports.ts'
import { until } from '../harness/wait.ts'
import { record, seconds } from './outcomes.ts'
import { setStage } from './stage.ts'
import type { Stage } from './stage.ts'
import { tally } from './traffic.ts'
import type { Traffic } from './traffic.ts'

/** Renewed after 2 s, by an authority that is renewed after 6 s. */
const lifetimes = { authorityMs: 9000, serverMs: 3000, overlapMs: 1000 }

interface Replica {
  readonly cluster: RunningCluster
  readonly server: HttpsServer
}

/** One replica with these lifetimes; the command line has no flag for them, since nobody should. */
async function startReplica(kubeconfig: string, url: string, identity: string): Promise<Replica> {
  const namespace = 'obstat-system'
  const cluster = await startCluster({ kubeconfig, namespace, url, identity, lifetimes, log: () => undefined })
  const clock = { now: () => new Date(), monotonicMs: () => performance.now() }
  const ports = { ...cluster.ports, clock, audit: { record: () => undefined, recordGuarded: () => undefined } }
  const fault = (_: string, cause: unknown): void => void process.stderr.write(`${String(cause)}\n`)
  const reviewer: Reviewer = { ports, catalogue: { rules, harmless }, ownNamespace: namespace, fault }
  const app = createApp({
    agents: (uid, body, signal) => review(uid, body, reviewer, signal),
    guard: (uid, body, signal) => guardReview(uid, body, reviewer, signal),
    fault,
  })
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    // Every review is to meet the certificate of its moment.
    response.setHeader('connection', 'close')
    app(request, response)
  }
  const server = await serveHttps(listener, { host: '127.0.0.1', port: 0 }, cluster.tls.current())
  cluster.tls.onChange((pair) => {
    server.setCertificate(pair)
  })
  return { cluster, server }
}

describe('the certificate of two replicas under load', () => {
  let stage: Stage
  let traffic: Traffic
  let replicas: readonly Replica[] = []

  async function serve(plane: ControlPlane): Promise<() => Promise<void>> {
    const port = await freePort()
    const url = `https://127.0.0.1:${port}`
    const installed = await obstat(plane, ['install', '--url', url])
    expect(installed.code, installed.stderr).to.equal(0)
    const kubeconfig = await plane.serviceAccountKubeconfig('obstat-system', 'obstat')
    replicas = [await startReplica(kubeconfig, url, 'first'), await startReplica(kubeconfig, url, 'second')]
    const balancer = await startBalancer(() => replicas.map(({ server }) => server.address.port), port)
    return async () => {
      await balancer.stop()
      for (const { server } of replicas) await server.drain({ lameDuckMs: 0, takesNew: false, graceMs: 1000 })
      for (const { cluster } of replicas) await cluster.stop()
    }
  }

  before(async function () {
    this.timeout(180_000)
    stage = await setStage({ serve })
    traffic = stage.traffic()
  })

  after(async () => {
    await traffic.stop()
    await stage.stop()
  })

  it('is renewed again and again, and its authority too, and no call fails', async function () {
    const serials = new Set<string>()
    const authorities = new Set<string>()
    await until('the agent to be at work', () => traffic.allowed.calls.some(({ end }) => end === 'done'))
    const from = performance.now()
    await until(
      'four authorities',
      () => {
        for (const { cluster } of replicas) {
          const certificate = new X509Certificate(cluster.tls.current().certificate)
          serials.add(certificate.serialNumber)
          authorities.add(certificate.issuer)
        }
        return authorities.size >= 4
      },
      { timeoutMs: 60_000 },
    )
    const tookMs = performance.now() - from
    expect(tally(traffic.allowed.since(from))).to.have.all.keys('done')
    expect(tally(traffic.forbidden.since(from))).to.not.have.any.keys('done', 'no answer from the webhook')
    for (const loop of [traffic.person, traffic.guarded]) expect(tally(loop.since(from))).to.have.all.keys('done')
    await stage.expectNothingLost()
    const calls = traffic.allowed.since(from).length + traffic.forbidden.since(from).length
    record(this, {
      fault: 'the certificate and its authority are renewed',
      agents: `none of ${calls} calls fails`,
      people: 'no write fails',
      controllers: 'are never asked about',
      wrongAllows: 0,
      lasted: `${serials.size - 1} certificates and ${authorities.size - 1} authorities in ${seconds(tookMs)}; nothing to see`,
    })
  })
})
