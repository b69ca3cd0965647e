import type { Json } from '../api/json.ts'
import { entries, field, isObject } from '../api/json.ts'
import type { ApprovalRequest } from '../api/objects.ts'
import { canonical, sha256Hex } from '../signing/canonical.ts'
import { intentSha256 } from '../signing/act.ts'
import { formatDuration } from './duration.ts'
import { cut, printable } from './printable.ts'
import type { Standing } from '../policy/approvals/standing.ts'

type Act = ApprovalRequest['spec']['acts'][number]
type Change = Act['change'][number]

/** Longest value and most changes of one act that the card shows; the rest is counted, and `-o yaml` shows all. */
const MAX_VALUE = 400
const MAX_CHANGES = 40

/**
 * What a person reads before signing: the acts themselves, since they are what is signed, then what obstat found and
 * what the agent says. Text from outside is escaped.
 */
export function card(request: ApprovalRequest, standing: Standing, now: Date): string {
  const { spec } = request
  const { review } = spec
  return [
    `${request.metadata.name}   ${review.class}   ${standing.state}`,
    `  ${printable(review.summary)}`,
    '',
    row('agent', spec.agent),
    row('asked by', [review.requester.username, podOf(review.requester.pod)].filter((part) => part !== '').join(', ')),
    ...spec.acts.flatMap((act, index) => actLines(act, spec.acts.length > 1 ? `act ${index + 1}` : 'act')),
    ...(spec.acts.length > 1 ? [row('order', spec.ordered ? 'one after the other' : 'any')] : []),
    ...review.findings.map(({ rule, raises, what }) => row('found', `${what} [${rule}: ${raises}]`)),
    ...claimLines(review.claims),
    ...entries(review.impact).map(([key, value]) => row(`impact ${key}`, inline(value))),
    row('needs', needs(standing)),
    row('signed', standing.signed.length === 0 ? 'nobody yet' : standing.signed.join(', ')),
    row('expires', expiry(spec.expiresAt, now)),
    row('review', `sha256 ${sha256Hex(canonical(review))}`),
    ...brokenDigests(request).map(
      (act) => `  WARNING: the digest of act ${act + 1} is not that of the act; do not sign`,
    ),
    '',
  ].join('\n')
}

/** Indexes of the acts whose digest is not that of the act: somebody or something altered the request. */
export const brokenDigests = ({ spec }: ApprovalRequest): readonly number[] =>
  spec.acts.flatMap(({ intentSha256: digest, ...act }, index) => (intentSha256(act) === digest ? [] : [index]))

const row = (name: string, value: string): string => `  ${printable(name).padEnd(10)}  ${cut(printable(value), 2000)}`

const podOf = (pod: string | undefined): string => (pod === undefined ? '' : `pod ${pod}`)

/** `UPDATE deployments.apps/scale "cart" in shop`. */
export function actTitle(act: Act): string {
  const resource = act.group === '' ? act.resource : `${act.resource}.${act.group}`
  const name = act.name === '' ? `${act.generateName ?? ''}*` : act.name
  const where = act.namespace === '' ? 'cluster-scoped' : `in namespace ${act.namespace}`
  return printable(
    `${act.operation} ${resource}${act.subresource === '' ? '' : `/${act.subresource}`} "${name}" ${where}`,
  )
}

function actLines(act: Act, label: string): readonly string[] {
  const options = Object.keys(act.options).length === 0 ? [] : [row('', `with ${inline(act.options)}`)]
  const hidden = act.change.length - MAX_CHANGES
  return [
    row(label, actTitle(act)),
    ...(act.uid === '' ? [] : [row('', `uid ${act.uid}`)]),
    ...options,
    ...act.change.slice(0, MAX_CHANGES).map((change) => row('', changeLine(change))),
    ...(hidden > 0 ? [row('', `and ${hidden} changes more: obstat show -o yaml`)] : []),
    row('', `sha256 ${act.intentSha256}`),
  ]
}

function changeLine(change: Change): string {
  const path = change.path === '' ? 'the object' : change.path
  if (change.from === undefined) return `+ ${path}: ${inline(change.to)}`
  if (change.to === undefined) return `- ${path}: ${inline(change.from)}`
  return `~ ${path}: ${inline(change.from)} -> ${inline(change.to)}`
}

/** A value in one line; a marker says what it stands for. */
function inline(value: Json | undefined): string {
  const hash = field(value, 'obstat.dev/sha256')
  const bytes = field(value, 'obstat.dev/bytes')
  if (typeof hash === 'string')
    return `(not shown${typeof bytes === 'number' ? `, ${bytes} bytes` : ''}, sha256 ${hash.slice(0, 12)}…)`
  if (value === undefined) return '(none)'
  return cut(canonical(value), MAX_VALUE)
}

const claimLines = (claims: Json): readonly string[] =>
  isObject(claims) ? entries(claims).map(([key, value]) => row(`says ${key}`, `${inline(value)} (not proved)`)) : []

function needs({ count, missingRoles, signed }: Standing): string {
  const people = count === 1 ? '1 person' : `${count} people`
  const rest = missingRoles.length === 0 ? '' : `, still of role ${missingRoles.join(', ')}`
  return `${people}, ${Math.min(signed.length, count)} signed${rest}`
}

function expiry(expiresAt: string, now: Date): string {
  const ms = Date.parse(expiresAt) - now.getTime()
  return ms > 0 ? `in ${formatDuration(ms)} (${expiresAt})` : `${formatDuration(-ms)} ago (${expiresAt})`
}
