import type { Json, JsonObject } from '../src/api/json.ts'
import type { ApprovalRequest } from '../src/api/objects.ts'
import { connectFiles } from '../src/files/client.ts'
import { writeFolder } from './folder.ts'
import type { Person } from './person.ts'
import { newPerson } from './person.ts'

/** Where obstat has its objects: a folder, or an API server. */
export interface Source {
  /** Flags of `obstat serve` that name it. */
  readonly flags: (port: number) => readonly string[]
  readonly person: Person
  readonly request: (name: string) => Promise<ApprovalRequest>
  /** Appends a decision to a request. */
  readonly append: (name: string, envelope: JsonObject) => Promise<void>
}

export const pathOfRequest = (name: string): string => `/apis/obstat.dev/v1alpha1/approvalrequests/${name}`

/** What appends a decision, as a JSON patch. */
export const appending = (envelope: JsonObject): readonly Json[] => [
  { op: 'add', path: '/spec/decisions/-', value: { envelope } },
]
export const JSON_PATCH = 'application/json-patch+json'

/** A new folder with the agent and somebody who signs. */
export function folderSource(folder: string): Source {
  const person = newPerson('alice')
  writeFolder(folder, person.approver)
  const objects = connectFiles(folder)
  return {
    // With a URL it need not wait at its end for load balancers to notice.
    flags: (port) => ['--standalone', folder, '--url', `https://127.0.0.1:${port}`],
    person,
    request: async (name) => (await objects.get(pathOfRequest(name))) as unknown as ApprovalRequest,
    append: async (name, envelope) => {
      await objects.patch(pathOfRequest(name), appending(envelope), { contentType: JSON_PATCH })
    },
  }
}
