import type { Json, JsonObject } from '../../api/json.ts'
import { field, isObject } from '../../api/json.ts'
import type { Change } from '../../signing/diff.ts'
import { changes } from '../../signing/diff.ts'
import type { Request } from '../request.ts'
import { rememberLatest } from './remember.ts'

/** Does this UPDATE change something, and nothing but what passes? */
export function onlyChanges(request: Request, passes: (change: Change) => boolean): boolean {
  if (request.operation !== 'UPDATE') return false
  const found = changesOf(request)
  return found.length > 0 && found.every(passes)
}

const changesOf = rememberLatest((request: Request) =>
  changes(plain(request, request.oldObject), plain(request, request.object)),
)

/** The API server counts template changes of a DaemonSet here, whatever is sent (apps/v1 conversion). */
const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation'

/** Without what the API server writes at every update. */
function plain(request: Request, object: Json): Json {
  const { managedFields, resourceVersion, generation, ...kept } = objectOf(field(object, 'metadata'))
  const isCounted = request.resource === 'daemonsets' && Object.hasOwn(kept, 'annotations')
  const metadata = isCounted ? { ...kept, annotations: counted(kept['annotations']) } : kept
  return { ...objectOf(object), metadata }
}

function counted(annotations: Json | undefined): Json {
  const { [GENERATION_ANNOTATION]: _, ...kept } = objectOf(annotations)
  return kept
}

const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})
