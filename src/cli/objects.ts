import type { Json } from '../api/json.ts'
import { field, isArray, isObject, text } from '../api/json.ts'
import type { Kind } from '../api/names.ts'
import { API_VERSION, PLURALS, POLICY_NAME } from '../api/names.ts'
import type { ActionPolicy, ApprovalRequest, Approver, GovernedAgent } from '../api/objects.ts'
import { Refused, UsageError } from './command.ts'
import type { Cluster } from './ports.ts'
import { statusOf } from './ports.ts'
import { printable } from './printable.ts'

export const collectionOf = (kind: Kind): string => `/apis/${API_VERSION}/${PLURALS[kind]}`
export const pathOf = (kind: Kind, name: string): string => `${collectionOf(kind)}/${encodeURIComponent(name)}`

/** The API server checked the schema; where it has none of ours, the list is there and the fields are not. */
const hasList = (object: Json, key: string): boolean => isArray(field(object, 'spec', key))

/** Every object of a kind, in order of name. Throws UsageError where obstat is not installed. */
async function all(cluster: Cluster, kind: Kind): Promise<readonly Json[]> {
  try {
    const { items } = await cluster.list(collectionOf(kind))
    return [...items].sort((a, b) => (text(a, 'metadata', 'name') < text(b, 'metadata', 'name') ? -1 : 1))
  } catch (cause) {
    throw statusOf(cause) === 404 ? notInstalled(cluster, cause) : cause
  }
}

const notInstalled = (cluster: Cluster, cause: unknown): UsageError =>
  new UsageError(`${cluster.server} does not know obstat.dev; run obstat install, or choose another --context`, {
    cause,
  })

export const requestsOf = async (cluster: Cluster): Promise<readonly ApprovalRequest[]> =>
  (await all(cluster, 'ApprovalRequest')).filter(isRequest)

export const approversOf = async (cluster: Cluster): Promise<readonly Approver[]> =>
  (await all(cluster, 'Approver')).filter((object) => hasList(object, 'keys')) as unknown as readonly Approver[]

export const agentsOf = async (cluster: Cluster): Promise<readonly GovernedAgent[]> =>
  (await all(cluster, 'GovernedAgent')).filter((object) =>
    hasList(object, 'subjects'),
  ) as unknown as readonly GovernedAgent[]

/** The policy that counts; null when there is none. */
export async function policyOf(cluster: Cluster): Promise<ActionPolicy | null> {
  const found = await orNull(cluster.get(pathOf('ActionPolicy', POLICY_NAME)))
  return isObject(field(found, 'spec')) ? (found as unknown as ActionPolicy) : null
}

const isRequest = (object: Json): object is ApprovalRequest => hasList(object, 'acts') && hasList(object, 'decisions')

/** Also says whether what a watch or a get brought is one. */
export const asRequest = (object: Json): ApprovalRequest | null => (isRequest(object) ? object : null)

async function orNull(answer: Promise<Json>): Promise<Json> {
  try {
    return await answer
  } catch (cause) {
    if (statusOf(cause) === 404) return null
    throw cause
  }
}

/** The ApprovalRequest of exactly this name; null when there is none. */
export const getRequest = async (cluster: Cluster, name: string): Promise<ApprovalRequest | null> =>
  asRequest(await orNull(cluster.get(pathOf('ApprovalRequest', name))))

/**
 * The one ApprovalRequest with this name or with a name that begins so, `ar-` left out or not. Throws Refused when
 * there is none, UsageError when there are several.
 */
export async function findRequest(cluster: Cluster, id: string): Promise<ApprovalRequest> {
  const exact = /^a[rp]-[a-z0-9]{8,}$/.test(id) ? await getRequest(cluster, id) : null
  if (exact !== null) return exact
  const requests = await requestsOf(cluster)
  const found = requests.filter(
    ({ metadata: { name } }) => id !== '' && (name.startsWith(id) || name.startsWith(`ar-${id}`)),
  )
  const [one, ...others] = found
  if (one === undefined) throw new Refused(`there is no ApprovalRequest ${printable(id)}; obstat queue lists them`)
  if (others.length > 0)
    throw new UsageError(
      `${printable(id)} begins ${found.length} names: ${found.map(({ metadata }) => metadata.name).join(', ')}`,
    )
  return one
}
