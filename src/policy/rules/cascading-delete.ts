import { applierOf } from '../objects/gitops.ts'
import { isUnder } from '../objects/custom-resource.ts'
import { titleOf } from '../objects/metadata.ts'
import { isOperatorsWork } from '../objects/owned.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Deletes whose controller deletes more than the object: a Node takes its pods, a Machine its VM, a HelmRelease the
 * release, an Application what it deployed, a managed resource the one in the cloud, an issuer's or a store's object
 * the Secret made from it. The class is the verb's; these are the words for it.
 */
export const cascadingDelete: Rule = {
  id: 'cascading-delete',
  remedy: 'Ask an approver, and say what goes with it.',
  raises: 'Destructive',
  matches: [{ operations: ['DELETE'], group: '*', resource: '*' }],
  find: (request, facts) => {
    if (isOperatorsWork(request, facts)) return null
    const more = moreOf(request)
    return more === undefined ? null : found(`deletes ${titleOf(request)} and with it ${more}`)
  },
}

function moreOf(request: Request): string | undefined {
  const { group, resource } = request
  const applier = applierOf(group, resource)
  if (applier !== undefined && applier.acts) return 'what it deployed, unless it is set to leave that'
  return CASCADES.find(([domain, resources]) => isUnder(group, domain) && resources.test(resource))?.[2]
}

const CASCADES: readonly (readonly [string, RegExp, string])[] = [
  ['', /^nodes$/, 'the pods on it'],
  ['', /^replicationcontrollers$/, 'its pods'],
  ['apps', /^(deployments|statefulsets|daemonsets|replicasets)$/, 'its pods'],
  ['batch', /^cronjobs$/, 'its Jobs and their pods'],
  ['cluster.x-k8s.io', /./, 'the machines behind it'],
  ['machine.openshift.io', /./, 'the machines behind it'],
  ['karpenter.sh', /./, 'the nodes behind it'],
  ['metal3.io', /./, 'the machine behind it'],
  ['crossplane.io', /./, 'the resource in the cloud'],
  ['upbound.io', /./, 'the resource in the cloud'],
  ['services.k8s.aws', /./, 'the resource in the cloud'],
  ['cnrm.cloud.google.com', /./, 'the resource in the cloud'],
  ['azure.com', /./, 'the resource in the cloud'],
  ['terraform.io', /./, 'what it provisioned'],
  ['ceph.rook.io', /./, 'the data in it'],
  ['postgresql.cnpg.io', /^(clusters|databases)$/, 'the data in it'],
  ['acid.zalan.do', /./, 'the data in it'],
  ['postgres-operator.crunchydata.com', /./, 'the data in it'],
  ['strimzi.io', /./, 'the data in it'],
  ['elastic.co', /./, 'the data in it'],
  ['percona.com', /./, 'the data in it'],
  ['mongodb.com', /./, 'the data in it'],
  ['mariadb.com', /./, 'the data in it'],
  ['kubevirt.io', /./, 'the virtual machine or its disk'],
  ['bitnami.com', /^sealedsecrets$/, 'the Secret made from it'],
  ['external-secrets.io', /^(externalsecrets|pushsecrets)$/, 'the Secret made from it'],
  ['gateway.networking.k8s.io', /^gateways$/, 'the load balancer behind it'],
]
