import type { JsonObject } from '../../src/api/json.ts'
import { field, text } from '../../src/api/json.ts'
import type { Draft, DraftObject } from './draft.ts'
import { at, copy, isDraftObject, set } from './draft.ts'
import type { Random } from './random.ts'
import type { AgentSpec, Case, World } from './world.ts'

/** The same act, or one in a stricter world. */
export interface Variant {
  readonly name: string
  readonly make: (it: Case, random: Random) => Case | null
  /** The class is the same, but scope or dry run may make another verdict of it. */
  readonly isVerdictApart?: true
}

const requestOf = (it: Case): DraftObject => copy(it.request) as DraftObject
const respelt = (it: Case, request: DraftObject): Case => ({ ...it, request })

/** Every map with its keys in another order; lists as they are. */
function shuffled(value: Draft, random: Random): Draft {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, random))
  if (!isDraftObject(value)) return value
  const keys = Object.keys(value)
  for (let left = keys.length - 1; left > 0; left--) {
    const other = random.int(left + 1)
    ;[keys[left], keys[other]] = [keys[other] ?? '', keys[left] ?? '']
  }
  const made: DraftObject = {}
  for (const key of keys) set(made, key, shuffled(value[key] ?? null, random))
  return made
}

/** The objects of a request that are there: what both the writer and the API server spell. */
const objects = (request: DraftObject): readonly DraftObject[] =>
  ['object', 'oldObject'].map((key) => request[key]).filter(isDraftObject)

/** Keys that Go's encoder leaves out or writes as null, depending on the version that writes it. */
const NULLS: readonly (readonly string[])[] = [
  ['metadata', 'creationTimestamp'],
  ['metadata', 'labels'],
  ['metadata', 'annotations'],
  ['metadata', 'finalizers'],
  ['metadata', 'ownerReferences'],
  ['metadata', 'managedFields'],
  ['spec', 'template', 'metadata', 'creationTimestamp'],
]

function withNulls(request: DraftObject): DraftObject {
  for (const object of objects(request))
    for (const path of NULLS) {
      const parent = path
        .slice(0, -1)
        .reduce<Draft | undefined>((here, key) => (isDraftObject(here) ? here[key] : undefined), object)
      const key = path.at(-1) ?? ''
      if (isDraftObject(parent) && !Object.hasOwn(parent, key)) parent[key] = null
    }
  return request
}

/** Lists whose order means nothing to who runs a pod, the same way round on both sides. */
function reversedContainers(value: Draft): void {
  if (Array.isArray(value)) value.forEach(reversedContainers)
  else if (isDraftObject(value))
    for (const [key, item] of Object.entries(value)) {
      if ((key === 'containers' || key === 'volumes') && Array.isArray(item)) item.reverse()
      reversedContainers(item)
    }
}

/** Other spellings of one act: the class and the verdict stay. */
export const RESPELT: readonly Variant[] = [
  {
    name: 'keys in another order',
    make: (it: Case, random: Random): Case | null => respelt(it, shuffled(requestOf(it), random) as DraftObject),
  },
  { name: 'nulls for what is absent', make: (it: Case): Case | null => respelt(it, withNulls(requestOf(it))) },
  {
    name: 'as an apply patch',
    make: (it: Case): Case | null =>
      it.request['operation'] !== 'UPDATE'
        ? null
        : respelt(it, {
            ...requestOf(it),
            options: {
              kind: 'PatchOptions',
              apiVersion: 'meta.k8s.io/v1',
              force: true,
              fieldManager: 'bot',
              fieldValidation: 'Strict',
            },
          }),
  },
  {
    name: 'containers and volumes in another order',
    make: (it: Case): Case | null => {
      const request = requestOf(it)
      objects(request).forEach(reversedContainers)
      return respelt(it, request)
    },
  },
  {
    name: 'another version',
    make: (it: Case): Case | null => {
      const request = requestOf(it)
      for (const key of ['resource', 'requestResource', 'kind', 'requestKind']) set(at(request, key), 'version', 'v9')
      return request['resource'] === undefined || isAutoscaler(request) ? null : respelt(it, request)
    },
  },
  {
    name: 'more about the user',
    make: (it: Case): Case | null => {
      const request = requestOf(it)
      set(at(request, 'userInfo', 'extra'), 'scopes.example/x', ['obstat.dev', 'admin'])
      return respelt(it, request)
    },
  },
  {
    name: 'for real or as a dry run',
    make: (it: Case): Case | null => respelt(it, { ...requestOf(it), dryRun: it.request['dryRun'] !== true }),
    isVerdictApart: true,
  },
  { name: 'the object instead of its scale', make: withoutScale, isVerdictApart: true },
  { name: 'an eviction instead of a delete', make: asEviction, isVerdictApart: true },
]

/**
 * A count written through `/scale` is one written into the object. Not where that is being deleted: a Scale does not
 * say so, and obstat reads no object to learn it.
 */
function withoutScale(it: Case): Case | null {
  const request = requestOf(it)
  const { resource, name, namespace } = request
  const stored = it.world.live.find(
    (one) =>
      one.group === text(resource ?? null, 'group') &&
      one.resource === text(resource ?? null, 'resource') &&
      text(one.object, 'metadata', 'name') === name &&
      text(one.object, 'metadata', 'namespace') === namespace,
  )?.object
  const count = field(request['object'] ?? null, 'spec', 'replicas') ?? 0
  if (request['subResource'] !== 'scale' || stored === undefined || isGoing(stored)) return null
  if (field(stored, 'spec', 'replicas') !== (field(request['oldObject'] ?? null, 'spec', 'replicas') ?? 0)) return null
  const object = copy(stored) as DraftObject
  set(at(object, 'spec'), 'replicas', count as Draft)
  const kind = { ...at(request, 'resource'), kind: text(stored, 'kind') }
  Reflect.deleteProperty(kind, 'resource')
  return respelt(it, {
    ...request,
    subResource: '',
    requestSubResource: '',
    kind,
    requestKind: kind,
    oldObject: copy(stored),
    object,
  })
}

const isGoing = (object: JsonObject): boolean => text(object, 'metadata', 'deletionTimestamp') !== ''

/** A pod goes either way. */
function asEviction(it: Case): Case | null {
  const request = requestOf(it)
  const { operation, subResource, name, namespace, options } = request
  const isDelete = operation === 'DELETE' && field(request, 'resource', 'resource') === 'pods'
  if (!isDelete || name === '' || subResource !== undefined) return null
  const kind = { group: 'policy', version: 'v1', kind: 'Eviction' }
  return respelt(it, {
    ...request,
    operation: 'CREATE',
    subResource: 'eviction',
    requestSubResource: 'eviction',
    kind,
    requestKind: kind,
    oldObject: null,
    object: {
      kind: 'Eviction',
      apiVersion: 'policy/v1',
      metadata: { name: name ?? '', namespace: namespace ?? '' },
      deleteOptions: options ?? {},
    },
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
  })
}

/** The version says where an HPA keeps its spec. */
const isAutoscaler = (request: DraftObject): boolean =>
  at(request, 'resource')['resource'] === 'horizontalpodautoscalers'

const eachAgent = (it: Case, change: (agent: AgentSpec) => JsonObject): Case => ({
  ...it,
  world: { ...it.world, agents: it.world.agents.map((agent) => ({ ...agent, ...change(agent) })) },
})
const inWorld = (it: Case, change: Partial<World>): Case => ({ ...it, world: { ...it.world, ...change } })
const PHASES = ['Shadow', 'ReadOnlyAssist', 'LimitedRemediation', 'AutonomousL1']

/** Worlds where less is known or granted: nothing goes through there that was refused. */
export const STRICTER: readonly Variant[] = [
  {
    name: 'a lower phase',
    make: (it: Case): Case | null =>
      eachAgent(it, ({ trustPhase }) => ({ trustPhase: PHASES[PHASES.indexOf(trustPhase) - 1] ?? 'Shadow' })),
  },
  { name: 'suspended', make: (it: Case): Case | null => eachAgent(it, () => ({ suspended: true })) },
  { name: 'enforced', make: (it: Case): Case | null => eachAgent(it, () => ({ enforcement: 'Enforce' })) },
  { name: 'without scope', make: (it: Case): Case | null => eachAgent(it, () => ({ scope: [] })) },
  {
    name: 'protected namespaces',
    make: (it: Case): Case | null =>
      inWorld(it, {
        namespaces: Object.fromEntries(
          Object.entries(it.world.namespaces).map(([name, labels]) => [
            name,
            { ...labels, 'obstat.dev/protected': 'true' },
          ]),
        ),
      }),
  },
  {
    name: 'unknown namespaces',
    make: (it: Case): Case | null =>
      inWorld(it, {
        namespaces: Object.fromEntries(
          Object.entries(it.world.namespaces).filter(([, labels]) => 'obstat.dev/agents' in labels),
        ),
      }),
  },
  { name: 'stale', make: (it: Case): Case | null => inWorld(it, { ageMs: 60_000 }) },
  {
    name: 'nothing to read',
    // But what an act takes from: where nothing selects a pod, its labels cost nobody anything; where there is no
    // claim, none is taken over.
    make: (it: Case): Case | null =>
      inWorld(it, {
        live: it.world.live.filter(
          ({ resource, object }) =>
            resource !== field(it.request, 'resource', 'resource') &&
            (resource === 'persistentvolumeclaims' || field(object, 'spec', 'selector') !== undefined),
        ),
      }),
  },
  {
    name: 'a second agent on the subject',
    make: (it: Case): Case | null => ({
      ...it,
      world: {
        ...it.world,
        agents: [
          ...it.world.agents,
          ...it.world.agents.slice(0, 1).map((agent) => ({
            ...agent,
            name: 'zz',
            trustPhase: 'LimitedRemediation',
            enforcement: 'Enforce',
            owns: [],
          })),
        ],
      },
    }),
  },
  {
    name: 'a stricter policy',
    make: (it: Case): Case | null =>
      inWorld(it, {
        policy: {
          ...it.world.policy,
          scaleDown: { maxPercent: 5, minReplicas: 10 },
          images: { allowedRepositories: ['nowhere.example/x'] },
          destructiveKeys: { labels: ['team.example/'], annotations: ['team.example/'] },
        },
      }),
  },
]
