import { join } from 'node:path'
import { pathOf } from './programs.ts'
import type { Program } from './programs.ts'
import { plainEnvironment } from './family.ts'
import type { Command } from './family.ts'

/** Where one control plane keeps its files, and the ports it listens on; every port is of 127.0.0.1. */
export interface Site {
  readonly dir: string
  readonly ports: {
    readonly apiserver: number
    readonly etcd: number
    readonly etcdPeer: number
    readonly kwok: number
  }
}

/** Credentials under `<dir>/pki`, as `<name>.crt` and `<name>.key`. */
export const pki = (site: Site, file: string): string => join(site.dir, 'pki', file)

/** The kubeconfig of a component or person: `<dir>/<name>.kubeconfig`. */
export const kubeconfigOf = (site: Site, name: string): string => join(site.dir, `${name}.kubeconfig`)

export const auditLog = (site: Site): string => join(site.dir, 'audit.log')
export const auditPolicy = (site: Site): string => join(site.dir, 'audit-policy.yaml')

/** The log of a component: `<dir>/<name>.log`. */
export const logOf = (site: Site, name: string): string => join(site.dir, `${name}.log`)

const command = (site: Site, name: Program, args: readonly string[]): Command => ({
  name,
  program: pathOf(name),
  args,
  log: logOf(site, name),
  env: plainEnvironment(site.dir),
})

const loopback = (port: number, scheme = 'http'): string => `${scheme}://127.0.0.1:${String(port)}`

export const serverUrl = (site: Site): string => loopback(site.ports.apiserver, 'https')

/** No fsync: what etcd holds is thrown away with the folder. */
export const etcd = (site: Site): Command =>
  command(site, 'etcd', [
    '--name=test',
    `--data-dir=${join(site.dir, 'etcd')}`,
    `--listen-client-urls=${loopback(site.ports.etcd)}`,
    `--advertise-client-urls=${loopback(site.ports.etcd)}`,
    `--listen-peer-urls=${loopback(site.ports.etcdPeer)}`,
    `--initial-advertise-peer-urls=${loopback(site.ports.etcdPeer)}`,
    `--initial-cluster=test=${loopback(site.ports.etcdPeer)}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ])

/**
 * Without an endpoint reconciler the Service `kubernetes` has no endpoints, so nothing depends on an address of this
 * machine; the advertised one is for documentation only (RFC 5737).
 */
export const apiserver = (site: Site, more: readonly string[] = []): Command =>
  command(site, 'kube-apiserver', [
    '--bind-address=127.0.0.1',
    '--advertise-address=192.0.2.1',
    `--secure-port=${String(site.ports.apiserver)}`,
    `--etcd-servers=${loopback(site.ports.etcd)}`,
    '--endpoint-reconciler-type=none',
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    '--service-cluster-ip-range=10.0.0.0/24',
    `--client-ca-file=${pki(site, 'ca.crt')}`,
    `--tls-cert-file=${pki(site, 'apiserver.crt')}`,
    `--tls-private-key-file=${pki(site, 'apiserver.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-signing-key-file=${pki(site, 'service-accounts.key')}`,
    `--service-account-key-file=${pki(site, 'service-accounts.pub')}`,
    `--requestheader-client-ca-file=${pki(site, 'front-proxy-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki(site, 'front-proxy-client.crt')}`,
    `--proxy-client-key-file=${pki(site, 'front-proxy-client.key')}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--audit-policy-file=${auditPolicy(site)}`,
    `--audit-log-path=${auditLog(site)}`,
    '--audit-log-maxsize=0',
    '--profiling=false',
    ...more,
  ])

/** More workers and calls than the defaults: deleting Namespaces is dear, and tests delete many. */
export const controllerManager = (site: Site): Command =>
  command(site, 'kube-controller-manager', [
    `--kubeconfig=${kubeconfigOf(site, 'kube-controller-manager')}`,
    '--use-service-account-credentials',
    '--concurrent-namespace-syncs=30',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    '--leader-elect=false',
    '--secure-port=0',
    `--root-ca-file=${pki(site, 'ca.crt')}`,
    `--cluster-signing-cert-file=${pki(site, 'ca.crt')}`,
    `--cluster-signing-key-file=${pki(site, 'ca.key')}`,
    `--service-account-private-key-file=${pki(site, 'service-accounts.key')}`,
  ])

export const scheduler = (site: Site): Command =>
  command(site, 'kube-scheduler', [
    `--kubeconfig=${kubeconfigOf(site, 'kube-scheduler')}`,
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    '--leader-elect=false',
    '--secure-port=0',
  ])

/**
 * Fake nodes answer at kwok's own port of 127.0.0.1, and fake pods get addresses of the range for benchmarks (RFC
 * 2544), which nothing routes. Leases are kept, or the node lifecycle controller would evict everything after 50 s.
 */
export const kwok = (site: Site): Command =>
  command(site, 'kwok', [
    `--kubeconfig=${kubeconfigOf(site, 'kwok')}`,
    `--config=${pathOf('kwok-stages.yaml')}`,
    '--manage-all-nodes=true',
    '--cidr=198.18.0.1/16',
    '--node-ip=127.0.0.1',
    `--node-port=${String(site.ports.kwok)}`,
    `--server-address=127.0.0.1:${String(site.ports.kwok)}`,
    '--node-lease-duration-seconds=40',
  ])
