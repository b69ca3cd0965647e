import type { Json, JsonObject } from '../../src/api/json.ts'
import { text } from '../../src/api/json.ts'
import { managedFields } from './managed-fields.ts'

/** Where an object is and which one it is; its uid follows from both, so that folder and reviews agree. */
export interface Place {
  readonly namespace: string
  readonly name: string
}

const MADE_AT = '2026-11-01T10:00:00Z'
const CHANGED_AT = '2026-11-19T16:20:00Z'

/** A uid that looks like one and is always the same for the same place. */
export const uidAt = ({ namespace, name }: Place): string => {
  const hex = Buffer.from(`${namespace}/${name}/${'obstat'.repeat(3)}`)
    .toString('hex')
    .slice(0, 32)
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join('-')
}

const metadataOf = (place: Place, more: JsonObject): JsonObject => ({
  ...place,
  uid: uidAt(place),
  resourceVersion: '481516',
  ...more,
})

const container = (image: string): JsonObject => ({
  name: 'web',
  image,
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  env: [{ name: 'CATALOG_URL', value: 'http://catalog.shop.svc:8080' }],
  resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
})

const podTemplate = (place: Place, image: string, restartPolicy: string): JsonObject => ({
  metadata: { labels: { app: place.name } },
  spec: {
    containers: [container(image)],
    restartPolicy,
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: { runAsNonRoot: true },
    schedulerName: 'default-scheduler',
  },
})

/** With the entries of a person's `kubectl apply` and of the controller that writes its status. */
function managed(object: JsonObject, status: JsonObject): JsonObject {
  const { metadata, ...rest } = object
  const apiVersion = text(object, 'apiVersion')
  const entries = [
    managedFields(object, { manager: 'kubectl-client-side-apply', apiVersion, time: MADE_AT }),
    managedFields(
      { status },
      { manager: 'kube-controller-manager', apiVersion, time: CHANGED_AT, subresource: 'status' },
    ),
  ]
  return { ...rest, metadata: { ...(metadata as JsonObject), managedFields: entries }, status }
}

const condition = (type: string, reason: string, message: string): JsonObject => ({
  type,
  status: 'True',
  lastUpdateTime: CHANGED_AT,
  lastTransitionTime: MADE_AT,
  reason,
  message,
})

/** A Deployment of three replicas as it is stored. */
export function deployment(place: Place, image: string): JsonObject {
  const labels = { app: place.name, team: 'shop' }
  const metadata = metadataOf(place, {
    generation: 7,
    creationTimestamp: MADE_AT,
    labels,
    annotations: { 'deployment.kubernetes.io/revision': '3' },
  })
  const object = {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata,
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: place.name } },
      template: podTemplate(place, image, 'Always'),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
  }
  return managed(object, {
    observedGeneration: 7,
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    conditions: [
      condition('Available', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'),
      condition(
        'Progressing',
        'NewReplicaSetAvailable',
        `ReplicaSet "${place.name}-7d4b9c6f8" has successfully progressed.`,
      ),
    ],
  })
}

/** A Job that has finished. */
export function finishedJob(place: Place): JsonObject {
  const metadata = metadataOf(place, { generation: 1, creationTimestamp: MADE_AT, labels: { app: place.name } })
  const object = {
    kind: 'Job',
    apiVersion: 'batch/v1',
    metadata,
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uidAt(place) } },
      template: podTemplate(place, 'registry.example.com/ops/probe:4', 'Never'),
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
    },
  }
  return managed(object, {
    conditions: [
      condition('SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods'),
      condition('Complete', 'CompletionsReached', 'Reached expected number of succeeded pods'),
    ],
    startTime: MADE_AT,
    completionTime: CHANGED_AT,
    succeeded: 1,
    ready: 0,
    terminating: 0,
  })
}

/** A Scale as `/scale` shows it: neither labels nor annotations, and no `replicas` when there are none. */
export const scale = (place: Place, replicas: number): JsonObject => ({
  kind: 'Scale',
  apiVersion: 'autoscaling/v1',
  metadata: metadataOf(place, { creationTimestamp: MADE_AT }),
  spec: replicas === 0 ? {} : { replicas },
  status: { replicas: 3, selector: `app=${place.name}` },
})

/** A ConfigMap with one long value. */
export function configMap(place: Place, value: string): JsonObject {
  const data: Json = { 'page.html': value, 'settings.yaml': 'cache: true\n' }
  const object = {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: metadataOf(place, { creationTimestamp: MADE_AT }),
    data,
  }
  const entry = managedFields(object, { manager: 'kubectl-create', apiVersion: 'v1', time: MADE_AT })
  return { ...object, metadata: { ...object.metadata, managedFields: [entry] } }
}
