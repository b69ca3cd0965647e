import type { Json, JsonObject } from '../../src/api/json.ts'
import { field } from '../../src/api/json.ts'
import type { ApprovalRequest } from '../../src/api/objects.ts'
import type { ControlPlane } from '../../test/e2e/harness/control-plane.ts'
import { obstat } from '../../test/e2e/harness/obstat.ts'
import { governedAgent } from '../folder.ts'
import { newPerson } from '../person.ts'
import { ORDINARY, PROTECTED, storedIn } from '../reviews/cases.ts'
import { AGENT } from '../reviews/review.ts'
import type { Source } from '../source.ts'
import { appending, JSON_PATCH, pathOfRequest } from '../source.ts'

/** POST that must succeed. */
export async function post(plane: ControlPlane, path: string, body: unknown): Promise<Json> {
  const answer = await plane.call(path, { method: 'POST', body })
  if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`)
  return answer.json
}

/** Namespaces of the reviews: where the agent lives, an ordinary one, and a protected one. */
export async function makeNamespaces(plane: ControlPlane): Promise<void> {
  const namespaces = [
    { name: AGENT.namespace },
    { name: ORDINARY },
    { name: PROTECTED, labels: { 'obstat.dev/protected': 'true' } },
  ]
  for (const metadata of namespaces) await post(plane, '/api/v1/namespaces', { metadata })
}

/** obstat's definitions in an empty cluster, with the agent, somebody who signs, and what rules read live. */
export async function clusterSource(plane: ControlPlane): Promise<Source> {
  const admin = ['--kubeconfig', plane.adminKubeconfig]
  const installed = await obstat(plane, ['install', ...admin, '--url', 'https://127.0.0.1:9443'])
  if (installed.code !== 0) throw new Error(`obstat install: exit code ${installed.code}\n${installed.stderr}`)
  const person = newPerson('alice')
  await makeNamespaces(plane)
  for (const object of storedIn())
    await post(plane, `/apis/apps/v1/namespaces/${ORDINARY}/deployments`, asWritten(object))
  await post(plane, '/apis/obstat.dev/v1alpha1/approvers', person.approver)
  await post(plane, '/apis/obstat.dev/v1alpha1/governedagents', governedAgent)
  return {
    flags: (port) => [...admin, '--url', `https://127.0.0.1:${port}`],
    person,
    request: async (name) => (await plane.call(pathOfRequest(name))).json as unknown as ApprovalRequest,
    append: async (name, envelope) => {
      const options = { method: 'PATCH', body: appending(envelope), contentType: JSON_PATCH }
      const answer = await plane.call(pathOfRequest(name), options)
      if (answer.status !== 200) throw new Error(`PATCH ${name}: ${answer.status} ${answer.text}`)
    },
  }
}

/** An object as a person would write it: without what the API server fills in. */
function asWritten(object: JsonObject): JsonObject {
  const { status: _, ...rest } = object
  const kept = ['name', 'namespace', 'labels'].map((key) => [key, field(object, 'metadata', key) ?? null] as const)
  return { ...rest, metadata: Object.fromEntries(kept) }
}
