import type { Json, JsonObject } from '../../api/json.ts'
import { entries, field, isObject, list, text } from '../../api/json.ts'
import type { Facts } from '../facts.ts'
import type { GetRead, Read } from '../read.ts'
import { get } from '../read.ts'
import type { Request } from '../request.ts'
import { isSame } from './equal.ts'

/** Labels that the API server gives the pods of every Job (batch/v1, pkg/registry/batch/job strategy). */
const GENERATED = new Set([
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
])

/** The CronJob that a new Job says it is a run of, as `kubectl create job --from` writes it. */
export function cronJobReads(request: Request): readonly Read[] {
  const read = cronJobOf(request)
  return read === null ? [] : [read]
}

function cronJobOf(request: Request): GetRead | null {
  if (request.operation !== 'CREATE' || request.group !== 'batch' || request.resource !== 'jobs') return null
  const owner = ownerOf(request.object)
  return text(owner, 'kind') === 'CronJob'
    ? get('batch', 'v1', 'cronjobs', request.namespace, text(owner, 'name'))
    : null
}

const ownerOf = (job: Json): Json | undefined =>
  list(job, 'metadata', 'ownerReferences').find((owner) => field(owner, 'controller') === true)

/**
 * Is this the CREATE of a Job that is a run of a live CronJob, to the letter? The owner is named by the writer, so uid
 * and spec are compared with what is stored. Needs `cronJobReads`.
 */
export function isRunOfCronJob(request: Request, facts: Facts): boolean {
  const read = cronJobOf(request)
  if (read === null) return false
  const cronJob = facts.live.get(read)
  return (
    text(cronJob, 'metadata', 'uid') !== '' &&
    text(cronJob, 'metadata', 'uid') === text(ownerOf(request.object), 'uid') &&
    isSame(
      withoutGenerated(field(request.object, 'spec', 'template')),
      withoutGenerated(field(cronJob, 'spec', 'jobTemplate', 'spec', 'template')),
    ) &&
    entries(request.object, 'spec').every(
      ([key, value]) =>
        MADE.has(key) || isSame(value, field(cronJob, 'spec', 'jobTemplate', 'spec', key) ?? DEFAULTS.get(key)),
    )
  )
}

/** Compared on their own, or made by the API server from the Job's uid. */
const MADE: ReadonlySet<string> = new Set(['template', 'selector'])

/**
 * What the API server fills in where a Job has nothing (batch/v1 defaults.go); the template of a CronJob stays as it
 * is.
 */
const DEFAULTS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['backoffLimit', 6],
  ['completionMode', 'NonIndexed'],
  ['completions', 1],
  ['manualSelector', false],
  ['parallelism', 1],
  ['podReplacementPolicy', 'TerminatingOrFailed'],
  ['suspend', false],
])

function withoutGenerated(template: Json | undefined): Json {
  const metadata = field(template, 'metadata')
  const labels = field(metadata, 'labels')
  return {
    spec: field(template, 'spec') ?? null,
    annotations: nonEmpty(field(metadata, 'annotations')),
    labels: nonEmpty(
      isObject(labels) ? Object.fromEntries(Object.entries(labels).filter(([key]) => !GENERATED.has(key))) : undefined,
    ),
  }
}

const nonEmpty = (map: Json | undefined): JsonObject => (isObject(map) ? map : {})
