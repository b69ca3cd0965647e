import { text } from '../../api/json.ts'
import type { Facts } from '../facts.ts'
import { isUnder } from '../objects/custom-resource.ts'
import { shown, titleOf } from '../objects/metadata.ts'
import { secretsInUse } from '../objects/secrets-in-use.ts'
import type { Turn } from '../objects/turns.ts'
import { specTurns } from '../objects/turns.ts'
import type { ListRead } from '../read.ts'
import { listOf } from '../read.ts'
import type { Request } from '../request.ts'
import type { Found, Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Some objects are Secrets in another form: a controller makes the Secret from them and follows every change. A key
 * taken out is taken out of the Secret; another name, store or path leaves the pods without theirs. One more key, and
 * how often it is read, are ordinary changes. A new one that would make a Secret which is there already overwrites it:
 * that it is there shows in a ready pod that cannot do without it (read live; Secrets themselves are not).
 * Source: API references of Sealed Secrets, External Secrets, Vault Secrets Operator, Secrets Store CSI, Infisical,
 * Doppler, 1Password, cert-manager, SOPS and Vault Secrets operators, Bitwarden, secretgen-controller.
 */
export const secretSource: Rule = {
  id: 'secret-source',
  remedy: 'Add a key beside those that are there; ask a person to take one out.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' }],
  needs: (request) => (targetsOf(request).length === 0 ? [] : [podsOf(request)]),
  find: (request, facts) => {
    if (!isSource(request)) return null
    if (request.operation === 'CREATE') return overwritten(request, facts)
    const turn = specTurns(request).find((each) => isLost(each) || isRenamed(each, request))
    return turn === undefined
      ? null
      : found(
          `turns ${quote(turn.path)} of ${titleOf(request)} from ${shown(turn.from)} to ${shown(turn.to)}: the Secret made from it follows`,
        )
  },
}

const isSource = ({ group }: Request): boolean => SOURCES.some((domain) => isUnder(group, domain))

const podsOf = ({ namespace }: Request): ListRead => listOf('', 'v1', 'pods', namespace)

/** Where the kinds name the Secret that they make; without, it is called as they are. */
const TARGETS = [
  ['secretName'],
  ['target', 'name'],
  ['destination', 'name'],
  ['managedSecretReference', 'secretName'],
  ['managedSecret', 'name'],
] as const

/** The Secrets that a new object has its controller write; none that it only reads. */
function targetsOf(request: Request): readonly string[] {
  const { operation, namespace, name, object } = request
  if (operation !== 'CREATE' || namespace === '' || !isSource(request)) return []
  if (text(object, 'spec', 'target', 'creationPolicy') === 'None') return []
  const named = TARGETS.map((path) => text(object, 'spec', ...path)).filter((target) => target !== '')
  return named.length > 0 ? named : NAMESAKES.test(request.resource) ? [name] : []
}

const NAMESAKES =
  /^(externalsecrets|sealedsecrets|sopssecrets|vaultsecrets|onepassworditems|secrettemplates|passwords|rsakeys|sshkeys)$/

function overwritten(request: Request, facts: Facts): Found | null {
  const targets = targetsOf(request)
  if (targets.length === 0) return null
  const there = secretsInUse(facts.live.list(podsOf(request)))
  const target = targets.find((each) => there.has(each))
  return target === undefined
    ? null
    : found(`has ${titleOf(request)} overwrite Secret ${quote(target)}, which pods use`)
}

const isLost = ({ path, from, to }: Turn): boolean =>
  (to === undefined && CONTENT.test(path)) || (from !== undefined && from !== to && !PACE.test(path))

/** The Secret that had the object's own name gets another, and the old one goes. */
const isRenamed = ({ path, from, to }: Turn, { name }: Request): boolean =>
  path === '/spec/target/name' && (from ?? name) !== (to ?? name)

const CONTENT =
  /^\/(spec\/(encryptedData|data|dataFrom|template|target|secretObjects|parameters|secretTemplates|map|dnsNames|ipAddresses|uris)|data)(\/|$)/
/** How often it is looked at again, and what a person is told. */
const PACE = /^\/spec\/(refresh|resync|rollout|hmac|renew|duration|revisionHistoryLimit)/i

const SOURCES: readonly string[] = [
  'bitnami.com',
  'external-secrets.io',
  'secrets.hashicorp.com',
  'secrets-store.csi.x-k8s.io',
  'secrets.infisical.com',
  'secrets.doppler.com',
  'onepassword.com',
  'cert-manager.io',
  'isindir.github.com',
  'ricoberger.de',
  'k8s.bitwarden.com',
  'secretgen.carvel.dev',
  'kubernetes-client.io',
]
