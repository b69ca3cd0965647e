import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { buffer, text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { connect } from '../cluster/client.ts'
import { connectFiles } from '../files/client.ts'
import { UsageError } from './command.ts'
import type { World } from './ports.ts'
import { run } from './run.ts'
import { versionOf } from './version.ts'

/** The folder above this file that holds the manifests: the checkout, or the installed package. */
function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'manifests', 'kustomization.yaml'))) return folder
  const parent = dirname(folder)
  if (parent === folder) throw new UsageError('the folder manifests/ is missing beside the program; install it again')
  return rootAbove(parent)
}

/** Asks on the terminal; standard output stays clean for data. */
async function ask(question: string): Promise<string | null> {
  if (!process.stdin.isTTY) return null
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}

/** `key` is a path, or the text of a public key whose private half is in the ssh-agent. */
async function sshSign(key: string, namespace: string, message: Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'obstat-'))
  try {
    const file = /^\S+ [A-Za-z0-9+/=]{20,}/.test(key) ? join(folder, 'key.pub') : key
    if (file !== key) await writeFile(file, `${key}\n`, { mode: 0o600 })
    const child = spawn('ssh-keygen', ['-q', '-Y', 'sign', '-n', namespace, '-f', file], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const ended = once(child, 'close') as Promise<[number | null]>
    child.stdin.end(message)
    const [signature, [code]] = await Promise.all([text(child.stdout), ended])
    if (code !== 0)
      throw new UsageError(`ssh-keygen could not sign with ${file === key ? file : 'the key in the ssh-agent'}`)
    return signature
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      throw new UsageError(
        'ssh-keygen is missing; install OpenSSH 8.2 or newer, or use obstat statement and envelope',
        { cause },
      )
    throw cause
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The person's own command, with their shell and their terminal for what it asks. */
async function pipe(command: string, input: Buffer): Promise<string> {
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'close') as Promise<[number | null]>
  // A command that does not read its input may be gone before it is written.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [printed, [code]] = await Promise.all([text(child.stdout), ended])
  if (code !== 0) throw new UsageError(`--key: the command ended with ${code ?? 'a signal'}; nothing was signed`)
  return printed
}

async function sshAgentKeys(): Promise<string> {
  try {
    return (await promisify(execFile)('ssh-add', ['-L'])).stdout
  } catch (cause) {
    throw new UsageError('--ssh-agent: no key there; start ssh-agent, run ssh-add, or use --key FILE', { cause })
  }
}

/** no-color.org: NO_COLOR that is not empty wants none; TERM=dumb can't. */
const isColoured = (stream: { readonly isTTY?: boolean }): boolean =>
  stream.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb'

function world(): World {
  const stopped = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      stopped.abort()
      // A second one ends whatever does not listen to the first.
      process.once(name, () => process.exit(130))
    })
  const root = rootAbove(import.meta.dirname)
  return {
    out: (data) => process.stdout.write(data),
    say: (line) => process.stderr.write(`${line}\n`),
    hasColours: { out: isColoured(process.stdout), say: isColoured(process.stderr) },
    env: process.env,
    now: () => new Date(),
    connect: ({ standalone, ...choice }) => (standalone === undefined ? connect(choice) : connectFiles(standalone)),
    read: (path) => (path === '-' ? buffer(process.stdin) : readFile(path)),
    ask,
    sshSign,
    pipe,
    sshAgentKeys,
    pause: async (ms) => {
      try {
        await sleep(ms, undefined, { signal: stopped.signal })
      } catch (cause) {
        if (!stopped.signal.aborted) throw cause
      }
    },
    program: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    root,
    serve: async (config) => (await import('../main.ts')).serve(config, await versionOf(root), stopped.signal),
    signal: stopped.signal,
  }
}

process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  // Whoever read our output has gone: `obstat queue | head`.
  if (cause.code === 'EPIPE') process.exit(0)
  throw cause
})
process.exitCode = await run(process.argv.slice(2), world())
