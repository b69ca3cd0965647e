import type { Json } from '../../api/json.ts'
import { entries } from '../../api/json.ts'
import { isCustomResource, isUnder } from '../objects/custom-resource.ts'
import { isAlike } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import { isOn } from '../objects/switches.ts'
import { specTurns } from '../objects/turns.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Operators hand out rights for whoever writes their objects: IAM of the clouds, roles and policies of Vault, users of
 * an identity provider, access to this cluster by way of its manager. Making one, or changing what one says, is an RBAC
 * write in another place. Accounts of databases and brokers are Destructive: a person may sign them. So is what another
 * agent is told and which tools it has: it acts by rights of its own; and a policy document that goes with a cloud
 * resource.
 * Source: API references of AWS Controllers for Kubernetes, Config Connector, Azure Service Operator, Crossplane's
 * providers, vault-config-operator, Rancher, Dex, Keycloak, Teleport, Hierarchical Namespaces, Rook.
 */
export const outsideRights: Rule = {
  id: 'outside-rights',
  remedy: 'Ask a person to hand out rights.',
  raises: 'Escalation',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    const what = `writes ${titleOf(request)}, by which an operator hands out rights`
    if (isAbout(RIGHTS, request) && saysOtherwise(request)) return found(what)
    if (isAbout(AGENTS, request) && saysOtherwise(request))
      return { what: `writes ${titleOf(request)}, by which another agent acts`, raises: 'Destructive' }
    const isOfData =
      (isAbout(ACCOUNTS, request) && saysOtherwise(request)) || opensDatabase(request) || hasOtherPolicy(request)
    return isOfData ? { what, raises: 'Destructive' } : null
  },
}

const isAbout = (kinds: Kinds, { group, resource }: Request): boolean =>
  kinds.some(([domain, resources]) => isUnder(group, domain) && resources.test(resource))

/** Rancher and Dex keep what they say at the top. */
const saysOtherwise = ({ operation, oldObject, object }: Request): boolean =>
  operation === 'CREATE' || !isAlike(said(oldObject), said(object))

const said = (object: Json): Json =>
  Object.fromEntries(entries(object).filter(([key]) => key !== 'metadata' && key !== 'status'))

/** Who may log in to a database, and as what. */
const opensDatabase = (request: Request): boolean =>
  isCustomResource(request) &&
  specTurns(request).some(
    ({ path, to }) => to !== undefined && (/pg_?hba/i.test(path) || (SUPERUSER.test(path) && isOn(to))),
  )

/** A policy as AWS has it, of a bucket, a queue, a key: JSON in a field. */
const hasOtherPolicy = (request: Request): boolean =>
  isCustomResource(request) &&
  specTurns(request).some(({ key, to }) => /policy/i.test(key) && typeof to === 'string' && STATEMENT.test(to))

const STATEMENT = /^\s*\{[^]*"Statement"/

const SUPERUSER = /\/(superuser|enableSuperuserAccess)$/i

/** Groups with the plurals that count. */
type Kinds = readonly (readonly [string, RegExp])[]

/** Accounts of databases and brokers: a person may sign these. */
const ACCOUNTS: Kinds = [
  ['kafka.strimzi.io', /^kafkausers$/],
  ['rabbitmq.com', /^(users|permissions|topicpermissions)$/],
  ['k8s.mariadb.com', /^(users|grants)$/],
  ['mongodb.com', /users$/],
  ['cluster.redpanda.com', /^(users|redpandaroles)$/],
  // Who may read a bucket
  ['s3.aws.upbound.io', /^bucket(policies|acls|publicaccessblocks)$/],
  ['s3.aws.m.upbound.io', /^bucket(policies|acls|publicaccessblocks)$/],
]

/** Agents and what they are told, think with and use: kagent, K8sGPT, ToolHive. */
const AGENTS: Kinds = [
  ['kagent.dev', /^(agents|sandboxagents|modelconfigs|modelproviderconfigs|toolservers|remotemcpservers|mcpservers)$/],
  ['core.k8sgpt.ai', /^(k8sgpts|mutations)$/],
  ['toolhive.stacklok.dev', /^(mcp|virtualmcp)/],
]

const RIGHTS: Kinds = [
  // AWS
  ['iam.services.k8s.aws', /./],
  ['eks.services.k8s.aws', /^(accessentries|podidentityassociations|identityproviderconfigs)$/],
  ['iam.aws.upbound.io', /./],
  ['iam.aws.m.upbound.io', /./],
  ['iam.aws.crossplane.io', /./],
  // Google
  ['iam.cnrm.cloud.google.com', /./],
  ['cloudplatform.gcp.upbound.io', /iam|serviceaccount/],
  ['cloudplatform.gcp.m.upbound.io', /iam|serviceaccount/],
  // Azure
  ['authorization.azure.com', /./],
  ['managedidentity.azure.com', /./],
  ['authorization.azure.upbound.io', /./],
  ['authorization.azure.m.upbound.io', /./],
  // Vault
  ['redhatcop.redhat.io', /^(policies|passwordpolicies)$|auth|role|identit|group|entit/],
  ['vault.upbound.io', /./],
  ['vault.m.upbound.io', /./],
  // Managers of clusters and their users
  ['management.cattle.io', /role|users|tokens|group|authconfigs/],
  ['auth.teleport.dev', /./],
  ['resources.teleport.dev', /./],
  ['hnc.x-k8s.io', /^hierarchyconfigurations$/],
  ['rbacmanager.reactiveops.io', /./],
  // Identity providers
  ['dex.coreos.com', /./],
  ['keycloak.org', /realm|user|client/],
  ['pinniped.dev', /./],
  // Storage whose key is made into a Secret
  ['ceph.rook.io', /^(cephclients|cephobjectstoreusers)$/],
]
