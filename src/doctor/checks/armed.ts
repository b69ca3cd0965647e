import type { Json } from '../../api/json.ts'
import { entries, field, list, text } from '../../api/json.ts'
import type { ActionPolicy } from '../../api/objects.ts'
import { deletionHarm } from '../../policy/objects/controller-keys.ts'
import { labelledProtected, namespacesIn } from '../agents.ts'
import type { Check, Finding } from '../finding.ts'
import type { Api } from '../look.ts'
import { allOf, orNull } from '../look.ts'

/** What would go on its own, or with the next small act, although somebody said that it is protected. */
export const armed: Check = {
  id: 'armed',
  asks: 'is anything protected set to be deleted by a controller?',
  isForPre: true,
  run: async ({ api }) => {
    const guarded = new Set(labelledProtected(await namespacesIn(api)))
    const [volumes, keys, emptied] = await Promise.all([volumesIn(api, guarded), keysIn(api, guarded), emptiedIn(api)])
    return [...volumes, ...keys, ...emptied]
  },
}

/** A volume with reclaim policy Delete goes with its claim, for good. */
async function volumesIn(api: Api, guarded: ReadonlySet<string>): Promise<readonly Finding[]> {
  const volumes = await allOf(api, '/api/v1/persistentvolumes')
  return volumes
    .filter((volume) => text(volume, 'spec', 'persistentVolumeReclaimPolicy') === 'Delete')
    .filter((volume) => guarded.has(text(volume, 'spec', 'claimRef', 'namespace')))
    .map((volume) => {
      const name = text(volume, 'metadata', 'name')
      const claim = `${text(volume, 'spec', 'claimRef', 'namespace')}/${text(volume, 'spec', 'claimRef', 'name')}`
      return {
        id: 'armed/reclaim-policy',
        level: 'warning',
        subject: `PersistentVolume ${name}`,
        what: 'is deleted with its claim, which is in a protected namespace',
        evidence: [`persistentVolumeReclaimPolicy Delete, bound to ${claim}`],
        fix: [`kubectl patch pv ${name} -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`],
      }
    })
}

const KINDS: readonly { readonly path: string; readonly resource: string }[] = [
  { path: '/api/v1/namespaces', resource: 'namespace' },
  { path: '/api/v1/persistentvolumeclaims', resource: 'pvc' },
  { path: '/apis/apps/v1/deployments', resource: 'deployment' },
  { path: '/apis/apps/v1/statefulsets', resource: 'statefulset' },
]

/** Labels and annotations by which a controller deletes the object, as in the rule `controller-key`. */
async function keysIn(api: Api, guarded: ReadonlySet<string>): Promise<readonly Finding[]> {
  const policy = (await orNull(api.get('/apis/obstat.dev/v1alpha1/actionpolicies/cluster'))) as ActionPolicy | null
  const own = new Set([
    ...(policy?.spec.destructiveKeys?.labels ?? []),
    ...(policy?.spec.destructiveKeys?.annotations ?? []),
  ])
  const lists = await Promise.all(KINDS.map(async (kind) => ({ ...kind, items: await allOf(api, kind.path) })))
  return lists.flatMap(({ resource, items }) =>
    items
      .filter((item) => guarded.has(text(item, 'metadata', 'namespace') || text(item, 'metadata', 'name')))
      .flatMap((item) => keysOf(item, resource, own)),
  )
}

function keysOf(item: Json, resource: string, own: ReadonlySet<string>): readonly Finding[] {
  const name = text(item, 'metadata', 'name')
  const namespace = text(item, 'metadata', 'namespace')
  const where = namespace === '' ? '' : ` -n ${namespace}`
  return (['labels', 'annotations'] as const).flatMap((part) =>
    entries(item, 'metadata', part).flatMap(([key, value]) => {
      const harm = own.has(key) ? 'the ActionPolicy says that a controller destroys by it' : deletionHarm(key, value)
      if (harm === '') return []
      return [
        {
          id: 'armed/key',
          level: 'warning' as const,
          subject: `${resource} ${namespace === '' ? '' : `${namespace}/`}${name}`,
          what: harm,
          evidence: [`${part === 'labels' ? 'label' : 'annotation'} ${key}=${JSON.stringify(value)}`],
          fix: [`kubectl ${part === 'labels' ? 'label' : 'annotate'} ${resource} ${name}${where} ${key}-`],
        },
      ]
    }),
  )
}

/** Without the finalizer in its spec a Namespace is not emptied when it is deleted: its objects are orphaned. */
async function emptiedIn(api: Api): Promise<readonly Finding[]> {
  const { items } = await api.list('/api/v1/namespaces')
  return items
    .filter((item) => field(item, 'metadata', 'deletionTimestamp') === undefined)
    .filter((item) => !list(item, 'spec', 'finalizers').includes('kubernetes'))
    .map((item) => {
      const name = text(item, 'metadata', 'name')
      return {
        id: 'armed/namespace-finalize',
        level: 'warning',
        subject: `Namespace ${name}`,
        what: 'is not emptied when it is deleted: what is in it stays behind and comes back with the name',
        evidence: ['spec.finalizers does not hold kubernetes'],
        fix: [
          `kubectl get namespace ${name} -o json | sed 's/"spec": {}/"spec": {"finalizers": ["kubernetes"]}/' | kubectl replace --raw /api/v1/namespaces/${name}/finalize -f -`,
        ],
      }
    })
}
