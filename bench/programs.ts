import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const HERE = import.meta.dirname
const ROOT = join(HERE, '..')

/** Where `make build` and this file put programs. */
export const OBSTAT = join(ROOT, 'bin/obstat')
const BUILT = join(ROOT, 'build/bench')

/** The first build fetches and compiles what the decoding webhook needs. */
const BUILD_MS = 600_000

/** The Go programs can't be built; the message says what to do. */
export class NoPrograms extends Error {
  override readonly name = 'NoPrograms'
  readonly code = 'NoPrograms'
}

/** Builds the no-op webhooks and the load client, and answers their folder. Throws NoPrograms. */
export function buildPrograms(): string {
  const built = spawnSync('go', ['build', '-o', `${BUILT}/`, './lean', './decode', './load'], {
    cwd: HERE,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: BUILD_MS,
  })
  if (built.error !== undefined && 'code' in built.error && built.error.code === 'ENOENT')
    throw new NoPrograms('Go 1.26 or newer is missing: what obstat is measured against is written in Go')
  if (built.status !== 0) throw new NoPrograms('go build failed; why stands above')
  return BUILT
}

/** First line that a command prints, or '' where it can't be run. */
const lineOf = (program: string, args: readonly string[]): string =>
  (spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', timeout: 10_000 }).stdout || '').split('\n')[0] ?? ''

export interface Versions {
  /** Commit of the checkout, and whether it has changes of its own. */
  readonly obstat: string
  readonly node: string
  readonly go: string
}

export const versions = (): Versions => ({
  obstat: lineOf('git', ['describe', '--always', '--dirty', '--tags']),
  node: process.version,
  go: lineOf('go', ['env', 'GOVERSION']),
})
