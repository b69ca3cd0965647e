import type { Json } from '../../api/json.ts'
import { field, text } from '../../api/json.ts'
import { labelsOf, selects } from '../objects/selectors.ts'
import { quote } from '../rule.ts'
import type { Target } from './act.ts'
import { isOf } from './act.ts'
import type { ImpactLine } from './impact.ts'
import { neighbours } from './neighbours.ts'
import type { PodLoss } from './pods.ts'
import { controllerOf } from './pods.ts'
import type { Seen } from './seen.ts'
import { nameOf } from './seen.ts'
import { titled } from './words.ts'

const note = (about: string, what: string): ImpactLine => ({ about, mark: 'note', what })

/** Who would put it back, or scale it again: controllers, autoscalers, GitOps. What labels say, their writer said. */
export const keeperLines = (target: Target, loss: PodLoss | null, seen: Seen): readonly ImpactLine[] => [
  ...ownerLines(target),
  ...autoscalerLines(target, seen),
  ...budgetLines(target, loss, seen),
  ...gitOpsLines(target),
]

function ownerLines({ request, object }: Target): readonly ImpactLine[] {
  const owner = isOf(request, '', 'pods') ? '' : controllerOf(object)
  return owner === '' ? [] : [note('owner', `${owner} owns it and may put it back as it was`)]
}

/** autoscaling/v2: what aims at the target. */
function autoscalerLines({ request, effect, namespace }: Target, seen: Seen): readonly ImpactLine[] {
  if (effect.kind !== 'delete' && effect.kind !== 'scale') return []
  const aimed = (neighbours(seen, 'HorizontalPodAutoscaler', namespace) ?? []).filter((autoscaler) => {
    const [kind, name] = ['kind', 'name'].map((key) => text(autoscaler, 'spec', 'scaleTargetRef', key))
    return name === request.name && `${(kind ?? '').toLowerCase()}s` === request.resource
  })
  return aimed.map((autoscaler) => {
    const range = `${numberOf(autoscaler, 'minReplicas', 1)} to ${numberOf(autoscaler, 'maxReplicas', 1)}`
    const it = `${titled('HorizontalPodAutoscaler', [nameOf(autoscaler)])} (${range} replicas)`
    if (effect.kind === 'delete') return { about: 'autoscaler', mark: 'loss', what: `${it} is left without a target` }
    return note('autoscaler', effect.to === 0 ? `${it} does nothing while there are 0` : `${it} sets the number again`)
  })
}

const numberOf = (object: Json, key: string, otherwise: number): number => {
  const value = field(object, 'spec', key)
  return typeof value === 'number' ? value : otherwise
}

/** policy/v1: budgets that choose pods which go. They hold evictions, and nothing else. */
function budgetLines({ effect, namespace }: Target, loss: PodLoss | null, seen: Seen): readonly ImpactLine[] {
  if (loss === null || loss.count === 0) return []
  const budgets = (neighbours(seen, 'PodDisruptionBudget', namespace) ?? []).filter((budget) =>
    loss.pods.some((pod) => selects(field(budget, 'spec', 'selector'), labelsOf(pod))),
  )
  return budgets.map((budget) => {
    const it = titled('PodDisruptionBudget', [nameOf(budget)])
    const allowed = field(budget, 'status', 'disruptionsAllowed')
    const now = `allows ${typeof allowed === 'number' ? allowed : 'an unknown number of'} disruptions now`
    return effect.kind === 'evict'
      ? note('budget', `${it} ${now}`)
      : { about: 'budget', mark: 'loss', what: `${it} ${now}, and does not hold this: only evictions` }
  })
}

/** Labels and annotations that say who applied an object (Argo CD resource tracking, Flux, Helm). */
function gitOpsLines({ object }: Target): readonly ImpactLine[] {
  const said = gitOpsOwner(object)
  return said === '' ? [] : [note('GitOps', `${said} would put it back, its labels or annotations say`)]
}

function gitOpsOwner(object: Json): string {
  const label = (key: string): string => text(object, 'metadata', 'labels', key)
  const annotation = (key: string): string => text(object, 'metadata', 'annotations', key)
  const argo = annotation('argocd.argoproj.io/tracking-id').replace(/:.*$/s, '') || label('argocd.argoproj.io/instance')
  if (argo !== '') return `Argo CD application ${quote(argo)}`
  for (const [kind, group] of FLUX) {
    const name = label(`${group}/name`)
    if (name !== '') return `Flux ${kind} ${quote(`${label(`${group}/namespace`)}/${name}`)}`
  }
  const release = annotation('meta.helm.sh/release-name')
  if (release !== '')
    return `the next upgrade of Helm release ${quote(`${annotation('meta.helm.sh/release-namespace')}/${release}`)}`
  return ''
}

const FLUX = [
  ['Kustomization', 'kustomize.toolkit.fluxcd.io'],
  ['HelmRelease', 'helm.toolkit.fluxcd.io'],
] as const
