import type { Json } from '../../api/json.ts'
import { isArray, isObject, list, text } from '../../api/json.ts'
import { quantity, textOf } from './quantity.ts'
import type { PodSpec } from './pod-specs.ts'
import { annotationsOf, podSpecs } from './pod-specs.ts'
import type { Node } from './walk.ts'
import { given, nodesOf, pathOf } from './walk.ts'

// What gives a pod more than its own box. The lists follow the Pod Security Standards (kubernetes.io, "Pod Security
// Standards", level baseline, v1.36; k8s.io/pod-security-admission policy/check_*.go).

/** Capabilities that a container may add (check_capabilities_baseline.go). */
const CAPABILITIES = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])
/** What `kubectl debug` adds to an ephemeral container by itself (profile general): it traces its own pod only. */
const DEBUG_CAPABILITY = 'SYS_PTRACE'
/** SELinux types of ordinary containers (check_seLinuxOptions.go). */
const SELINUX_TYPES = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'])
/** Namespaced sysctls that reach nobody else (check_sysctls.go). */
const SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
])
/** Annotations that were fields before they were fields, and still are to some runtimes. */
const PROFILE_ANNOTATION =
  /^(container\.apparmor\.security\.beta\.kubernetes\.io\/|container\.seccomp\.security\.alpha\.kubernetes\.io\/|seccomp\.security\.alpha\.kubernetes\.io\/)/
const SYSCTL_ANNOTATION = /^security\.alpha\.kubernetes\.io\/(unsafe-)?sysctls$/

/**
 * Annotations that container runtimes take orders from: devices, hooks, a hypervisor (docs of CRI-O, crun and Kata).
 */
const RUNTIME_ANNOTATION =
  /^(io\.kubernetes\.cri-o\.|io\.katacontainers\.config\.|run\.oci\.|io\.containerd\.|cdi\.k8s\.io\/)/
/** Multus, Network Plumbing Working Group: a second network, past the policies of the first. */
const NETWORK_ANNOTATION = /^(k8s\.v1\.cni\.cncf\.io\/networks|v1\.multus-cni\.io\/default-network)$/

type Detector = (node: Node) => readonly string[]

const isTrue = (value: Json): boolean => value === true || value === 'true'
const when = (is: boolean, what: string): readonly string[] => (is ? [what] : [])
const flag =
  (what: string): Detector =>
  ({ value }) =>
    when(isTrue(value), what)
const profile =
  (what: string): Detector =>
  ({ value }) =>
    when(text(value, 'type') === 'Unconfined', `${what} Unconfined`)
const SENT_BY_KUBELET = new Set(['livenessProbe', 'readinessProbe', 'startupProbe', 'postStart', 'preStop'])
/** A probe or hook is sent by the kubelet from the node's own network (check_hostProbesAndHostLifecycle.go). */
const fromNode: Detector = ({ value, up }) => {
  const host = text(value, 'host')
  return when(host !== '' && SENT_BY_KUBELET.has(up?.key ?? ''), `probe or hook to host ${host}`)
}

const DETECTORS: ReadonlyMap<string, Detector> = new Map<string, Detector>([
  ['hostNetwork', flag('hostNetwork')],
  ['hostPID', flag('hostPID')],
  ['hostIPC', flag('hostIPC')],
  ['privileged', flag('privileged')],
  ['hostProcess', flag('Windows hostProcess')],
  ['hostPort', ({ value }) => when((quantity(value)?.numerator ?? 0n) !== 0n, `hostPort ${textOf(value)}`)],
  ['hostPath', ({ value }) => pathToken('hostPath', value)],
  ['gitRepo', ({ value }) => when(isObject(value), `gitRepo ${text(value, 'repository')}, cloned by the kubelet`)],
  ['capabilities', capabilities],
  [
    'procMount',
    ({ value }) => when(typeof value === 'string' && value !== '' && value !== 'Default', 'unmasked /proc'),
  ],
  ['seccompProfile', profile('seccomp')],
  ['appArmorProfile', profile('AppArmor')],
  ['seLinuxOptions', seLinux],
  ['sysctls', sysctls],
  ['httpGet', fromNode],
  ['tcpSocket', fromNode],
  ['serviceAccountToken', ({ value }) => audience(value)],
  ['podCertificate', ({ value }) => when(isObject(value), `a certificate of signer ${text(value, 'signerName')}`)],
])

function pathToken(what: string, value: Json): readonly string[] {
  const path = typeof value === 'string' ? value : text(value, 'path')
  return when(path !== '' || isObject(value), `${what} ${path}`)
}

function capabilities(node: Node): readonly string[] {
  const isDebug = node.up?.up?.up?.key === 'ephemeralContainers'
  return list(node.value, 'add')
    .flatMap((name) => (typeof name === 'string' ? [name.toUpperCase().replace(/^CAP_/, '')] : []))
    .filter((name) => !CAPABILITIES.has(name) && !(isDebug && name === DEBUG_CAPABILITY))
    .map((name) => `capability ${name}`)
}

function seLinux({ value }: Node): readonly string[] {
  const [type, user, role] = [text(value, 'type'), text(value, 'user'), text(value, 'role')]
  return when(!SELINUX_TYPES.has(type) || user !== '' || role !== '', `SELinux ${[user, role, type].join(':')}`)
}

function sysctls({ value }: Node): readonly string[] {
  return (isArray(value) ? value : [])
    .map((one) => text(one, 'name'))
    .filter((name) => name !== '' && !SYSCTLS.has(name))
    .map((name) => `sysctl ${name}`)
}

function audience(value: Json): readonly string[] {
  const named = text(value, 'audience')
  return when(named !== '', `a token for audience ${named}`)
}

/**
 * Each shape in the object by where it stands: key is place and shape, value the shape in words. With `other`, as for
 * nodesOf: without those that both sides share.
 */
export function hostShapes(object: Json, other: Json = null): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const node of nodesOf(object, other))
    for (const what of DETECTORS.get(node.key)?.(node) ?? []) found.set(`${pathOf(node)} ${what}`, what)
  for (const pod of podSpecs(object, other))
    for (const [key, what] of podShapes(pod)) found.set(`${pod.path} ${key}`, what)
  return found
}

/**
 * What only means something in a pod spec: its node, its annotations, and which container reaches a path of the host.
 */
function podShapes(pod: PodSpec): readonly (readonly [string, string])[] {
  const node = text(pod.spec, 'nodeName')
  const hostVolumes = new Set(
    list(pod.spec, 'volumes').flatMap((volume) =>
      given(volume, 'hostPath') === undefined ? [] : [text(volume, 'name')],
    ),
  )
  return [
    ...(node === '' ? [] : [[`node ${node}`, `nodeName ${node}, past the scheduler`] as const]),
    ...annotationsOf(pod).flatMap(([key, value]) => annotationShape(key, typeof value === 'string' ? value : '')),
    ...mounts(pod.spec, hostVolumes),
  ]
}

function annotationShape(key: string, value: string): readonly (readonly [string, string])[] {
  if (PROFILE_ANNOTATION.test(key) && value === 'unconfined')
    return [[`${key} unconfined`, `unconfined by annotation ${key}`]]
  if (RUNTIME_ANNOTATION.test(key) || NETWORK_ANNOTATION.test(key))
    return [[`${key} ${value}`, `what annotation ${key} has the node do`]]
  return SYSCTL_ANNOTATION.test(key) && value !== '' ? [[`${key} ${value}`, `sysctls by annotation ${key}`]] : []
}

const mounts = (spec: Json, hostVolumes: ReadonlySet<string>): readonly (readonly [string, string])[] =>
  ['initContainers', 'containers', 'ephemeralContainers'].flatMap((key) =>
    list(spec, key).flatMap((container) =>
      list(container, 'volumeMounts')
        .filter((mount) => hostVolumes.has(text(mount, 'name')))
        .map((mount) => {
          const access = given(mount, 'readOnly') === true ? 'reads' : 'writes'
          const place = `${text(mount, 'mountPath')} ${text(mount, 'subPath')} ${text(mount, 'subPathExpr')}`
          const id = `${text(container, 'name')} ${access} ${text(mount, 'name')} ${place}`
          return [id, `container ${text(container, 'name')} ${access} the host's files`] as const
        }),
    ),
  )
