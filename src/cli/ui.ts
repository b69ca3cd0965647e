import type { Json } from '../api/json.ts'
import { field, text } from '../api/json.ts'
import type { NewKey } from '../ui/desk.ts'
import type { Desk } from '../ui/desk.ts'
import { newDoor } from '../ui/door.ts'
import { listenOnLoopback } from '../ui/listen.ts'
import type { Listening } from '../ui/listen.ts'
import { applyObject } from './apply.ts'
import { approverWith } from './approver-add.ts'
import { CLUSTER_OR_FOLDER } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import type { Command } from './command.ts'
import { EXIT, Refused, UsageError } from './command.ts'
import { append, checkSignature, outcomeOf, statementFor } from './decision.ts'
import { getRequest, pathOf, requestsOf } from './objects.ts'
import { readPeople } from './people.ts'
import type { Cluster, World } from './ports.ts'
import { isUnreachable, statusOf } from './ports.ts'
import { shellQuoted } from './shell.ts'

/** OBST on the keys of a telephone. Passkeys are made for one origin, so the port stays the same. */
const DEFAULT_PORT = 6278

export const ui: Command = {
  name: 'ui',
  summary: 'serve the review page on this machine, with your own rights',
  operands: '',
  arity: [0, 0],
  flags: {
    ...CLUSTER_OR_FOLDER,
    port: { type: 'string', value: 'PORT', help: `where on localhost; default ${DEFAULT_PORT}` },
  },
  notes: `Prints a link: open it in a browser on this machine. Whoever has it acts with
your rights until this command ends (Ctrl-C). The page lists what waits, shows
what would happen, and signs with a passkey; passkeys are made for one port.`,
  run: async (given, world) => {
    const port = portIn(given)
    const cluster = world.connect(given.cluster())
    try {
      const door = newDoor(port)
      const script = (await world.read(`${world.root}/build/src/ui/page/review.js`)).toString('utf8')
      const desk = deskOf(cluster, await usernameOf(cluster), world)
      // Whoever may read nothing is told here, and not by an empty page.
      await Promise.all([desk.requests(), desk.people()])
      // Loaded here alone: no other command needs express.
      const { createUi } = await import('../ui/app.ts')
      const listening = await listen(createUi({ desk, door, script }), port)
      world.out(`${door.origin}/open/${door.token}\n`)
      world.say(`The review page of ${cluster.server}: open this link; it has your rights. Ctrl-C ends it.`)
      await ended(world.signal)
      await listening.close()
      return EXIT.ok
    } finally {
      cluster.close()
    }
  },
}

function portIn(given: Arguments): number {
  const typed = given.text('port') ?? String(DEFAULT_PORT)
  const port = /^\d{1,5}$/.test(typed) ? Number(typed) : 0
  if (port < 1 || port > 65_535)
    throw new UsageError(`--port: expected a number from 1 to 65535, got ${JSON.stringify(typed)}`)
  return port
}

async function listen(app: Parameters<typeof listenOnLoopback>[0], port: number): Promise<Listening> {
  try {
    return await listenOnLoopback(app, port)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const why = code === 'EADDRINUSE' ? 'somebody listens there already' : code
    throw new UsageError(
      `--port: cannot listen on localhost:${port}: ${why}; end that, or choose another port (passkeys are made for one)`,
      { cause },
    )
  }
}

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else
      signal.addEventListener('abort', () => {
        resolve()
      })
  })

/** The page's desk, with the rights of whoever runs this. */
export function deskOf(cluster: Cluster, username: string, world: Pick<World, 'now' | 'say' | 'pause'>): Desk {
  return {
    server: cluster.server,
    username,
    now: world.now,
    requests: () => requestsOf(cluster),
    request: (name) => getRequest(cluster, name),
    people: () => readPeople(cluster),
    statement: (request, answer, people) => statementFor(request, answer, people, world.now()),
    append: async (request, envelope, answer, people) => {
      checkSignature(envelope, answer.approver)
      await append(cluster, request, envelope, world)
      const done = `${request.metadata.name} ${answer.decision === 'Deny' ? 'denied' : 'approved'} by ${answer.approver.metadata.name}`
      const left = outcomeOf(request, answer, people, envelope, world.now())
      return left === '' ? `${done}.` : `${done}: ${left}.`
    },
    mayWriteApprovers: () => mayWriteApprovers(cluster),
    addKey: (added) => addKey(cluster, added),
    commandToAdd,
    explain: (cause) => explain(cause, world),
  }
}

/** Who the API server takes the person for (SelfSubjectReview); '' where it does not say, as a folder does not. */
async function usernameOf(cluster: Cluster): Promise<string> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  return text(
    await askedOrNull(cluster, '/apis/authentication.k8s.io/v1/selfsubjectreviews', body),
    'status',
    'userInfo',
    'username',
  )
}

async function mayWriteApprovers(cluster: Cluster): Promise<boolean> {
  const resourceAttributes = { group: 'obstat.dev', resource: 'approvers', verb: 'patch' }
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } }
  const answer = await askedOrNull(cluster, '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body)
  return field(answer, 'status', 'allowed') === true
}

/** Reviews are a convenience: an API server that does not answer them is no reason not to go on. */
async function askedOrNull(cluster: Cluster, path: string, body: object): Promise<Json> {
  try {
    return await cluster.create(path, body)
  } catch (cause) {
    if (statusOf(cause) > 0) return null
    throw cause
  }
}

async function addKey(cluster: Cluster, { name, known, username, key }: NewKey): Promise<void> {
  if (known === undefined) {
    await applyObject(cluster, approverWith(name, { keys: [key], usernames: username === '' ? [] : [username] }))
    return
  }
  await cluster.patch(
    pathOf('Approver', name),
    [{ op: 'test', path: '/metadata/uid', value: known.metadata.uid }, ...oneMore(key)],
    {
      contentType: 'application/json-patch+json',
    },
  )
}

const oneMore = (key: NewKey['key']): readonly object[] => [{ op: 'add', path: '/spec/keys/-', value: key }]

function commandToAdd({ name, known, username, key }: NewKey): string {
  if (known !== undefined)
    return `kubectl patch approver ${shellQuoted(name)} --type=json -p ${shellQuoted(JSON.stringify(oneMore(key)))}`
  const who = username === '' ? '' : ` --username ${shellQuoted(username)}`
  return `echo ${shellQuoted(JSON.stringify(key))} |\n  kubectl obstat approver add ${shellQuoted(name)}${who} --key - --apply`
}

function explain(cause: unknown, world: Pick<World, 'say'>): { readonly status: number; readonly words: string } {
  const words = cause instanceof Error ? cause.message : String(cause)
  if (cause instanceof UsageError || cause instanceof Refused) return { status: 409, words }
  if (statusOf(cause) > 0) return { status: 502, words: `The cluster says no: ${words}` }
  if (isUnreachable(cause)) return { status: 502, words }
  world.say(cause instanceof Error ? (cause.stack ?? words) : words)
  return { status: 500, words: 'Something went wrong in obstat ui; its terminal says what.' }
}
