import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newAuthority, rsaKeys } from './certificates.ts'
import type { Authority, Credential, Subject } from './certificates.ts'
import { auditPolicy, kubeconfigOf, pki, serverUrl } from './components.ts'
import type { Site } from './components.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import type { Cluster } from './kubeconfig.ts'
import { freePorts } from './ports.ts'

/** A control plane that has every file it needs and does not run yet. */
export interface Furnished {
  readonly site: Site
  readonly cluster: Cluster
  /** Issues further credentials. */
  readonly authority: Authority
  readonly admin: Credential
}

/** Who the programs and people of every control plane are, by name of their kubeconfig. */
const cast: readonly (readonly [file: string, subject: Subject])[] = [
  ['human', { user: 'alice', groups: ['platform'] }],
  ['kube-controller-manager', { user: 'system:kube-controller-manager' }],
  ['kube-scheduler', { user: 'system:kube-scheduler' }],
  ['kwok', { user: 'kwok', groups: ['system:masters'] }],
]

const write = (file: string, content: string): void => {
  writeFileSync(file, content, { mode: 0o600 })
}

async function writeKeys(site: Site): Promise<Authority> {
  mkdirSync(join(site.dir, 'pki'), { recursive: true, mode: 0o700 })
  const [authority, frontProxy, accounts] = await Promise.all([
    newAuthority('test'),
    newAuthority('front-proxy'),
    rsaKeys(),
  ])
  const keep = (name: string, credential: Credential): void => {
    write(pki(site, `${name}.crt`), credential.certificate)
    write(pki(site, `${name}.key`), credential.key)
  }
  keep('ca', authority)
  write(pki(site, 'front-proxy-ca.crt'), frontProxy.certificate)
  keep('front-proxy-client', await frontProxy.issueClient({ user: 'front-proxy-client' }))
  keep('apiserver', await authority.issueServer(['localhost', 'kubernetes.default.svc'], ['127.0.0.1', '10.0.0.1']))
  write(pki(site, 'service-accounts.key'), accounts.privateKey)
  write(pki(site, 'service-accounts.pub'), accounts.publicKey)
  return authority
}

/** Chooses free ports and writes keys, certificates, kubeconfigs and the audit policy into `dir`. */
export async function furnish(dir: string): Promise<Furnished> {
  const [apiserver = 0, etcd = 0, etcdPeer = 0, kwok = 0] = await freePorts(4)
  const site: Site = { dir, ports: { apiserver, etcd, etcdPeer, kwok } }
  const authority = await writeKeys(site)
  write(auditPolicy(site), 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: Metadata }]\n')
  const cluster: Cluster = { server: serverUrl(site), authority: authority.certificate }
  const admin = await authority.issueClient({ user: 'admin', groups: ['system:masters'] })
  writeKubeconfig(kubeconfigOf(site, 'admin'), cluster, 'admin', admin)
  for (const [file, subject] of cast)
    writeKubeconfig(kubeconfigOf(site, file), cluster, subject.user, await authority.issueClient(subject))
  return { site, cluster, authority, admin }
}
