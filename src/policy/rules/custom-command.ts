import type { Json } from '../../api/json.ts'
import { isObject } from '../../api/json.ts'
import { isCustomContainer } from '../objects/custom-containers.ts'
import { isCustomResource } from '../objects/custom-resource.ts'
import { isSame } from '../objects/equal.ts'
import { listed, named } from '../objects/named.ts'
import type { Node } from '../objects/walk.ts'
import { given, nodesOf, pathOf } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** What runs, as containers of Kubernetes and steps of workflow engines call it. */
const CODE: ReadonlySet<string> = new Set(['command', 'args', 'script', 'source'])

/**
 * Workflow engines and operators keep containers by other names than pods do: `container` and `script` of Argo
 * Workflows, `steps` of Tekton, sidecars, hooks and jobs of many more. Whatever has an image and something to run
 * beside it counts when what it runs is another (exec probes and hooks included) or when its environment comes from
 * another Secret, in every custom resource, and so does a step that has its image from a template; a new object has no
 * data yet.
 * Source: argoproj.io/v1alpha1 Template; tekton.dev/v1 Step and StepTemplate.
 */
export const customCommand: Rule = {
  id: 'custom-command',
  remedy: 'Change the image tag, parameters or environment instead, or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    if (!isCustomResource(request)) return null
    const { oldObject, object } = request
    const [before, after] = [codeOf(oldObject, object), codeOf(object, oldObject)]
    const changed = [...after].filter(([path, { value }]) => !isSame(before.get(path)?.value, value))
    const gone = [...before].filter(([path]) => !after.has(path))
    const left = new Set(gone.length === 0 ? [] : nodesOf(object, oldObject).map(pathOf))
    // Without a command, the image's own runs; a step that goes altogether runs nothing.
    const removed = gone.filter(([, { up }]) => up !== null && left.has(pathOf(up)))
    const paths = [...changed, ...removed].map(([path]) => quote(path))
    return paths.length === 0 ? null : found(`changes ${listed(paths)} of ${named(request)}, which is run`)
  },
}

const codeOf = (object: Json, other: Json): ReadonlyMap<string, Node> =>
  new Map(
    nodesOf(object, other)
      .filter((node) => {
        if (isBorrowed(node)) return true
        const part = partOf(node)
        return part !== null && (isApplied(part) || isCustomContainer(part.parent, part.up))
      })
      .map((node) => [pathOf(node), node] as const),
  )

/**
 * Of which field of a container this is the part that runs, or that hands it a Secret: its command itself, or what
 * holds `exec.command`, `valueFrom.secretKeyRef` and `secretRef` as in core/v1 Container. null: of none.
 */
function partOf(node: Node): Node | null {
  const { key, up } = node
  if (key === 'command' && up?.key === 'exec') return fieldAbove(up, 'lifecycle') ?? up.up
  if (key === 'secretKeyRef') return fieldAbove(node, 'env')
  if (key === 'secretRef') return fieldAbove(node, 'envFrom')
  return CODE.has(key) || isApplied(node) ? node : null
}

/** A step of Argo Workflows that creates, patches or deletes what its `resource.manifest` says (ResourceTemplate). */
const isApplied = ({ key, up, parent }: Node): boolean =>
  (up?.key === 'resource' &&
    APPLIED.has(key) &&
    isObject(parent) &&
    MANIFESTS.some((one) => given(parent, one) !== undefined)) ||
  (TRIGGERS.has(up?.key ?? '') && /^(source|operation)$/.test(key))

/** What a Sensor of Argo Events does with objects of the cluster. */
const TRIGGERS: ReadonlySet<string> = new Set(['k8s', 'argoWorkflow'])

const MANIFESTS = ['manifest', 'manifestFrom']
const APPLIED: ReadonlySet<string> = new Set([...MANIFESTS, 'action', 'flags'])

/** What has this key, up to three levels above. */
function fieldAbove(node: Node, key: string): Node | null {
  let here = node.up
  for (let level = 0; level < 3 && here !== null && here.key !== key; level++) here = here.up
  return here?.key === key ? here : null
}

/** Whose code is run instead: a Task, a template of workflows; and what a machine of KubeVirt does at its start. */
const isBorrowed = ({ key, up }: Node): boolean =>
  BORROWED.has(key) || (/^(user|network)Data/.test(key) && /^cloudInit/.test(up?.key ?? ''))

const BORROWED: ReadonlySet<string> = new Set(['taskRef', 'pipelineRef', 'templateRef', 'workflowTemplateRef'])
