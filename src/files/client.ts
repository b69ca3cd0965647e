import type { Json } from '../api/json.ts'
import { field, isArray, isObject, text } from '../api/json.ts'
import type { Kind } from '../api/names.ts'
import { API_VERSION, KINDS, PLURALS } from '../api/names.ts'
import { parseObject } from '../api/parse.ts'
import type { ApprovalRequest } from '../api/objects.ts'
import { fileOf, locked, writeObject } from './folder.ts'
import type { Place } from './store.ts'
import { Store } from './store.ts'

/** What an API server would have answered with a status other than 2xx. */
export class FileAnswer extends Error {
  override readonly name = 'FileAnswer'
  readonly code = 'FileAnswer'
  /** HTTP status code. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The folder under API paths, for one command at a time. Throws FileAnswer, and BadFolder. */
export interface FilesClient {
  readonly server: string
  readonly get: (path: string) => Promise<Json>
  readonly text: (path: string) => Promise<never>
  readonly list: (path: string) => Promise<{ readonly items: readonly Json[]; readonly resourceVersion: string }>
  readonly create: (path: string, body: object) => Promise<Json>
  /** Server-side apply of an Approver or GovernedAgent, and appending a decision by JSON patch. */
  readonly patch: (path: string, body: object, options: { readonly contentType: string }) => Promise<Json>
  readonly delete: (path: string, body?: object) => Promise<Json>
  readonly watch: (path: string, options: { readonly signal: AbortSignal }) => Promise<never>
  readonly close: () => void
}

/** A client for a folder of YAML. Reads nothing yet. */
export function connectFiles(directory: string): FilesClient {
  const store = new Store(directory)
  const unsupported = (what: string): Promise<never> => Promise.reject(new FileAnswer(405, `a folder has no ${what}`))
  return {
    server: directory,
    get: (path) => attempt(() => found(store, path)),
    text: (path) => unsupported(path),
    list: (path) => attempt(() => ({ items: store.list(placeOf(path).place), resourceVersion: '' })),
    create: () => unsupported('create; write a file'),
    patch: async (path, body, { contentType }) => {
      if (contentType === 'application/apply-patch+yaml') return applied(store, path, body)
      if (contentType === 'application/json-patch+json') return appended(store, path, body)
      throw new FileAnswer(415, `a folder has no ${contentType}`)
    },
    delete: () => unsupported('delete; remove the file'),
    watch: () => unsupported('watch'),
    close: () => undefined,
  }
}

const attempt = <T>(work: () => T): Promise<T> =>
  new Promise((resolve) => {
    resolve(work())
  })

function found(store: Store, path: string): Json {
  const { place, name } = placeOf(path)
  const object = store.get(place, name)
  if (object === null)
    throw new FileAnswer(404, `${place.resource} ${JSON.stringify(name)} not found in ${store.directory}`)
  return object
}

/** `/api/v1/namespaces/shop/pods/web` and its kin, a query left out. */
function placeOf(path: string): { readonly place: Place; readonly name: string } {
  const [plain = ''] = path.split('?', 1)
  const match = /^\/(?:api\/v1|apis\/([^/]+)\/[^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?$/.exec(
    plain,
  )
  if (match === null) throw new FileAnswer(404, `a folder has no ${plain}`)
  const [, group = '', namespace = '', resource = '', name = ''] = match
  return { place: { group, resource, namespace }, name: decodeURIComponent(name) }
}

const kindOf = ({ group, resource }: Place): Kind | undefined =>
  group === API_VERSION.split('/')[0] ? KINDS.find((kind) => PLURALS[kind] === resource) : undefined

/** Writes the object over the one there is. */
function applied(store: Store, path: string, body: object): Promise<Json> {
  const { place, name } = placeOf(path)
  const kind = kindOf(place)
  if (kind === undefined) throw new FileAnswer(404, `a folder has no ${place.resource}; write a file`)
  const read = parseObject(kind, body as Json)
  if (!read.ok) throw new FileAnswer(422, read.issues.map((issue) => `${issue.path} ${issue.message}`).join('; '))
  return locked(store.directory, () => {
    writeObject(store.directory, store.find(kind, name)?.file ?? fileOf(kind, name), read.value)
    return read.value
  })
}

/** The one JSON patch that people send: is it still this object, and one decision more. */
async function appended(store: Store, path: string, body: object): Promise<Json> {
  const { place, name } = placeOf(path)
  const operations = body as Json
  const decisions = isArray(operations) ? operations.filter((one) => text(one, 'op') === 'add') : []
  const uid = isArray(operations)
    ? text(
        operations.find((one) => text(one, 'path') === '/metadata/uid'),
        'value',
      )
    : ''
  const isPlain = decisions.length > 0 && decisions.every((one) => text(one, 'path') === '/spec/decisions/-')
  if (kindOf(place) !== 'ApprovalRequest' || !isPlain)
    throw new FileAnswer(415, 'a folder only takes decisions of ApprovalRequests')
  const more = decisions.map((one) => field(one, 'value')).filter(isObject)
  const written = await store.update(name, (request) => {
    if (uid !== '' && request.metadata.uid !== uid) throw new FileAnswer(422, `${name} is another object by now`)
    return { ...request, spec: { ...request.spec, decisions: [...request.spec.decisions, ...more] } } as ApprovalRequest
  })
  if (written === null)
    throw new FileAnswer(404, `approvalrequests ${JSON.stringify(name)} not found in ${store.directory}`)
  return written
}
