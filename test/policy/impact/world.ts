import type { Json, JsonObject } from '../../../src/api/json.ts'
import { text } from '../../../src/api/json.ts'
import { bindingOf, bindingReads } from '../../../src/policy/impact/binding.ts'
import { impactOf, impactReads } from '../../../src/policy/impact/index.ts'
import type { Binding, Impact } from '../../../src/policy/impact/impact.ts'
import { Seen } from '../../../src/policy/impact/seen.ts'
import type { Read } from '../../../src/policy/read.ts'
import { keyOf } from '../../../src/policy/read.ts'
import type { Request } from '../../../src/policy/request.ts'

/** One object by `plural name`, with metadata made from that. */
export const object = (
  resource: string,
  name: string,
  more: JsonObject = {},
  metadata: JsonObject = {},
): JsonObject => ({
  resource,
  ...more,
  metadata: { name, namespace: 'shop', uid: `uid-${resource}-${name}`, ...metadata },
})

export const ownedBy = (resource: string, name: string, kind = 'ReplicaSet'): JsonObject => ({
  ownerReferences: [{ kind, name, uid: `uid-${resource}-${name}`, controller: true }],
})

export const pod = (name: string, owner: JsonObject = {}, isReady = true, spec: JsonObject = {}): JsonObject =>
  object(
    'pods',
    name,
    {
      spec,
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
    },
    { labels: { app: 'db' }, ...owner },
  )

/** Everything the reads of an impact could find; `failing` by resource, with why. */
export function impactIn(
  objects: readonly JsonObject[],
  asked: Request,
  parent: Json = null,
  failing: Readonly<Record<string, string>> = {},
): Impact {
  const { seen } = seenIn(objects, failing, (so) => impactReads(asked, parent, so))
  return impactOf(asked, parent, seen)
}

/** What binds, by its own reads alone, and the resources of these in their order. */
export function bindingIn(
  objects: readonly JsonObject[],
  asked: Request,
  parent: Json = null,
  failing: Readonly<Record<string, string>> = {},
): { readonly binding: Binding; readonly read: readonly string[] } {
  const { seen, read } = seenIn(objects, failing, (so) => bindingReads(asked, parent, so))
  return { binding: bindingOf(asked, parent, seen), read }
}

function seenIn(
  objects: readonly JsonObject[],
  failing: Readonly<Record<string, string>>,
  wanted: (seen: Seen) => readonly Read[],
): { readonly seen: Seen; readonly read: readonly string[] } {
  const answers = new Map<string, Json>()
  const failures = new Map<string, string>()
  const made = new Map<string, string>()
  const answer = (read: Read): Json => {
    const found = objects.filter((one) => text(one, 'resource') === read.resource)
    if (read.verb === 'list') return found
    return found.find((one) => text(one, 'metadata', 'name') === read.name) ?? null
  }
  for (let round = 0; round < 3; round++)
    for (const read of wanted(new Seen(answers, failures))) {
      made.set(keyOf(read), read.resource)
      const why = failing[read.resource]
      if (why === undefined) answers.set(keyOf(read), answer(read))
      else failures.set(keyOf(read), why)
    }
  return { seen: new Seen(answers, failures), read: [...made.values()] }
}

/** A request of the agent about one object. */
export const asked = (operation: Request['operation'], stored: JsonObject, more: Partial<Request> = {}): Request => ({
  uid: 'review',
  operation,
  group: '',
  version: 'v1',
  resource: text(stored, 'resource'),
  subresource: '',
  kind: { group: '', version: 'v1', kind: '' },
  namespace: text(stored, 'metadata', 'namespace'),
  name: text(stored, 'metadata', 'name'),
  isCollectionItem: false,
  user: { username: 'system:serviceaccount:sre:sre-bot', uid: '', groups: [], extra: new Map() },
  isDryRun: false,
  object: null,
  oldObject: stored,
  options: null,
  ...more,
})

export const said = ({ lines }: Impact): readonly string[] =>
  lines.map(({ about, mark, what }) => `${mark} ${about}: ${what}`)
