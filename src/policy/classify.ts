import type { Class } from './class.ts'
import { isWorse, worse } from './class.ts'
import type { Facts, FactsSoFar } from './facts.ts'
import { forgetLatest, remember } from './objects/remember.ts'
import type { Read } from './read.ts'
import type { Request } from './request.ts'
import type { Claim, Finding, Found, Harmless, Rule } from './rule.ts'
import { covers } from './rule.ts'
import { field } from '../api/json.ts'

export interface Catalogue {
  readonly rules: readonly Rule[]
  readonly harmless: readonly Harmless[]
}

export interface Classification {
  readonly class: Class
  /** What raised the class above its verb's, worst first, then in order of rule id. */
  readonly findings: readonly Finding[]
  /** The entry of the harmless list that lowered the verb's class, or ''. */
  readonly harmless: string
  /** What the agent can do instead: of the worst finding, or ''. */
  readonly remedy: string
  /** What must be claimed before the request may go through, since a harmless entry's proof holds for one at a time. */
  readonly claim: Claim | null
}

/** The entries of a catalogue whose matches cover requests of one operation and resource. */
interface Covering {
  readonly harmless: readonly Harmless[]
  readonly rules: readonly Rule[]
  /** Of both, those that want live reads. */
  readonly readers: readonly (Rule | Harmless)[]
}

/** Far more than a cluster has; names of resources come from requests. */
const MAX_KNOWN = 10_000

const coveringOf = remember<Catalogue, Map<string, Covering>>(() => new Map())

/**
 * What matches reads of a request is its operation and resource, so the same entries cover every request with these.
 */
function covering(request: Request, catalogue: Catalogue): Covering {
  const known = coveringOf(catalogue)
  const key = `${request.operation}\n${request.group}\n${request.resource}\n${request.subresource}`
  const found = known.get(key)
  if (found !== undefined) return found
  const harmless = catalogue.harmless.filter(({ matches }) => covers(matches, request))
  const rules = catalogue.rules.filter(({ matches }) => covers(matches, request))
  const made = { harmless, rules, readers: [...harmless, ...rules].filter(({ needs }) => needs !== undefined) }
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(key, made)
  return made
}

/**
 * The class of one request: its verb's, lowered by the one closed list of harmless acts, raised by every rule that
 * finds something.
 */
export function classify(request: Request, facts: Facts, catalogue: Catalogue): Classification {
  const { harmless, rules } = covering(request, catalogue)
  const lowered = loweredBy(harmless, request, facts)
  const hits: Hit[] = []
  for (const rule of rules) {
    const hit = rule.find(request, facts)
    if (hit !== null) hits.push({ rule, finding: { rule: rule.id, raises: hit.raises ?? rule.raises, what: hit.what } })
  }
  const sorted = hits.sort(
    (a, b) =>
      Number(isWorse(b.finding.raises, a.finding.raises)) - Number(isWorse(a.finding.raises, b.finding.raises)) ||
      (a.rule.id < b.rule.id ? -1 : 1),
  )
  forgetLatest()
  const verb = classOfVerb(request)
  const base = lowered !== null && isWorse(verb, lowered.lowersTo) ? lowered.lowersTo : verb
  return {
    class: sorted.reduce<Class>((sum, hit) => worse(sum, hit.finding.raises), base),
    findings: sorted.map((hit) => hit.finding),
    harmless: lowered?.id ?? '',
    remedy: sorted[0]?.rule.remedy ?? '',
    claim: lowered?.proof.claim ?? null,
  }
}

type Proved = Harmless & { readonly proof: Found }

interface Hit {
  readonly rule: Rule
  readonly finding: Finding
}

/** The entry that proves the act to be the least, the first of them. */
function loweredBy(harmless: readonly Harmless[], request: Request, facts: Facts): Proved | null {
  let best: Proved | null = null
  for (const entry of harmless) {
    const proof = entry.proves(request, facts)
    if (proof !== null && (best === null || isWorse(best.lowersTo, entry.lowersTo))) best = { ...entry, proof }
  }
  return best
}

/** What is known of an act from its verb alone: the floor for every resource that nobody has heard of. */
export function classOfVerb(request: Request): Class {
  switch (request.operation) {
    case 'CREATE':
    case 'UPDATE':
      return 'Change'
    case 'DELETE':
      return 'Destructive'
    case 'CONNECT':
      // A command without stdin and terminal is whole in the act, so a person can judge it. What flows through any
      // other connection is not.
      return isPlainCommand(request) ? 'Destructive' : 'Escalation'
  }
}

const isPlainCommand = (request: Request): boolean =>
  request.group === '' &&
  request.resource === 'pods' &&
  (request.subresource === 'exec' || request.subresource === 'attach') &&
  field(request.object, 'stdin') !== true &&
  field(request.object, 'tty') !== true

/** The live reads that this request calls for, given what has been read so far. */
export function needs(request: Request, facts: FactsSoFar, catalogue: Catalogue): readonly Read[] {
  const reads = covering(request, catalogue).readers.flatMap((entry) => entry.needs?.(request, facts) ?? [])
  forgetLatest()
  return reads
}
