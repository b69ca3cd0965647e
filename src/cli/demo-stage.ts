import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, copyFileSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Json } from '../api/json.ts'
import { field, text } from '../api/json.ts'
import { Refused, UsageError } from './command.ts'
import type { World } from './ports.ts'

/** A webhook over a fresh folder, the API server's part, and a person's key. */
export interface Stage {
  readonly directory: string
  /** The person's private key file; the public one is beside it. */
  readonly key: string
  /** Sends one recorded review, by name, as the API server sent it. */
  readonly send: (review: string) => Promise<Said>
  /** What the API server does to an object once the webhook has let a deletion through. */
  readonly remove: (file: string) => void
  /** What a person makes anew, with another uid. */
  readonly restore: (file: string) => void
  /** What the webhook has recorded, one line a decision, once there are so many. */
  readonly records: (count: number) => Promise<readonly string[]>
  readonly stop: () => Promise<void>
}

export interface Said {
  readonly isAllowed: boolean
  readonly reason: string
  readonly message: string
}

const START_MS = 60_000

/**
 * Sets the stage in a temporary folder, which `stop` removes. `prepare` says who is who before the webhook reads the
 * folder.
 */
export async function setStage(
  world: Pick<World, 'program' | 'root'>,
  prepare: (directory: string, key: string) => Promise<void>,
): Promise<Stage> {
  const recordings = join(world.root, 'examples', 'demo')
  if (!existsSync(recordings)) throw new UsageError(`${recordings} is missing; run the demo in a checkout`)
  const directory = mkdtempSync(join(tmpdir(), 'obstat-demo-'))
  const key = join(directory, 'alice')
  const clear = (): void => {
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    cpSync(join(recordings, 'cluster'), directory, { recursive: true })
    await makeKey(key)
    await prepare(directory, key)
    const { child, port } = await serve(world.program, directory)
    return {
      directory,
      key,
      send: (review) => post(port, readFileSync(join(recordings, 'reviews', `${review}.json`))),
      remove: (file) => {
        rmSync(join(directory, file))
      },
      restore: (file) => {
        copyFileSync(join(recordings, 'later', file), join(directory, file))
      },
      records: (count) => recorded(join(directory, 'audit.jsonl'), count),
      stop: async () => {
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        await ended
        clear()
      },
    }
  } catch (cause) {
    clear()
    throw cause
  }
}

const EVERY_MS = 20
const RECORD_TRIES = 250

/** Records are written after the answer was sent. */
async function recorded(file: string, count: number): Promise<readonly string[]> {
  for (let tries = 0; tries < RECORD_TRIES; tries++) {
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
    if (lines.length >= count) return lines
    await sleep(EVERY_MS)
  }
  throw new Refused(`expected ${count} records in ${file}`)
}

/** A key of this run alone, without a passphrase. */
async function makeKey(file: string): Promise<void> {
  try {
    await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'alice', '-f', file])
  } catch (cause) {
    throw new UsageError('ssh-keygen is missing or failed; install OpenSSH 8.2 or newer', { cause })
  }
}

interface Served {
  readonly child: ChildProcess
  readonly port: number
}

/** Runs `serve --standalone` beside us and waits until it says where it listens. */
async function serve(program: readonly string[], directory: string): Promise<Served> {
  const [node = '', ...args] = program
  const flags = ['--standalone', directory, '--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0']
  const audit = openSync(join(directory, 'audit.jsonl'), 'w')
  // A URL tells serve that no load balancer has to notice when it ends.
  const child = spawn(node, [...args, 'serve', ...flags, '--url', 'https://127.0.0.1'], {
    stdio: ['ignore', audit, 'pipe'],
  })
  closeSync(audit)
  const { stderr } = child
  if (stderr === null) throw new TypeError('a child without standard error')
  const said: string[] = []
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS)
  try {
    for await (const line of createInterface({ input: stderr })) {
      said.push(line)
      const port = Number(/ serving on 127\.0\.0\.1:(\d+),/.exec(line)?.[1])
      if (port > 0) return { child, port }
    }
  } finally {
    clearTimeout(timer)
    stderr.resume()
  }
  throw new Refused(`the webhook did not start: ${said.at(-1) ?? 'it said nothing'}`)
}

/**
 * One HTTPS call as kube-apiserver makes it. The certificate was made a second ago, by the process that we started, for
 * this address: there is nobody to vouch for it.
 */
async function post(port: number, review: Buffer): Promise<Said> {
  const call = httpsRequest({
    host: '127.0.0.1',
    port,
    path: '/agents?timeout=5s',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    rejectUnauthorized: false,
    agent: false,
  })
  const answered = once(call, 'response') as Promise<[AsyncIterable<Buffer>]>
  call.end(review)
  const [response] = await answered
  const answer = (await json(response as never)) as Json
  const uid = text(JSON.parse(review.toString('utf8')) as Json, 'request', 'uid')
  if (text(answer, 'response', 'uid') !== uid) throw new Refused('the webhook answered something else')
  return {
    isAllowed: field(answer, 'response', 'allowed') === true,
    reason: text(answer, 'response', 'status', 'reason'),
    message: text(answer, 'response', 'status', 'message'),
  }
}
