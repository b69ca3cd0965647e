import type { Json } from '../../api/json.ts'
import { isObject } from '../../api/json.ts'
import type { ContainerChange } from './containers.ts'
import { codeVariables } from './code-environment.ts'
import { isSame } from './equal.ts'
import { given } from './walk.ts'

/** Fields of core/v1 Container that say what runs, and how they are called in messages. */
const FIELDS = [
  ['command', 'command'],
  ['args', 'arguments'],
  ['workingDir', 'working directory'],
] as const
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const

/**
 * What a container would run that it did not, in words: command, arguments, working directory, hooks, exec probes, and
 * variables by which it loads code. A new
 * container's image runs by its own; what is put before it counts.
 */
export function codeChanges({ from, to }: ContainerChange): readonly string[] {
  const before = from?.spec ?? null
  return [
    ...FIELDS.filter(([key]) => !isSame(plain(given(before, key)), plain(given(to.spec, key)))).map(([, word]) => word),
    ...(isSame(plain(given(before, 'lifecycle')), plain(given(to.spec, 'lifecycle'))) ? [] : ['lifecycle hooks']),
    ...codeVariables(before, to.spec),
    ...PROBES.filter((probe) => runsOther(given(before, probe), given(to.spec, probe))).map((probe) => `exec ${probe}`),
  ]
}

const runsOther = (before: Json | undefined, after: Json | undefined): boolean => {
  const exec = given(after, 'exec')
  return exec !== undefined && !isSame(given(before, 'exec'), exec)
}

/** An empty list, an empty object, an empty text and nothing at all are the same to the kubelet here. */
function plain(value: Json | undefined): Json {
  if (value === undefined || value === '') return null
  if (Array.isArray(value) && value.length === 0) return null
  return isObject(value) && Object.keys(value).length === 0 ? null : value
}
