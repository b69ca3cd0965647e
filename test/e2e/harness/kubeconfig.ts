import { writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import type { Credential } from './certificates.ts'

export interface Cluster {
  /** URL of the API server. */
  readonly server: string
  /** PEM of the authority that issued its certificate. */
  readonly authority: string
}

/** How a client proves who it is: by a client certificate or by a bearer token. */
export type Identity = Credential | { readonly token: string }

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Writes a kubeconfig with one cluster, user and context, everything inside the file, readable by its owner alone. */
export function writeKubeconfig(file: string, cluster: Cluster, user: string, identity: Identity): void {
  const proof =
    'token' in identity
      ? { token: identity.token }
      : { 'client-certificate-data': base64(identity.certificate), 'client-key-data': base64(identity.key) }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'test', cluster: { server: cluster.server, 'certificate-authority-data': base64(cluster.authority) } },
    ],
    users: [{ name: user, user: proof }],
    contexts: [{ name: 'test', context: { cluster: 'test', user } }],
    'current-context': 'test',
  }
  writeFileSync(file, stringify(config), { mode: 0o600 })
}
