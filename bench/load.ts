import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { plainEnvironment } from '../test/e2e/harness/family.ts'
import { pinned } from './pinning.ts'

/** What the load client is told; see `load -help`. */
export interface LoadOptions {
  readonly program: string
  readonly core: number | undefined
  readonly url: string
  readonly bodyFile: string
  readonly certificateFile: string
  readonly connections: number
  readonly warmUpMs: number
  readonly durationMs: number
  readonly expect: 'allowed' | 'denied' | 'written'
  /** Reasons of a refusal that are good ones; any when empty. */
  readonly reasons: readonly string[]
  /** Ends it early. */
  readonly signal: AbortSignal
  /** Further flags, as a write to the API server needs them. */
  readonly more?: readonly string[]
}

/** What the load client prints; times are milliseconds. */
export interface Load {
  readonly calls: number
  readonly allCalls: number
  readonly errors: number
  readonly firstError?: string
  readonly perSecond: number
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly dials: number
  readonly cpuMs: number
}

/** A call may take 30 s, and every connection ends its last one. */
const GRACE_MS = 45_000

/** Runs the load client once. It ends by itself, and when this process does. Throws when it fails or does not end. */
export async function runLoad(options: LoadOptions): Promise<Load> {
  const { program, core, warmUpMs, durationMs, reasons } = options
  const command = pinned(core, program, [
    ...['-tied', '-url', options.url, '-body', options.bodyFile, '-ca', options.certificateFile],
    ...['-connections', String(options.connections), '-warm-up', `${warmUpMs}ms`, '-duration', `${durationMs}ms`],
    ...['-expect', options.expect, '-reasons', reasons.join(','), ...(options.more ?? [])],
  ])
  const child = spawn(command.program, command.args, {
    env: plainEnvironment('/'),
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: warmUpMs + durationMs + GRACE_MS,
    killSignal: 'SIGKILL',
    signal: options.signal,
  })
  // It reads nothing; an end of its input is what tells it that we are gone.
  child.stdin.on('error', () => child.stdin.destroy())
  const [out, complaint, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ])
  if (code !== 0) throw new Error(`the load client ended with ${code ?? 'a signal'}: ${complaint.trim()}`)
  return JSON.parse(out) as Load
}
