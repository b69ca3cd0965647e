import type { Granted } from './granted.ts'
import type { WayRound } from './ways-round.ts'
import { resourcesIn, verbsIn } from './ways-round.ts'

/**
 * kubectl commands that close a way: a rule that only these agents have loses what opens the way; from a role that
 * Kubernetes keeps, that others have too or that grants by wildcard, they are unbound. Each tests before it changes:
 * what has changed since fails. The last rule of a role first, so that the numbers of the others hold.
 */
export function commandsToClose(way: WayRound, granted: readonly Granted[]): readonly string[] {
  const narrowed = granted.flatMap((rule) => narrow(way, rule) ?? [])
  const unbound = granted.filter((rule) => narrow(way, rule) === null).map(unbind)
  return [...new Set([...narrowed.sort((a, b) => b.index - a.index).map(({ command }) => command), ...unbound])]
}

interface Narrowing {
  readonly index: number
  readonly command: string
}

function narrow(way: WayRound, rule: Granted): Narrowing | null {
  const { role, ruleIndex, isKept, isOnlyTheirs } = rule.grant
  if (ruleIndex === null || isKept || !isOnlyTheirs) return null
  const resources = resourcesIn(way, rule)
  const verbs = verbsIn(way, rule)
  if ([...resources, ...verbs].some((one) => one.includes('*'))) return null
  const at = `/rules/${ruleIndex}`
  const without = (part: 'verbs' | 'resources', gone: readonly string[]): readonly object[] => {
    const rest = rule[part].filter((one) => !gone.includes(one))
    return [
      { op: 'test', path: `${at}/${part}`, value: rule[part] },
      rest.length === 0 ? { op: 'remove', path: at } : { op: 'replace', path: `${at}/${part}`, value: rest },
    ]
  }
  // What else the rule grants stays: its other resources, or, when it has none, its other verbs on these.
  const isWhole = resources.length === rule.resources.length
  const patch = isWhole ? without('verbs', verbs) : without('resources', resources)
  return { index: ruleIndex, command: patchCommand(role.kind, role.namespace, role.name, patch) }
}

/** Takes one subject out of a binding, or the binding away when it has no other. */
export function unbind({ grant }: Pick<Granted, 'grant'>): string {
  const { binding, subjectIndex, subjectName, isOnlySubject } = grant
  if (isOnlySubject)
    return `kubectl delete ${binding.kind.toLowerCase()} ${quoted(binding.name)}${inNamespace(binding.namespace)}`
  const at = `/subjects/${subjectIndex}`
  return patchCommand(binding.kind, binding.namespace, binding.name, [
    { op: 'test', path: `${at}/name`, value: subjectName },
    { op: 'remove', path: at },
  ])
}

const patchCommand = (kind: string, namespace: string, name: string, patch: readonly object[]): string =>
  `kubectl patch ${kind.toLowerCase()} ${quoted(name)}${inNamespace(namespace)} --type=json -p ${quoted(JSON.stringify(patch))}`

const inNamespace = (namespace: string): string => (namespace === '' ? '' : ` -n ${namespace}`)

/** One word as a shell reads it, whoever chose it. */
export const quoted = (word: string): string =>
  /^[\w.:@/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
