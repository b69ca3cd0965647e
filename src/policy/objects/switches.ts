import type { Json } from '../../api/json.ts'
import { quantity } from './quantity.ts'
import type { Turn } from './turns.ts'
import { stepsOf, wordsOf } from './turns.ts'

/** Words for destroying, as they stand in field names and values of custom resources. */
const DESTROY: ReadonlySet<string> = new Set([
  'cascade',
  'cleanup',
  'decommission',
  'delete',
  'deletes',
  'deleting',
  'deletion',
  'destroy',
  'destruction',
  'drain',
  'drop',
  'erase',
  'evict',
  'eviction',
  'prune',
  'pruning',
  'purge',
  'recreate',
  'recycle',
  'remove',
  'removal',
  'truncate',
  'uninstall',
  'wipe',
  'zap',
])
/** Words that turn such a name round: `deletionProtection`, `skipPrune`, `keepHistory`. */
const SPARE: ReadonlySet<string> = new Set([
  'block',
  'deny',
  'disable',
  'disabled',
  'disallow',
  'dont',
  'forbid',
  'keep',
  'never',
  'no',
  'not',
  'orphan',
  'prevent',
  'protect',
  'protected',
  'protection',
  'retain',
  'skip',
  'without',
])
/** Names that destroy by themselves, their words joined. */
const DESTROY_NAMES: ReadonlySet<string> = new Set([
  'allowdataloss',
  'allowempty',
  'force',
  'forcereplace',
  'forceupdate',
  'forceupgrade',
  'replace',
  'skipfinalsnapshot',
  'skipfinalbackup',
])
/** Values of a policy that keep what they are about. */
const KEEP_VALUES: ReadonlySet<string> = new Set(['retain', 'orphan', 'keep', 'never', 'abandon', 'snapshot'])

/**
 * Words with which a switch begins that keeps something as long as it is on: `keepHistory`,
 * `preserveFilesystemOnDelete`.
 */
const KEEPS: ReadonlySet<string> = new Set(['enforce', 'keep', 'preserve', 'protect', 'require', 'retain', 'reuse'])

/** Keys whose values are text, or a match for somebody else's request, and no policy of the object. */
const FREE_TEXT: ReadonlySet<string> = new Set([
  'alert',
  'args',
  'command',
  'container',
  'description',
  'effect',
  'expr',
  'expression',
  'host',
  'hosts',
  'hostname',
  'image',
  'key',
  'keys',
  'kind',
  'label',
  'level',
  'match',
  'message',
  'method',
  'methods',
  'name',
  'namespace',
  'operation',
  'operations',
  'path',
  'pattern',
  'query',
  'reason',
  'regex',
  'script',
  'subject',
  'summary',
  'tag',
  'title',
  'topic',
  'url',
  'values',
  'verb',
  'verbs',
])

/** true, and the texts that templating and annotations write for it. */
export const isOn = (value: Json | undefined): boolean =>
  value === true || (typeof value === 'string' && /^(true|t|yes|y|on|enabled|1)$/i.test(value))

const isOff = (value: Json | undefined): boolean =>
  value === false || (typeof value === 'string' && /^(false|f|no|n|off|disabled|0)$/i.test(value))

/** What templates take for false, and kinds for a switch that nobody set. */
const isNoMore = (value: Json | undefined): boolean =>
  value === undefined || value === null || value === 0 || value === ''

/** One word and no sentence: what a policy field holds. */
const isToken = (value: Json | undefined): value is string =>
  typeof value === 'string' && value.length <= 80 && /^[A-Za-z][A-Za-z0-9_-]*$/.test(value)

/**
 * Does this turn make a controller destroy: a flag for it switched on, a protection switched off, a policy turned from
 * keeping to deleting?
 */
export function isDestructive(turn: Turn): boolean {
  const words = wordsOf(turn.key)
  const name = words.join('')
  if (name === 'managementpolicies' || name === 'managementpolicy') return isFullManagement(turn)
  if (isDiskGone(turn)) return true
  if (name === 'reusepvc') return isOff(turn.to) && !isOff(turn.from)
  return isFlagTurn(turn, words, name) || isPolicyTurn(turn, words) || isMadeEphemeral(turn) || isMadeStateless(turn)
}

// One of several disks, as of Strimzi's JBOD or MinIO's pools, goes out of use with what is on it.
const isDiskGone = ({ path, from, to }: Turn): boolean =>
  from !== undefined && to === undefined && /\/[a-z]*(storage|volumes?|disks?)(\/[a-z]+)?\/\d+\/size$/i.test(path)

// Flink's `upgradeMode: stateless` drops the state, too.
const isMadeStateless = ({ from, to }: Turn): boolean => to === 'stateless' && from !== undefined

// Strimzi's `storage.type`, Helm's `persistence.type`, a size of 0: what is written is gone with the pod.
const isMadeEphemeral = ({ path, from, to }: Turn): boolean =>
  /\/[a-z]*(storage|persistence|volume)/i.test(path) &&
  from !== undefined &&
  (isToken(to) ? /^(ephemeral|empty-?dir|memory)$/i.test(to) : isSomething(from) && isNothing(to))

const isSomething = (value: Json | undefined): boolean => (quantity(value)?.numerator ?? 0n) > 0n
const isNothing = (value: Json | undefined): boolean => quantity(value)?.numerator === 0n

function isFlagTurn(turn: Turn, words: readonly string[], name: string): boolean {
  const { from, to } = turn
  if (isKeptNoMore(turn, words) || isSentAway(turn, words)) return true
  const isProtecting = words.includes('protection')
  const isAbout = isProtecting || DESTROY_NAMES.has(name) || words.some((word) => DESTROY.has(word))
  if (!isAbout || isOn(from) === isOn(to)) return false
  const isSparing = isProtecting || (!DESTROY_NAMES.has(name) && words.some((word) => SPARE.has(word)))
  return isSparing ? isOn(from) : isOn(to)
}

const isKeptNoMore = ({ from, to }: Turn, [first = '']: readonly string[]): boolean =>
  KEEPS.has(first) && isOn(from) && !isOn(to)

// `podsToDelete`, `nodesToRemove`: each item that is put there goes.
const isSentAway = ({ from, to }: Turn, words: readonly string[]): boolean =>
  words.at(-2) === 'to' && DESTROY.has(words.at(-1) ?? '') && from === undefined && to !== undefined

// Crossplane: an absent list is ["*"], and that includes Delete.
const isFullManagement = ({ to }: Turn): boolean =>
  typeof to !== 'string' || to === '*' || wordsOf(to).some((word) => DESTROY.has(word) || word === 'default')

function isPolicyTurn({ key, from, to }: Turn, words: readonly string[]): boolean {
  if (FREE_TEXT.has(key)) return false
  const kept = isToken(from) && wordsOf(from).every((word) => KEEP_VALUES.has(word))
  if (kept && words.some((word) => /^(policy|policies|when|strategy|deletion|deleted|scaled)$/.test(word)))
    return !(isToken(to) && wordsOf(to).every((word) => KEEP_VALUES.has(word)))
  if (isToken(to)) return saysDestroy(wordsOf(to), words)
  // Argo CD's syncOptions: `Replace=true`, `Force=true`.
  return typeof to === 'string' && /^(Replace|Force|Delete)=true$/i.test(to)
}

// A name may hold such a word too: it counts where the field is a policy, or where the value begins with it.
const saysDestroy = (said: readonly string[], words: readonly string[]): boolean =>
  said.some((word) => DESTROY.has(word)) &&
  !said.some((word) => SPARE.has(word)) &&
  (DESTROY.has(said[0] ?? '') || words.some((word) => POLICY.test(word)))

const POLICY =
  /^(action|behavior|behaviour|confirm|confirmation|mode|option|options|policies|policy|state|strategy|type|when)$/

const HALT: ReadonlySet<string> = new Set([
  'cancel',
  'canceled',
  'cancelled',
  'fence',
  'fenced',
  'halt',
  'halted',
  'hibernate',
  'hibernated',
  'hibernation',
  'maintenance',
  'offline',
  'pause',
  'paused',
  'quiesce',
  'shutdown',
  'stop',
  'stopped',
  'suspend',
  'suspended',
  'terminate',
  'terminated',
])
/** Values of a state or a strategy that end or stop what runs. */
const HALT_VALUES: ReadonlySet<string> = new Set([
  ...HALT,
  'absent',
  'cancelledrunfinally',
  'deleted',
  'disable',
  'disabled',
  'hibernating',
  'hold',
  'holdanddrain',
  'inactive',
  'off',
  'pipelineruncancelled',
  'poweredoff',
  'stoppedrunfinally',
  'taskruncancelled',
])
/** Fields whose values say whether the thing runs at all. */
const STATE_KEY = /^(action|desiredstate|ensure|mode|power|powerstate|runstrategy|shutdown|state|status|stoppolicy)$/
const RUNS: ReadonlySet<string> = new Set(['active', 'enable', 'enabled', 'online', 'running'])

/** What, when switched off, loses data, capacity, protection or evidence, as it stands in a path. */
const VITAL: ReadonlySet<string> = new Set([
  'alerting',
  'audit',
  'auth',
  'authentication',
  'authorization',
  'backup',
  'backups',
  'encryption',
  'ha',
  'persistence',
  'pitr',
  'protection',
  'replication',
  'security',
  'snapshot',
  'snapshots',
  'storage',
  'tls',
  'mirroring',
  'mtls',
  'pdb',
])

/** Does this turn stop something that runs, or a protection it has? */
export function isHalting(turn: Turn): boolean {
  const { key, to, path } = turn
  const words = wordsOf(key)
  const name = words.join('')
  if (HALT.has(name) || (HALT.has(words[0] ?? '') && words.length <= 2)) return turnedOn(turn) && !isRolloutPause(path)
  if (isToken(to) && STATE_KEY.test(name) && HALT_VALUES.has(to.toLowerCase().replaceAll(/[-_]/g, ''))) return true
  return isDemoted(turn) || isUnderMaintenance(turn) || isMadePublic(turn, words) || isSwitchedOff(turn, words, name)
}

// `publiclyAccessible`, `publicNetworkAccess`; what blocks it says so, as `blockPublicAcls` does.
const isMadePublic = ({ from, to }: Turn, words: readonly string[]): boolean =>
  words.some((word) => word === 'public' || word === 'publicly') &&
  words.some((word) => PUBLIC.has(word)) &&
  (/^(block|ignore|restrict)$/.test(words[0] ?? '') ? isOff(to) && !isOff(from) : isOn(to) && !isOn(from))

const PUBLIC: ReadonlySet<string> = new Set(['access', 'accessible', 'acls', 'buckets', 'policy'])

// CloudNativePG takes its disruption budget away for as long as `nodeMaintenanceWindow.inProgress`.
const isUnderMaintenance = ({ path, from, to }: Turn): boolean =>
  /\/[a-z]*maintenance[a-z]*\/inProgress$/i.test(path) && isOn(to) && !isOn(from)

/** What a database gives up for speed, and loses at the next crash (PostgreSQL, Redis). */
const DURABLE: ReadonlySet<string> = new Set(['appendonly', 'archivemode', 'fsync', 'fullpagewrites'])
/**
 * Sections that, switched on, make of a database that serves one that only follows, or overwrite it (CloudNativePG,
 * Crunchy).
 */
const DEMOTES = /^\/spec\/(replica|standby|(.*\/)?restore)\/enabled$/

const isDemoted = ({ path, from, to }: Turn): boolean =>
  (DEMOTES.test(path) && isOn(to) && !isOn(from)) || (path === '/spec/replica/primary' && from !== to)

function isSwitchedOff({ from, to, path }: Turn, words: readonly string[], name: string): boolean {
  const isTurnedOff = isOff(to) && !isOff(from)
  if (DURABLE.has(name) || (name !== 'storage' && VITAL.has(name))) return isTurnedOff
  if (RUNS.has(name)) return (isTurnedOff && isVital(path)) || (isOn(from) && isNoMore(to) && isPartOfVital(path))
  if (/^disabled?$/.test(name)) return isOn(to) && !isOn(from) && isVital(path)
  // `enablePDB`, `tlsEnabled`: what it is about stands in the name itself.
  return isTurnedOff && words.some((word) => RUNS.has(word)) && words.some((word) => VITAL.has(word))
}

// At the top of the spec it is the thing itself; further down it depends on what.
const isVital = (path: string): boolean => stepsOf(path).length <= 2 || isPartOfVital(path)

const isPartOfVital = (path: string): boolean =>
  stepsOf(path)
    .slice(0, -1)
    .some((step) => wordsOf(step).some((word) => VITAL.has(word)))

/** `suspend: true`, `shutdown: Terminate`, `stopPolicy`: anything but off, absent and empty is on. */
const turnedOn = ({ from, to }: Turn): boolean => isSet(to) && !isSet(from)

const isSet = (value: Json | undefined): boolean =>
  isOn(value) || (isToken(value) && !isOff(value) && value.toLowerCase() !== 'none')

// Pausing a rollout half way, as Deployments do: nothing stops running.
const isRolloutPause = (path: string): boolean =>
  stepsOf(path)
    .slice(0, -1)
    .some((step) => wordsOf(step).some((word) => word === 'strategy' || word === 'rollout'))

/** Is this a step of a path that names a protection as a whole: `backup`, `tls`? Without it there is none. */
export const isProtection = (step: string): boolean => {
  const words = wordsOf(step)
  return words.length === 1 && VITAL.has(words[0] ?? '') && words[0] !== 'storage'
}
