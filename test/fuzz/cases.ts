import type { JsonObject } from '../../src/api/json.ts'
import { text } from '../../src/api/json.ts'
import type { Draft, DraftObject } from './draft.ts'
import { at, copy, set } from './draft.ts'
import type { Edit } from './edits.ts'
import { EDITS, HONEST, fitting } from './edits.ts'
import type { Kind } from './kinds.ts'
import { KINDS, podSpec } from './kinds.ts'
import type { Random } from './random.ts'
import type { Case, LiveObject } from './world.ts'
import { BOT_USER, identityOf, openWorld, worldOf } from './worlds.ts'

/** A case as it was drawn: with the edits that made the new object out of the old one. */
export interface Drawn {
  readonly it: Case
  readonly kind: Kind
  readonly edits: readonly Edit[]
}
/** Fields of the request that are special to one operation. */
interface Made {
  readonly fields: JsonObject
  readonly edits: readonly Edit[]
}

const NAMESPACES = [
  'shop',
  'shop',
  'shop',
  'sre',
  'sre',
  'vault',
  'labelled',
  'kube-system',
  'obstat-system',
  'unheard-of',
]

/** A whole review, in a world of its own; one in eight is an agent's honest work where that goes through. */
export function draw(random: Random): Drawn {
  return random.chance(0.125) ? honest(random) : anything(random)
}

function honest(random: Random): Drawn {
  const edit = random.pick(HONEST)
  const kind = random.pick(KINDS.filter(edit.fits))
  const namespace = kind.isNamespaced ? random.pick(['shop', 'sre']) : ''
  const stored = storedObject(kind, namespace, random)
  const isCleanup = edit.name === 'nothing' && random.chance(0.5)
  if (isCleanup) stored['metadata'] = { name: 'web', namespace, uid: 'uid-1' }
  const made = isCleanup
    ? { operation: 'DELETE', oldObject: stored, ...options('DeleteOptions', { propagationPolicy: 'Background' }) }
    : { operation: 'UPDATE', oldObject: stored, object: edited(stored, [edit], random), ...options('UpdateOptions') }
  const request: JsonObject = {
    uid: 'case',
    ...called(kind, kind.versions[0] ?? 'v1'),
    name: nameOf(stored),
    ...(namespace === '' ? {} : { namespace }),
    userInfo: BOT_USER as unknown as JsonObject,
    object: null,
    dryRun: false,
    ...made,
  }
  const live = [{ group: kind.group, resource: kind.resource, object: stored }]
  return { it: { world: { ...openWorld(worldOf(random)), live }, request }, kind, edits: [edit] }
}

function anything(random: Random): Drawn {
  const world = worldOf(random)
  const kind = random.pick(KINDS)
  const namespace = kind.isNamespaced ? random.pick(NAMESPACES) : ''
  const stored = storedObject(kind, namespace, random)
  const name = nameOf(stored)
  const made = operationOn(kind, stored, namespace, random)
  const request: JsonObject = {
    uid: 'case',
    ...called(kind, random.pick(kind.versions)),
    name,
    ...(kind.resource === 'namespaces' ? { namespace: name } : namespace === '' ? {} : { namespace }),
    userInfo: identityOf(random) as unknown as JsonObject,
    object: null,
    oldObject: null,
    dryRun: random.chance(0.06),
    ...made.fields,
  }
  const live = [
    ...(request['operation'] === 'CREATE' && made.fields['subResource'] === undefined
      ? []
      : [{ group: kind.group, resource: kind.resource, object: stored }]),
    ...around(kind, stored, random),
  ]
  return { it: { world: { ...world, live }, request }, kind, edits: made.edits }
}

const called = (kind: Kind, version: string): JsonObject => {
  const resource = { group: kind.group, version, resource: kind.resource }
  return {
    kind: { group: kind.group, version, kind: kind.kind },
    resource,
    requestKind: { group: kind.group, version, kind: kind.kind },
    requestResource: resource,
  }
}
const sub = (name: string): JsonObject => ({ subResource: name, requestSubResource: name })
const options = (kind: string, more: JsonObject = {}): JsonObject => ({
  options: { kind, apiVersion: 'meta.k8s.io/v1', ...more },
})
export const nameOf = (object: JsonObject | DraftObject): string => text(object, 'metadata', 'name')

function operationOn(kind: Kind, stored: DraftObject, namespace: string, random: Random): Made {
  const shape = random.int(100)
  if (shape < 55) return updated(kind, stored, random)
  if (shape < 70) return created(kind, stored, random)
  if (shape < 83) return deleted(kind, stored, random)
  if (shape < 90) return scaled(kind, stored, random)
  return special(namespace, random)
}

const NAMES: Readonly<Record<string, readonly string[]>> = {
  namespaces: ['shop', 'vault', 'sre', 'obstat-system', 'kube-system', 'labelled'],
  serviceaccounts: ['sre-bot', 'app', 'default'],
  leases: ['sre-bot', 'kube-scheduler'],
  configmaps: ['web', 'web', 'web', 'cart', 'cart', 'cart', 'db', 'db', 'aws-auth', 'argocd-rbac-cm'],
}

function storedObject(kind: Kind, namespace: string, random: Random): DraftObject {
  const metadata: DraftObject = {
    name: random.pick(NAMES[kind.resource] ?? ['web', 'cart', 'db', 'node-a']),
    ...(namespace === '' ? {} : { namespace }),
    uid: 'uid-1',
    resourceVersion: '502',
    creationTimestamp: '2026-11-20T07:25:34Z',
    ...(random.chance(0.4) ? { labels: { app: 'web' } } : {}),
    ...(random.chance(0.2) ? { annotations: { 'team.example/note': 'a' } } : {}),
    ...(random.chance(0.1) ? { finalizers: ['team.example/wait', 'team.example/two'] } : {}),
    ...(random.chance(0.03) ? { deletionTimestamp: '2026-11-20T07:59:00Z' } : {}),
    ...(random.chance(0.1)
      ? {
          managedFields: [
            { manager: 'person', operation: 'Update' },
            { manager: 'bot', operation: 'Update' },
          ],
        }
      : {}),
  }
  if (kind.resource === 'pods' && random.chance(0.7))
    metadata['ownerReferences'] = [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'rs-uid', controller: true },
    ]
  return { apiVersion: apiVersion(kind, kind.versions[0] ?? 'v1'), kind: kind.kind, metadata, ...kind.body(random) }
}
const apiVersion = (kind: Kind, version: string): string => (kind.group === '' ? version : `${kind.group}/${version}`)

/**
 * What stands around it: the ReplicaSet that a pod is of, its Deployment and its peers; a claim that a StatefulSet
 * may find; the Service of a Deployment.
 */
function around(kind: Kind, stored: DraftObject, random: Random): readonly LiveObject[] {
  const namespace = text(stored, 'metadata', 'namespace')
  if (kind.resource === 'statefulsets' && random.chance(0.5)) {
    const name = `data-${nameOf(stored)}-0`
    const object = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace }, spec: {} }
    return [{ group: '', resource: 'persistentvolumeclaims', object }]
  }
  if (kind.resource === 'deployments' && random.chance(0.5)) {
    const spec = { selector: { track: 'live' }, ports: [{ port: 80 }] }
    const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'live', namespace }, spec }
    return [{ group: '', resource: 'services', object }]
  }
  if (kind.resource !== 'pods') return []
  const count = random.pick([1, 2, 3])
  const owner = (apiKind: string, name: string, uid: string): DraftObject => ({
    apiVersion: 'apps/v1',
    kind: apiKind,
    name,
    uid,
    controller: true,
  })
  const workload = {
    replicas: count,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: podSpec(random) },
  }
  const status = {
    replicas: count,
    readyReplicas: count,
    availableReplicas: count,
    updatedReplicas: count,
    observedGeneration: 1,
  }
  const metadata = (name: string, uid: string): DraftObject => ({
    name,
    namespace,
    uid,
    generation: 1,
    labels: { app: 'web' },
  })
  const peer = (index: number): LiveObject => ({
    group: '',
    resource: 'pods',
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...metadata(`peer-${index}`, `peer-${index}`),
        ownerReferences: [owner('ReplicaSet', 'web-1', 'rs-uid')],
      },
      spec: {},
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: random.chance(0.8) ? 'True' : 'False' }] },
    },
  })
  return [
    {
      group: 'apps',
      resource: 'replicasets',
      object: {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: { ...metadata('web-1', 'rs-uid'), ownerReferences: [owner('Deployment', 'web', 'deployment-uid')] },
        spec: workload,
        status,
      },
    },
    {
      group: 'apps',
      resource: 'deployments',
      object: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: metadata('web', 'deployment-uid'),
        spec: workload,
        status,
      },
    },
    ...Array.from({ length: count - 1 }, (_, index) => peer(index)),
  ]
}

/** Puts one to three edits on a copy; now and then none, and now and then one that any writer may make. */
export function edited(stored: DraftObject, edits: readonly Edit[], random: Random): DraftObject {
  const object = copy(stored) as DraftObject
  for (const one of edits) one.apply(object, random)
  // The API server reads metadata of every kind as ObjectMeta, and writes none of its nulls.
  const metadata = at(object, 'metadata')
  for (const key of Object.keys(metadata)) if (metadata[key] === null) Reflect.deleteProperty(metadata, key)
  return object
}

function updated(kind: Kind, stored: DraftObject, random: Random): Made {
  const possible = fitting(EDITS, kind)
  const count = random.pick([0, 1, 1, 1, 1, 2, 2, 3])
  const edits = Array.from({ length: count }, () => random.pick(possible))
  const subs = kind.subs ?? []
  const to = subs.length > 0 && random.chance(0.15) ? sub(random.pick(subs)) : {}
  return {
    fields: {
      operation: 'UPDATE',
      oldObject: stored,
      object: edited(stored, edits, random),
      ...to,
      ...options('UpdateOptions', { fieldManager: 'kubectl' }),
    },
    edits,
  }
}

function created(kind: Kind, stored: DraftObject, random: Random): Made {
  const possible = fitting(EDITS, kind)
  const edits = Array.from({ length: random.pick([0, 0, 1, 2]) }, () => random.pick(possible))
  const object = edited(stored, edits, random)
  const metadata = at(object, 'metadata')
  for (const key of ['resourceVersion', 'managedFields', 'deletionTimestamp']) Reflect.deleteProperty(metadata, key)
  if (random.chance(0.15)) metadata['generateName'] = 'web-'
  delete object['status']
  return { fields: { operation: 'CREATE', object, ...options('CreateOptions') }, edits }
}

function deleted(kind: Kind, stored: DraftObject, random: Random): Made {
  const isCollection = random.chance(0.15)
  const more: DraftObject = {
    propagationPolicy: random.pick(['Background', 'Background', 'Background', 'Foreground', 'Orphan']),
  }
  if (random.chance(0.3)) more['gracePeriodSeconds'] = random.pick([0, 1, 30])
  if (random.chance(0.1)) more['preconditions'] = { uid: 'uid-1' }
  if (random.chance(0.1)) more['orphanDependents'] = true
  const name: JsonObject = isCollection ? { name: '' } : {}
  const status: JsonObject = random.chance(0.03) && (kind.subs ?? []).length > 0 ? sub('status') : {}
  return {
    fields: { operation: 'DELETE', oldObject: stored, ...name, ...status, ...options('DeleteOptions', more) },
    edits: [],
  }
}

function scaled(kind: Kind, stored: DraftObject, random: Random): Made {
  if (kind.isScaled !== true) return updated(kind, stored, random)
  const { name, namespace, uid, resourceVersion } = at(stored, 'metadata') as Record<string, string>
  const scale = (count: Draft): DraftObject => ({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name: name ?? '', namespace: namespace ?? '', uid: uid ?? '', resourceVersion: resourceVersion ?? '' },
    spec: count === 0 ? {} : { replicas: count },
    status: { replicas: 3, selector: 'app=web' },
  })
  const kindOf = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
  const old = at(stored, 'spec')['replicas'] ?? 1
  return {
    fields: {
      operation: 'UPDATE',
      oldObject: scale(old),
      object: scale(random.pick([0, 0, 1, 2, 3, 4, 6, 8, 50, 1000])),
      kind: kindOf,
      requestKind: kindOf,
      ...sub('scale'),
      ...options('UpdateOptions'),
    },
    edits: [],
  }
}

const REVIEWS: readonly (readonly [string, string, string])[] = [
  ['authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview'],
  ['authorization.k8s.io', 'subjectaccessreviews', 'SubjectAccessReview'],
  ['authentication.k8s.io', 'tokenreviews', 'TokenReview'],
  ['authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview'],
]

/**
 * Requests that are no write of an object: connections, evictions, tokens, bindings, reviews, and what nobody knows.
 */
function special(namespace: string, random: Random): Made {
  const core = (resource: string, kindName: string, sub_: string, kindGroup = ''): JsonObject => ({
    ...called({ group: '', resource, kind: kindName } as Kind, 'v1'),
    kind: { group: kindGroup, version: 'v1', kind: kindName },
    ...sub(sub_),
    ...(resource === 'nodes' ? { namespace: '' } : { namespace: namespace === '' ? 'shop' : namespace }),
  })
  switch (random.int(8)) {
    case 0: {
      const flags: DraftObject = { stdout: true, command: ['ls'] }
      if (random.chance(0.4)) flags[random.pick(['stdin', 'tty'])] = random.pick<Draft>([true, false, 'true'])
      return {
        fields: {
          operation: 'CONNECT',
          ...core('pods', 'PodExecOptions', random.pick(['exec', 'attach'])),
          object: { kind: 'PodExecOptions', apiVersion: 'v1', ...flags },
          options: null,
        },
        edits: [],
      }
    }
    case 1:
      return {
        fields: {
          operation: 'CONNECT',
          ...core(
            random.pick(['pods', 'services', 'nodes']),
            'PodProxyOptions',
            random.pick(['proxy', 'portforward', 'teleport']),
          ),
          object: { kind: 'PodProxyOptions', apiVersion: 'v1', path: '/' },
          options: null,
        },
        edits: [],
      }
    case 2:
      return {
        fields: {
          operation: 'CREATE',
          ...core('pods', 'Eviction', 'eviction', 'policy'),
          object: {
            kind: 'Eviction',
            apiVersion: 'policy/v1',
            metadata: { name: 'web', namespace },
            deleteOptions: random.chance(0.5) ? {} : { gracePeriodSeconds: 0 },
          },
          ...options('CreateOptions'),
        },
        edits: [],
      }
    case 3:
      return {
        fields: {
          operation: 'CREATE',
          name: random.pick(['sre-bot', 'app']),
          ...core('serviceaccounts', 'TokenRequest', 'token', 'authentication.k8s.io'),
          object: tokenRequest(random),
          ...options('CreateOptions'),
        },
        edits: [],
      }
    case 4:
      return {
        fields: {
          operation: 'CREATE',
          ...(random.chance(0.5)
            ? core('pods', 'Binding', 'binding')
            : { ...core('bindings', 'Binding', ''), subResource: '' }),
          object: {
            kind: 'Binding',
            apiVersion: 'v1',
            metadata: { name: 'web', namespace },
            target: { kind: 'Node', name: 'node-a' },
          },
          ...options('CreateOptions'),
        },
        edits: [],
      }
    case 5:
    case 6: {
      const [group, resource, kindName] = random.pick(REVIEWS)
      return {
        fields: {
          operation: 'CREATE',
          ...called({ group, resource, kind: kindName } as Kind, 'v1'),
          name: '',
          namespace: '',
          object: { kind: kindName, apiVersion: `${group}/v1`, metadata: {}, spec: {} },
          ...options('CreateOptions'),
        },
        edits: [],
      }
    }
    default:
      return {
        fields: {
          operation: random.pick(['CREATE', 'UPDATE']),
          ...core(random.pick(['pods', 'services', 'nodes']), 'Odd', random.pick(['odd', 'log', 'status'])),
          object: { metadata: { name: 'web' }, x: 1 },
          oldObject: { metadata: { name: 'web' }, x: 0 },
          ...options('UpdateOptions'),
        },
        edits: [],
      }
  }
}

function tokenRequest(random: Random): DraftObject {
  const request: DraftObject = {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name: 'sre-bot' },
    spec: { audiences: ['https://kubernetes.default.svc'], expirationSeconds: random.pick([600, 3600, 86400]) },
    status: { token: '' },
  }
  if (random.chance(0.6))
    set(at(request, 'spec'), 'boundObjectRef', {
      kind: random.pick(['Pod', 'Secret']),
      apiVersion: 'v1',
      name: random.pick(['sre-bot-pod', 'other']),
    })
  return request
}
