import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** What a program answered; `code` is -1 when a signal ended it. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv
  /** Standard input; empty unless told. */
  readonly input?: string
  /** SIGKILL after this; 60 seconds unless told. */
  readonly timeoutMs?: number
}

const collected = (stream: Readable | null): Promise<string> => (stream === null ? Promise.resolve('') : text(stream))

/** Runs a program to its end. Throws only when it cannot be executed; an exit code is an answer. */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<Outcome> {
  const child = spawn(program, args, { env: options.env, timeout: options.timeoutMs ?? 60_000, killSignal: 'SIGKILL' })
  // A program that ends without reading its input is no fault of ours; its exit code tells.
  child.stdin.on('error', () => child.stdin.destroy())
  child.stdin.end(options.input ?? '')
  const [stdout, stderr, [code]] = await Promise.all([
    collected(child.stdout),
    collected(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ])
  return { code: code ?? -1, stdout, stderr }
}
