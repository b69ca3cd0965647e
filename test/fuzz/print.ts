import { stringify } from 'yaml'
import type { Failure } from './check.ts'
import { field, text } from '../../src/api/json.ts'

/**
 * The failing case in the format of test/fixtures, to be pasted in; what that cannot say stands above it as comments.
 */
export function fixtureOf({ it, wrong, check }: Failure): string {
  const { request, world } = it
  const [agent] = world.agents
  const sub = text(request, 'subResource')
  const namespace = text(request, 'namespace')
  const fixture = {
    request: {
      operation: request['operation'],
      group: text(request, 'resource', 'group'),
      resource: text(request, 'resource', 'resource'),
      ...(sub === '' ? {} : { subresource: sub }),
      ...(namespace === '' ? {} : { namespace }),
      name: text(request, 'name'),
      kind: text(request, 'kind', 'kind'),
      user: text(request, 'userInfo', 'username'),
      ...(request['dryRun'] === true ? { dryRun: true } : {}),
      ...present({ oldObject: request['oldObject'], object: request['object'], options: request['options'] }),
    },
    facts: {
      phase: agent?.trustPhase ?? 'Shadow',
      ...(world.policy === null ? {} : { policy: world.policy }),
      ...(world.live.length === 0 ? {} : { objects: world.live.map(({ object }) => object) }),
    },
    expect: { class: 'Destructive', verdict: 'Deny', reason: 'ApprovalRequired', findings: [] },
  }
  const notes = [
    `${check.name}: ${wrong}`,
    `agents: ${JSON.stringify(world.agents)}`,
    `namespaces: ${JSON.stringify(world.namespaces)}`,
    `user: ${JSON.stringify(field(request, 'userInfo'))}`,
    'expect: what DESIGN says',
  ]
  return `${notes.map((note) => `# ${note.replaceAll('\n', ' ')}\n`).join('')}${stringify(fixture, { lineWidth: 120 })}`
}

const present = (values: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(
    Object.entries(values).filter(
      ([, value]) => value !== null && value !== undefined && JSON.stringify(value) !== '{}',
    ),
  )
