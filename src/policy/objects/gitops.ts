import { isUnder } from './custom-resource.ts'

/**
 * A kind whose controller applies manifests from elsewhere with its own rights, and deletes what is no longer in them.
 */
export interface Applier {
  readonly group: string
  /** Plural, or '*' for every kind of the group. */
  readonly resource: string
  /** Paths below which an UPDATE changes neither what is applied nor where. */
  readonly harmless: RegExp
  /** Does a new object apply something by itself? A source does nothing until something points to it. */
  readonly acts: boolean
}

const HELM_VALUES = String.raw`helm\/(parameters|valuesObject|ignoreMissingValueFiles)`
const KUSTOMIZE_VALUES = String.raw`kustomize\/(images|commonLabels|commonAnnotations)`
const PACE = 'interval|retryInterval|timeout|suspend|paused'

/**
 * Argo CD, Flux and their like, each with the fields that agents set in ordinary work: pace, values, images, a chart's
 * version. Everything else is a finding, fields that are yet to come included. Switches such as `prune` are judged by
 * rules of their own. Source: the projects' API references.
 */
const APPLIERS: readonly Applier[] = [
  {
    group: 'argoproj.io',
    resource: 'applications',
    harmless: new RegExp(
      String.raw`^\/spec\/(info|ignoreDifferences|revisionHistoryLimit|syncPolicy|sources?(\/\d+)?\/(${HELM_VALUES}|${KUSTOMIZE_VALUES}))(\/|$)`,
    ),
    acts: true,
  },
  { group: 'argoproj.io', resource: 'applicationsets', harmless: /^$/, acts: true },
  {
    group: 'argoproj.io',
    resource: 'appprojects',
    harmless: /^\/spec\/(description|orphanedResources)(\/|$)/,
    acts: true,
  },
  {
    group: 'kustomize.toolkit.fluxcd.io',
    resource: '*',
    harmless: new RegExp(
      String.raw`^\/spec\/(${PACE}|wait|healthChecks|healthCheckExprs|images|commonMetadata|postBuild\/substitute|dependsOn|prune|force)(\/|$)`,
    ),
    acts: true,
  },
  {
    group: 'helm.toolkit.fluxcd.io',
    resource: '*',
    harmless: new RegExp(
      String.raw`^\/spec\/(${PACE}|values|maxHistory|dependsOn|test|install|upgrade|rollback|uninstall|driftDetection|chart\/spec\/(version|interval))(\/|$)`,
    ),
    acts: true,
  },
  {
    group: 'source.toolkit.fluxcd.io',
    resource: '*',
    harmless: new RegExp(String.raw`^\/spec\/(${PACE})(\/|$)`),
    acts: false,
  },
  ...['fluxcd.controlplane.io', 'fleet.cattle.io', 'kappctrl.k14s.io', 'packaging.carvel.dev', 'helm.cattle.io'].map(
    whole,
  ),
  ...['core.oam.dev', 'work.open-cluster-management.io', 'apps.open-cluster-management.io'].map(whole),
  ...['addons.cluster.x-k8s.io', 'operators.coreos.com', 'helm.crossplane.io', 'kubernetes.crossplane.io'].map(whole),
  ...['helm.m.crossplane.io', 'kubernetes.m.crossplane.io', 'configsync.gke.io', 'gitops.kluctl.io'].map(whole),
  ...['policy.karmada.io', 'work.karmada.io', 'config.projectsveltos.io'].map(whole),
  // What runs Terraform, Pulumi and Ansible, and what writes to the repository itself.
  ...['infra.contrib.fluxcd.io', 'app.terraform.io', 'tf.galleybytes.com', 'pulumi.com', 'tower.ansible.com'].map(
    whole,
  ),
  ...['tf.upbound.io', 'tf.m.upbound.io', 'opentofu.upbound.io', 'opentofu.m.upbound.io'].map(whole),
  { ...whole('image.toolkit.fluxcd.io'), resource: 'imageupdateautomations' },
]

function whole(group: string): Applier {
  return { group, resource: '*', harmless: new RegExp(String.raw`^\/spec\/(${PACE})(\/|$)`), acts: true }
}

/** The applier that this kind is, or undefined. */
export const applierOf = (group: string, resource: string): Applier | undefined =>
  APPLIERS.find((each) => isUnder(group, each.group) && (each.resource === '*' || each.resource === resource))
