import type { Json } from '../../api/json.ts'
import { entries } from '../../api/json.ts'
import type { Change } from '../../signing/diff.ts'
import { changes } from '../../signing/diff.ts'
import type { Request } from '../request.ts'
import { remember } from './remember.ts'

/** Written by the API server at every update. */
const BOOKKEEPING = new Set(['managedFields', 'resourceVersion', 'generation'])

/** Does this UPDATE change something, and nothing but what passes? */
export function onlyChanges(request: Request, passes: (change: Change) => boolean): boolean {
  if (request.operation !== 'UPDATE') return false
  const found = changesOf(request)
  return found.length > 0 && found.every(passes)
}

const changesOf = remember((request: Request) =>
  changes(plain(request, request.oldObject), plain(request, request.object)),
)

/** The API server counts template changes of a DaemonSet here, whatever is sent (apps/v1 conversion). */
const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation'

function plain(request: Request, object: Json): Json {
  const metadata = entries(object, 'metadata')
    .filter(([key]) => !BOOKKEEPING.has(key))
    .map(([key, value]) => [key, key === 'annotations' && request.resource === 'daemonsets' ? counted(value) : value])
  return { ...Object.fromEntries(entries(object)), metadata: Object.fromEntries(metadata) as Json }
}

const counted = (annotations: Json): Json =>
  Object.fromEntries(entries(annotations).filter(([key]) => key !== GENERATION_ANNOTATION))
