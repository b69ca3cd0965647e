import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { openSync, closeSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import type { Json } from '../api/json.ts'
import { field, text } from '../api/json.ts'
import { Refused, UsageError } from './command.ts'

/** A webhook over a fresh folder, an agent that asks it, and a person's key. */
export interface Stage {
  readonly directory: string
  /** The person's private key file; the public one is beside it. */
  readonly key: string
  /** Writes one object into the folder. */
  readonly put: (file: string, object: object) => void
  /** Asks as the API server does: the `request` of an AdmissionReview, without uid and user. */
  readonly ask: (request: object) => Promise<Said>
  /** What the webhook has recorded, one line a decision, once there are so many. */
  readonly records: (count: number) => Promise<readonly string[]>
  readonly stop: () => Promise<void>
}

export interface Said {
  readonly isAllowed: boolean
  readonly reason: string
  readonly message: string
}

export const AGENT_USER = 'system:serviceaccount:agents:sre-bot'
const AGENT_GROUPS = ['system:serviceaccounts', 'system:serviceaccounts:agents', 'system:authenticated']
const START_MS = 15_000

/**
 * Sets the stage in a temporary folder, which `stop` removes. `program` is how this program runs itself; `prepare` fills
 * the folder before the webhook reads it.
 */
export async function setStage(
  program: readonly string[],
  prepare: (directory: string, key: string) => Promise<void>,
): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'obstat-demo-'))
  const key = join(directory, 'alice')
  const put = (file: string, object: object): void => {
    writeFileSync(join(directory, file), stringify(object))
  }
  try {
    await makeKey(key)
    for (const [file, object] of Object.entries(SCENE)) put(file, object)
    await prepare(directory, key)
    const { child, port } = await serve(program, directory)
    return {
      directory,
      key,
      put,
      ask: (request) => ask(port, request),
      records: (count) => recorded(join(directory, 'audit.jsonl'), count),
      stop: async () => {
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        await ended
        rmSync(directory, { recursive: true, force: true })
      },
    }
  } catch (cause) {
    rmSync(directory, { recursive: true, force: true })
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

const named = (apiVersion: string, kind: string, name: string, more: object = {}): object => ({
  apiVersion,
  kind,
  metadata: { name, ...more },
})

const SCENE: Readonly<Record<string, object>> = {
  'cluster.yaml': named('v1', 'Namespace', 'kube-system', { uid: randomUUID() }),
  'agents.yaml': named('v1', 'Namespace', 'agents'),
  'shop.yaml': named('v1', 'Namespace', 'shop'),
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

async function ask(port: number, request: object): Promise<Said> {
  const uid = randomUUID()
  const userInfo = { username: AGENT_USER, uid: 'sre-bot-uid', groups: AGENT_GROUPS }
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: { uid, userInfo, ...request } }
  const answer = await post(port, JSON.stringify(review))
  if (text(answer, 'response', 'uid') !== uid) throw new Refused('the webhook answered something else')
  return {
    isAllowed: field(answer, 'response', 'allowed') === true,
    reason: text(answer, 'response', 'status', 'reason'),
    message: text(answer, 'response', 'status', 'message'),
  }
}

/** The certificate was made a second ago, by the process that we started, for this address: there is nobody to vouch for it. */
async function post(port: number, body: string): Promise<Json> {
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
  call.end(body)
  const [response] = await answered
  return (await json(response as never)) as Json
}
