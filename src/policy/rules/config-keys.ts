import type { Json } from '../../api/json.ts'
import { entries, field } from '../../api/json.ts'
import { agentOf } from '../agents.ts'
import { isSame } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * The ConfigMap of every Namespace by which its pods know the API server (kube-controller-manager,
 * root-ca-cert-publisher).
 */
const ROOT_CA = 'kube-root-ca.crt'

/**
 * Pods that mount a ConfigMap or Secret, or take their environment from it, do not start without a key that they name,
 * and a value that is gone is nowhere else; `immutable` can only be undone by deleting the object. Reads the keys of
 * `data` and `binaryData` (core/v1), `immutable`, and of values whether they became empty. In the agent's home
 * namespace they are its own.
 */
export const configKeys: Rule = {
  id: 'config-keys',
  remedy: 'Change the value and leave the key; make a new object for what must not change.',
  raises: 'Destructive',
  matches: [
    { operations: ['UPDATE'], group: '', resource: 'configmaps' },
    { operations: ['UPDATE'], group: '', resource: 'secrets' },
  ],
  find: (request, facts) => {
    const before = contentOf(request.oldObject)
    const after = contentOf(request.object)
    if (request.name === ROOT_CA && !isSameContent(before, after))
      return found(`changes the root certificate that pods in ${quote(request.namespace)} trust`)
    if (request.namespace === agentOf(facts, request.user).homeNamespace) return null
    const gone = [...before.keys()].find((key) => !after.has(key))
    if (gone !== undefined) return found(`removes the key ${quote(gone)} from ${titleOf(request)}`)
    const emptied = [...before].find(([key, value]) => isWritten(value) && !isWritten(after.get(key)))
    if (emptied !== undefined) return found(`empties the key ${quote(emptied[0])} of ${titleOf(request)}`)
    return freezes(request) ? found(`makes ${titleOf(request)} immutable`) : null
  },
}

const contentOf = (object: Json): ReadonlyMap<string, Json> =>
  new Map([...entries(object, 'data'), ...entries(object, 'binaryData')])

/** What is no text is no value: the API server takes none. */
const isWritten = (value: Json | undefined): boolean => typeof value === 'string' && value !== ''

const isSameContent = (before: ReadonlyMap<string, Json>, after: ReadonlyMap<string, Json>): boolean =>
  before.size === after.size && [...before].every(([key, value]) => isSame(value, after.get(key)))

const freezes = ({ object, oldObject }: Request): boolean =>
  field(object, 'immutable') === true && field(oldObject, 'immutable') !== true
