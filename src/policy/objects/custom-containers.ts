import type { Json } from '../../api/json.ts'
import { field } from '../../api/json.ts'
import type { Node } from './walk.ts'

/**
 * What holds a container of a workflow engine, which may have its image from elsewhere: Tekton gives steps without one
 * that of `stepTemplate`, Argo Workflows that of `templateDefaults`.
 */
const ALONE: ReadonlySet<string> = new Set(['container', 'script', 'stepTemplate'])
const ALONE_IN: ReadonlySet<string> = new Set(['steps', 'sidecars'])

/** Lists that hold containers of a pod, which the rules for pods read. */
const CONTAINERS: ReadonlySet<string> = new Set(['initContainers', 'containers', 'ephemeralContainers'])

/**
 * Is this object, which stands at `at` (null: at the top), a container that an operator or a workflow engine keeps by
 * another name than pods do? One with an image, or a step. Source: argoproj.io/v1alpha1 Template; tekton.dev/v1 Step.
 */
export const isCustomContainer = (value: Json, at: Node | null): boolean =>
  (typeof field(value, 'image') === 'string' || ALONE.has(at?.key ?? '') || ALONE_IN.has(at?.up?.key ?? '')) &&
  !CONTAINERS.has(at?.up?.key ?? '')
