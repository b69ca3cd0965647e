import { field, list, text } from '../../../src/api/json.ts'
import { OWN_NAMESPACE } from '../world.ts'
import type { Act } from './act.ts'
import { holdsAgents, isNamedAccount, isProtected, ownsIt } from './act.ts'
import type { Scalar } from './flat.ts'
import { amount } from './flat.ts'
import { coreKinds } from './core-kinds.ts'
import { operators } from './operators.ts'
import type { Row } from './questions.ts'
import {
  BUILT_IN,
  counts,
  gains,
  holdsPods,
  is,
  isNew,
  isOpaque,
  isReal,
  isText,
  isUpdate,
  isWrite,
  loses,
  touches,
} from './questions.ts'
import type { Class } from './verdict.ts'

/** What an act is at least, and for which reason. */
export interface Floor {
  readonly class: Class
  readonly why: string
}

/** Ephemeral containers stand in pods alone: the API server takes no template with one. */
const inContainer = (rest: string): RegExp =>
  new RegExp(`(^spec>ephemeralContainers|(^|>)spec>(containers|initContainers))>[^>]+>${rest}`)
const RUNS = inContainer('(command|args)>')
const CONTEXT = inContainer('securityContext>')
const LOOSE = inContainer('securityContext>(runAsUser|runAsNonRoot)$')
/** Another command of a container that is there, or of one that may be there under another name. */
const runsOther = (act: Act): boolean => {
  const isNewOne = act.changes.some(({ path, from }) => IMAGE.test(path) && from === undefined)
  return act.changes.some(
    ({ path }) => RUNS.test(path) && (isNewOne || act.is.has(path.replace(/(command|args)>.*/, 'image'))),
  )
}
/** Of a container that is there; a new one may say what its pod gives, and no more. */
const changesContext = (act: Act): boolean =>
  act.changes.some(({ path }) => CONTEXT.test(path) && act.was.has(path.replace(/securityContext>.*/, 'image'))) ||
  gains(act, LOOSE, (to) => to === 0 || to === false)
const HOOKS = inContainer('(lifecycle>|(liveness|readiness|startup)Probe>exec>)')
const PRIVILEGED = inContainer('securityContext>privileged$')
const IMAGE = inContainer('image$')
const LIMIT = inContainer('resources>limits>(cpu|memory)$')
const FROM_SECRET_OR_CLAIM =
  /(^|>)spec>(volumes>[^>]+>(secret>secretName|persistentVolumeClaim>claimName|projected>sources>[^>]+>secret>)|(init)?[cC]ontainers>[^>]+>(env>[^>]+>valueFrom>secretKeyRef>name|envFrom>[^>]+>secretRef>name))/

const tampering: readonly Row[] = [
  ['Tampering', 'obstat objects', (act) => is('obstat.dev')(act) && act.resource !== 'investigations' && counts(act)],
  [
    'Tampering',
    'obstat namespace',
    (act) =>
      act.namespace === OWN_NAMESPACE && !/^(events|localsubjectaccessreviews)$/.test(act.resource) && counts(act),
  ],
  [
    'Tampering',
    'obstat namespace itself',
    (act) => is('', 'namespaces')(act) && act.name === OWN_NAMESPACE && counts(act),
  ],
  [
    'Tampering',
    'labels and annotations of obstat',
    (act) =>
      isWrite(act) &&
      act.sub !== 'eviction' &&
      act.sub !== 'scale' &&
      touches(act, /^(.*>)?metadata>(labels|annotations)>([^>/]+\.)?obstat\.dev\/(?!approval$)/) &&
      !isOpaqueData(act),
  ],
  ['Tampering', 'webhooks and policies', (act) => is('admissionregistration.k8s.io')(act) && counts(act)],
  ['Tampering', 'API services', (act) => is('apiregistration.k8s.io')(act) && counts(act)],
  ['Tampering', 'flow control', (act) => is('flowcontrol.apiserver.k8s.io')(act) && counts(act)],
  [
    'Tampering',
    'conversion',
    (act) =>
      isCrd(act) &&
      isWrite(act) &&
      (gains(act, /^spec>conversion>webhook/) ||
        (isUpdate(act) &&
          (gains(act, /^spec>conversion>strategy$/, (to) => to !== '' && to !== 'None') ||
            touches(act, /^spec>conversion>webhook/)))),
  ],
  [
    'Tampering',
    'finalize',
    (act) => is('', 'namespaces')(act) && act.sub === 'finalize' && isWrite(act) && counts(act),
  ],
  [
    'Tampering',
    'account of an agent',
    (act) =>
      is('', 'serviceaccounts')(act) &&
      act.operation === 'DELETE' &&
      (isNamedAccount(act.world, act.namespace, act.name) || holdsAgents(act.world, act.namespace)),
  ],
]

function isCrd(act: Act): boolean {
  return is('apiextensions.k8s.io', 'customresourcedefinitions')(act)
}
/** Only what stands in the data of a ConfigMap or Secret changed. */
function isOpaqueData(act: Act): boolean {
  return isOpaque(act) && !touches(act, /^metadata>/)
}

const escalation: readonly Row[] = [
  [
    'Escalation',
    'token of another, or unbound',
    (act) =>
      act.sub === 'token' &&
      act.operation === 'CREATE' &&
      (act.username !== `system:serviceaccount:${act.namespace}:${act.name}` ||
        act.ownPod === '' ||
        act.is.get('spec>boundObjectRef>kind') !== 'Pod' ||
        act.is.get('spec>boundObjectRef>name') !== act.ownPod),
  ],
  [
    'Escalation',
    'token Secret',
    (act) =>
      is('', 'secrets')(act) &&
      isWrite(act) &&
      counts(act) &&
      act.is.get('type') === 'kubernetes.io/service-account-token',
  ],
  ['Escalation', 'RBAC', (act) => is('rbac.authorization.k8s.io')(act) && counts(act)],
  ['Escalation', 'another account', setsAccount],
  ['Escalation', 'runs as an agent', runsAsAgent],
  [
    'Escalation',
    'hostPath',
    (act) => isWrite(act) && !isOpaque(act) && gains(act, /(^|>)spec>volumes>[^>]+>hostPath>path$/),
  ],
  ['Escalation', 'privileged', (act) => isWrite(act) && !isOpaque(act) && gains(act, PRIVILEGED, (to) => to === true)],
  [
    'Escalation',
    'external IPs',
    (act) =>
      is('', 'services')(act) && isWrite(act) && gains(act, /^spec>externalIPs>/, isNew(act, /^spec>externalIPs>/)),
  ],
  [
    'Escalation',
    'load balancer',
    (act) => is('', 'services')(act) && act.sub === 'status' && gains(act, /^status>loadBalancer>ingress>/),
  ],
  [
    'Escalation',
    'open connection',
    (act) =>
      act.operation === 'CONNECT' &&
      (/^(portforward|proxy)$/.test(act.sub) ||
        (/^(exec|attach)$/.test(act.sub) && (act.is.get('stdin') === true || act.is.get('tty') === true))),
  ],
  [
    'Escalation',
    'certificate request',
    (act) => is('certificates.k8s.io', 'certificatesigningrequests')(act) && isWrite(act) && counts(act),
  ],
  [
    'Escalation',
    'binding',
    (act) =>
      act.operation === 'CREATE' &&
      is('', 'pods', 'bindings')(act) &&
      (act.sub === 'binding' || act.resource === 'bindings'),
  ],
]

const ACCOUNT = /^(?!metadata>|status>)(.*>)(serviceAccountName|serviceAccount)$/

/** Of the kinds that everybody knows, only pod specs have accounts. */
const isAccountHere = (act: Act, path: string): boolean => {
  const pod = path.replace(ACCOUNT, '$1containers>')
  return !BUILT_IN.test(act.group) || [...act.is.keys()].some((at) => at.startsWith(pod))
}

/** The asker's own ServiceAccount; '' for who is none. */
const ownAccount = (act: Act): string => /^system:serviceaccount:[^:]+:([^:]+)$/.exec(act.username)?.[1] ?? ''

/**
 * A run of the agent by itself, at home: it has no rights there that it had not, and the kill switch and its budget
 * hold for it. No agent can label it as an investigation, since that label is obstat's.
 */
const isOwnJob = (act: Act): boolean =>
  act.operation === 'CREATE' && is('batch', 'jobs')(act) && act.home !== '' && act.namespace === act.home

function setsAccount(act: Act): boolean {
  if (!isWrite(act) || act.sub !== '' || (BUILT_IN.test(act.group) && !holdsPods(act))) return false
  if (
    act.resource === 'jobs' &&
    list(act.object, 'metadata', 'ownerReferences').some((one) => text(one, 'kind') === 'CronJob')
  )
    return false
  const isUnknown = isNew(act, ACCOUNT)
  return act.changes.some(
    ({ path, to }) =>
      ACCOUNT.test(path) &&
      !(isOwnJob(act) && to === ownAccount(act)) &&
      isAccountHere(act, path) &&
      typeof to === 'string' &&
      /^[a-z]/.test(to) &&
      to !== 'default' &&
      isUnknown(to),
  )
}

/** A new pod, or what makes pods, under an account that is an agent. Without a name it is `default`. */
function runsAsAgent(act: Act): boolean {
  if (act.operation !== 'CREATE' || !holdsPods(act)) return false
  const pod = [...act.is.keys()].find((path) => /(^|>)spec>containers>/.test(path))?.replace(/containers>.*$/, '')
  if (pod === undefined) return false
  const given = act.is.get(`${pod}serviceAccountName`) ?? act.is.get(`${pod}serviceAccount`)
  const account = given === undefined || given === '' ? 'default' : String(given)
  return !(isOwnJob(act) && account === ownAccount(act)) && isNamedAccount(act.world, act.namespace, account)
}

const destructive: readonly Row[] = [
  ['Destructive', 'delete', (act) => act.operation === 'DELETE' && !mayBeLess(act)],
  ['Destructive', 'eviction', (act) => act.operation === 'CREATE' && act.sub === 'eviction' && !podMayGo(act)],
  ['Destructive', 'scale down', scalesDown],
  ['Destructive', 'autoscaler cuts', autoscalerCuts],
  [
    'Destructive',
    'job stops',
    (act) =>
      is('batch', 'jobs')(act) &&
      isUpdate(act) &&
      (gains(act, /^spec>suspend$/, (to) => to === true) ||
        gains(act, /^spec>parallelism$/, (to, from) => to === 0 && from !== 0)),
  ],
  [
    'Destructive',
    'daemon set narrowed',
    (act) => is('apps', 'daemonsets')(act) && isUpdate(act) && gains(act, /^spec>template>spec>nodeSelector>/),
  ],
  ['Destructive', 'what runs', (act) => isUpdate(act) && holdsPods(act) && (runsOther(act) || changesContext(act))],
  ['Destructive', 'hooks and probes', (act) => isUpdate(act) && holdsPods(act) && gains(act, HOOKS)],
  [
    'Destructive',
    'pod security context',
    // Beside a template it is no field: the API server drops it.
    (act) =>
      isUpdate(act) &&
      holdsPods(act) &&
      touches(act, is('', 'pods')(act) ? /^spec>securityContext>/ : />template>spec>securityContext>/),
  ],
  ['Destructive', 'Secret or claim', (act) => isWrite(act) && holdsPods(act) && gains(act, FROM_SECRET_OR_CLAIM)],
  [
    'Destructive',
    'host namespaces',
    (act) => isWrite(act) && holdsPods(act) && gains(act, /(^|>)spec>host(Network|PID|IPC)$/, (to) => to === true),
  ],
  [
    'Destructive',
    'ephemeral container',
    (act) => act.sub === 'ephemeralcontainers' && gains(act, /^spec>ephemeralContainers>/),
  ],
  ['Destructive', 'image', changesImage],
  [
    'Destructive',
    'limit in a protected namespace',
    (act) =>
      isUpdate(act) &&
      holdsPods(act) &&
      isProtected(act.world, act.namespace) &&
      gains(act, LIMIT, (to, from) => from !== undefined && amount(to) < amount(from)),
  ],
  [
    'Destructive',
    'cordon',
    (act) =>
      is('', 'nodes')(act) &&
      isWrite(act) &&
      isUpdate(act) &&
      act.sub === '' &&
      gains(act, /^spec>unschedulable$/, (to) => to === true),
  ],
  ['Destructive', 'taint', (act) => is('', 'nodes')(act) && isUpdate(act) && act.sub === '' && hasNewTaint(act)],
  [
    'Destructive',
    'finalizers',
    (act) => isUpdate(act) && !ownsIt(act) && !hasOwnFinalizers(act) && isOtherSet(act, /^metadata>finalizers>\d+$/),
  ],
  [
    'Destructive',
    'owner references',
    (act) => isUpdate(act) && act.sub !== 'scale' && isOtherSet(act, /^metadata>ownerReferences>\d+>(uid|name|kind)/),
  ],
  [
    'Destructive',
    'claims deleted',
    (act) =>
      is('apps', 'statefulsets')(act) &&
      isUpdate(act) &&
      gains(act, /^spec>persistentVolumeClaimRetentionPolicy>/, (to) => to === 'Delete'),
  ],
  [
    'Destructive',
    'volume reclaimed',
    (act) =>
      is('', 'persistentvolumes')(act) &&
      isUpdate(act) &&
      gains(
        act,
        /^spec>persistentVolumeReclaimPolicy$/,
        (to, from) => /^(Delete|Recycle)$/.test(String(to)) && from === 'Retain',
      ),
  ],
  [
    'Destructive',
    'no history',
    (act) =>
      is('apps', 'deployments', 'statefulsets', 'daemonsets')(act) &&
      isUpdate(act) &&
      gains(act, /^spec>revisionHistoryLimit$/, (to, from) => to === 0 && from !== 0),
  ],
  [
    'Destructive',
    'Lease of another',
    (act) =>
      is('coordination.k8s.io', 'leases')(act) &&
      isUpdate(act) &&
      act.namespace !== act.home &&
      touches(act, /^spec>(holderIdentity|renewTime|leaseDurationSeconds)$/),
  ],
  ['Destructive', 'connection', (act) => act.operation === 'CONNECT'],
  ['Destructive', 'status that destroys', writesStatus],
  [
    'Destructive',
    'selector moved',
    // Without one it is that of its template.
    (act) => is('', 'replicationcontrollers')(act) && isUpdate(act) && gains(act, /^spec>selector>[^>]+$/),
  ],
  [
    'Destructive',
    'ordinals',
    (act) =>
      is('apps', 'statefulsets')(act) &&
      isUpdate(act) &&
      isOtherSet(act, /^spec>ordinals>start$/) &&
      (gains(act, /^spec>ordinals>start$/, (to) => to !== 0) || act.was.get('spec>ordinals>start') !== undefined),
  ],
  [
    'Destructive',
    'budget gone',
    (act) =>
      is('policy', 'poddisruptionbudgets')(act) &&
      isUpdate(act) &&
      gains(act, /^spec>minAvailable$/, (to, from) => (to === 0 || to === '0%') && from !== undefined),
  ],
  [
    'Destructive',
    'traffic off',
    (act) =>
      isUpdate(act) &&
      ((is('', 'services')(act) && gains(act, /^metadata>labels>service\.kubernetes\.io\/service-proxy-name$/)) ||
        (is('discovery.k8s.io', 'endpointslices')(act) &&
          touches(act, /^metadata>labels>kubernetes\.io\/service-name$/))),
  ],
]

/** Deletes that DESIGN names as better than Destructive: only these may be. */
function mayBeLess(act: Act): boolean {
  const isHome = act.home !== '' && act.namespace === act.home
  const isOrphaning = text(act.options, 'propagationPolicy') === 'Orphan'
  if (ownsIt(act)) return true
  if (act.isCollection || isOrphaning || act.sub !== '') return false
  if (is('', 'pods')(act)) return podMayGo(act)
  if (!isHome) return false
  if (is('batch', 'jobs')(act))
    return [...act.was].some(
      ([path, value]) => /^status>conditions>\d+>type$/.test(path) && /^(Complete|Failed)$/.test(String(value)),
    )
  if (is('', 'secrets')(act)) return !/token/.test(String(act.was.get('type') ?? ''))
  return is('', 'configmaps')(act) || is('coordination.k8s.io', 'leases')(act)
}

/** A pod that has ended, or that a controller replaces. Where obstat cannot read it, it must not go. */
function podMayGo(act: Act): boolean {
  const pod = act.world.live.find(
    ({ resource, object }) =>
      resource === 'pods' &&
      text(object, 'metadata', 'name') === act.name &&
      text(object, 'metadata', 'namespace') === act.namespace,
  )?.object
  if (pod === undefined) return false
  // It has ended, or is going already: the API server asks twice about a delete without grace.
  if (/^(Succeeded|Failed)$/.test(text(pod, 'status', 'phase'))) return true
  if (text(pod, 'metadata', 'deletionTimestamp') !== '') return true
  const options = act.sub === 'eviction' ? (field(act.object, 'deleteOptions') ?? null) : act.options
  if (field(options, 'gracePeriodSeconds') === 0 && text(pod, 'spec', 'nodeName') !== '') return false
  const owner = list(pod, 'metadata', 'ownerReferences').find((one) => field(one, 'controller') === true)
  return act.world.live.some(
    ({ object }) =>
      text(object, 'metadata', 'uid') === text(owner, 'uid') && Number(field(object, 'spec', 'replicas') ?? 1) > 1,
  )
}

const isDrastic = (from: number, to: number): boolean =>
  to < from && (to === 0 || to * 2 < from || (from >= 2 && to < 2))
/** Of what is no number nothing can be said: the API server takes no such count. */
const numberAt = (value: Scalar | undefined, otherwise: number): number =>
  value === undefined ? otherwise : typeof value === 'number' ? value : NaN

function scalesDown(act: Act): boolean {
  if (!isUpdate(act)) return false
  const isScale = act.sub === 'scale'
  if (!isScale && act.sub !== '') return false
  const isKnown = holdsPods(act) && !/^(jobs|cronjobs|daemonsets|podtemplates)$/.test(act.resource)
  if (!isScale && !isKnown && (BUILT_IN.test(act.group) || typeof act.is.get('spec>replicas') !== 'number'))
    return false
  const absent = isScale ? 0 : 1
  return isDrastic(numberAt(act.was.get('spec>replicas'), absent), numberAt(act.is.get('spec>replicas'), absent))
}

function autoscalerCuts(act: Act): boolean {
  if (!is('autoscaling', 'horizontalpodautoscalers')(act) || !isUpdate(act) || act.sub !== '') return false
  const now = numberAt(act.was.get('status>currentReplicas'), 0)
  return gains(act, /^spec>maxReplicas$/, (to) => typeof to === 'number' && isDrastic(now, to))
}

function repositoryOf(image: string): string {
  const [name = ''] = image.split('@')
  return name.replace(/:[^:/]*$/, '')
}

function changesImage(act: Act): boolean {
  if (!isWrite(act) || !holdsPods(act)) return false
  const isAllowed = allowed(act)
  if (gains(act, IMAGE, (to) => isText(to) && !isAllowed(String(to)))) return true
  if (!isUpdate(act)) return false
  const runs = new Set([...act.was].flatMap(([at, value]) => (IMAGE.test(at) ? [repositoryOf(String(value))] : [])))
  return isProtected(act.world, act.namespace)
    ? gains(act, IMAGE, isText)
    : gains(act, IMAGE, (to, from) => isText(to) && from !== undefined && !runs.has(repositoryOf(String(to))))
}

function allowed(act: Act): (image: string) => boolean {
  const repositories = list(act.world.policy, 'images', 'allowedRepositories')
  if (repositories.length === 0) return () => true
  return (image) =>
    repositories.some((one) => `${repositoryOf(image)}/`.startsWith(`${typeof one === 'string' ? one : ''}/`))
}

const valuesAt = (flat: Act['was'], path: RegExp): ReadonlySet<string> =>
  new Set([...flat].flatMap(([at, value]) => (path.test(at) ? [`${at.replace(/>\d+(>|$)/, '>*$1')}=${value}`] : [])))

/** The same values in another order are the same set. */
const isOtherSet = (act: Act, path: RegExp): boolean => {
  const [before, after] = [valuesAt(act.was, path), valuesAt(act.is, path)]
  return before.size !== after.size || [...before].some((one) => !after.has(one))
}

const hasOwnFinalizers = (act: Act): boolean =>
  act.agents.some(({ owns }) => owns.some(({ finalizers }) => finalizers.length > 0))

function hasNewTaint(act: Act): boolean {
  const old = new Set(list(act.old, 'spec', 'taints').map((taint) => `${text(taint, 'key')} ${text(taint, 'effect')}`))
  return list(act.object, 'spec', 'taints').some((taint) => !old.has(`${text(taint, 'key')} ${text(taint, 'effect')}`))
}

function writesStatus(act: Act): boolean {
  if (act.sub !== 'status' || !isUpdate(act)) return false
  if (is('batch', 'jobs')(act) || is('', 'nodes')(act)) return gains(act, /^status>conditions>\d+>(type|status)$/)
  if (is('batch', 'cronjobs')(act)) return touches(act, /^status>lastScheduleTime$/)
  return is('policy', 'poddisruptionbudgets')(act) && touches(act, /^status>disruptionsAllowed$/)
}

/** Whatever is new or differs is not Observe, but for what says of itself that it has no lasting effect. */
const change: readonly Row[] = [
  [
    'Routine',
    'a write',
    (act) =>
      isUpdate(act) &&
      act.changes.some(isReal) &&
      !is('coordination.k8s.io', 'leases')(act) &&
      !/^events$/.test(act.resource),
  ],
  [
    'Change',
    'a create',
    (act) => act.operation === 'CREATE' && act.sub === '' && !/^(events|leases)$|reviews$/.test(act.resource),
  ],
  // Routine and Change share every verdict; Observe would be another.
  [
    'Routine',
    'what others manage',
    (act) =>
      isUpdate(act) && !/^(events|leases)$/.test(act.resource) && loses(act, /^metadata>managedFields>\d+>manager$/),
  ],
  [
    'Change',
    'last applied',
    (act) =>
      isUpdate(act) &&
      act.sub !== 'scale' &&
      touches(act, /^metadata>annotations>kubectl\.kubernetes\.io\/last-applied/),
  ],
]

const rows = [...tampering, ...escalation, ...destructive, ...operators, ...coreKinds, ...change]

const hasSpec = (flat: Act['is']): boolean => [...flat.keys()].some((path) => path.startsWith('spec>'))

/**
 * A map that became a scalar, or the reverse, or no spec any more: of a kind that it knows, the API server takes no
 * such object.
 */
const isMistyped = (act: Act): boolean =>
  BUILT_IN.test(act.group) &&
  ((isUpdate(act) && act.sub !== 'scale' && hasSpec(act.was) && !hasSpec(act.is)) ||
    act.changes.some(({ path, from, to }) => {
      const other = from === undefined ? act.was : to === undefined ? act.is : null
      return other !== null && [...other.keys()].some((at) => at.startsWith(`${path}>`))
    }))

/** Everything that makes this act at least so bad; [] is no opinion. */
export const floorsOf = (act: Act): readonly Floor[] =>
  isMistyped(act) ? [] : rows.filter(([, , holds]) => holds(act)).map(([one, why]) => ({ class: one, why }))
