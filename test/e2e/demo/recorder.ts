import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Json } from '../../../src/api/json.ts'
import { text } from '../../../src/api/json.ts'
import { newAuthority } from '../harness/certificates.ts'
import type { ControlPlane } from '../harness/control-plane.ts'

export type Verdict = 'allow' | 'deny'

/** A webhook that keeps what the API server sends it. */
export interface Recorder {
  /** The bytes of the reviews that arrived while `work` ran; each was answered with `verdict`. */
  readonly during: (verdict: Verdict, work: () => Promise<unknown>) => Promise<readonly Buffer[]>
  readonly stop: () => Promise<void>
}

/** Stands where obstat would: asked about every request of these users, and of nobody else. */
export async function startRecorder(plane: ControlPlane, usernames: readonly string[]): Promise<Recorder> {
  const authority = await newAuthority('recorder')
  const { certificate, key } = await authority.issueServer(['localhost'], ['127.0.0.1'])
  let verdict: Verdict = 'allow'
  let taken: Buffer[] = []
  const server = createServer({ cert: certificate, key }, (request, response) => {
    void buffer(request).then((body) => {
      taken.push(body)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(answer(body, verdict)))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await register(plane, `https://127.0.0.1:${port}/agents`, authority.certificate, usernames)
  return {
    during: async (next, work) => {
      verdict = next
      taken = []
      await work()
      return taken
    },
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function answer(body: Buffer, verdict: Verdict): object {
  const uid = text(JSON.parse(body.toString('utf8')) as Json, 'request', 'uid')
  const status = { code: 403, reason: 'Forbidden', message: 'recorded' }
  const response = verdict === 'allow' ? { uid, allowed: true } : { uid, allowed: false, status }
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }
}

/** The same entry that obstat makes for agents. */
async function register(plane: ControlPlane, url: string, ca: string, usernames: readonly string[]): Promise<void> {
  const expression = `request.userInfo.username in ${JSON.stringify(usernames)}`
  const rules = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'], scope: '*' }]
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'recorder' },
    webhooks: [
      {
        name: 'agents.obstat.dev',
        clientConfig: { url, caBundle: Buffer.from(ca).toString('base64') },
        rules,
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        sideEffects: 'NoneOnDryRun',
        timeoutSeconds: 5,
        admissionReviewVersions: ['v1'],
        matchConditions: [{ name: 'agents', expression }],
      },
    ],
  }
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
  const made = await plane.call(path, { method: 'POST', body: configuration })
  if (made.status !== 201) throw new Error(`the recorder's webhook: ${made.status} ${made.text}`)
}
