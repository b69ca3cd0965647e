import type { Json } from '../../api/json.ts'
import { isObject } from '../../api/json.ts'
import { isCustomResource } from '../objects/custom-resource.ts'
import { isSame } from '../objects/equal.ts'
import { listed, named } from '../objects/named.ts'
import type { Node } from '../objects/walk.ts'
import { nodesOf, pathOf } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** What runs, as containers of Kubernetes and steps of workflow engines call it. */
const CODE: ReadonlySet<string> = new Set(['command', 'args', 'script', 'source'])

/** Lists that hold containers of a pod, which the rule `container-command` reads. */
const CONTAINERS: ReadonlySet<string> = new Set(['initContainers', 'containers', 'ephemeralContainers'])

/**
 * Workflow engines and operators keep containers by other names than pods do: `container` and `script` of Argo Workflows,
 * `steps` of Tekton, sidecars, hooks and jobs of many more. Whatever has an image and something to run beside it counts
 * when what it runs is another, in every custom resource; a new object has no data yet.
 * Source: argoproj.io/v1alpha1 Template; tekton.dev/v1 Step.
 */
export const customCommand: Rule = {
  id: 'custom-command',
  remedy: 'Change the image tag, parameters or environment instead, or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    if (!isCustomResource(request)) return null
    const { oldObject, object } = request
    const before = codeOf(oldObject, object)
    const changed = [...codeOf(object, oldObject)].filter(([path, code]) => !isSame(before.get(path), code))
    return changed.length === 0
      ? null
      : found(`changes ${listed(changed.map(([path]) => quote(path)))} of ${named(request)}, which is run`)
  },
}

const codeOf = (object: Json, other: Json): ReadonlyMap<string, Json> =>
  new Map(
    nodesOf(object, other)
      .filter((node) => CODE.has(node.key) && isBesideImage(node) && !isContainer(node))
      .map((node) => [pathOf(node), node.value] as const),
  )

const isBesideImage = ({ parent }: Node): boolean => isObject(parent) && typeof parent['image'] === 'string'

const isContainer = ({ up }: Node): boolean => CONTAINERS.has(up?.up?.key ?? '')
