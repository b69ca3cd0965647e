import { isUnder } from '../objects/custom-resource.ts'
import { shown, titleOf } from '../objects/metadata.ts'
import type { Turn } from '../objects/turns.ts'
import { specTurns } from '../objects/turns.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Some objects are Secrets in another form: a controller makes the Secret from them and follows every change. A key
 * taken out is taken out of the Secret; another name, store or path leaves the pods without theirs. One more key, and how
 * often it is read, are ordinary changes.
 * Source: API references of Sealed Secrets, External Secrets, Vault Secrets Operator, Secrets Store CSI, Infisical,
 * Doppler, 1Password, cert-manager, SOPS and Vault Secrets operators, Bitwarden, secretgen-controller.
 */
export const secretSource: Rule = {
  id: 'secret-source',
  remedy: 'Add a key beside those that are there; ask a person to take one out.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    if (!SOURCES.some((domain) => isUnder(request.group, domain))) return null
    const turn = specTurns(request).find(isLost)
    return turn === undefined
      ? null
      : found(
          `turns ${quote(turn.path)} of ${titleOf(request)} from ${shown(turn.from)} to ${shown(turn.to)}: the Secret made from it follows`,
        )
  },
}

const isLost = ({ path, from, to }: Turn): boolean =>
  (to === undefined && CONTENT.test(path)) || (from !== undefined && from !== to && !PACE.test(path))

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
