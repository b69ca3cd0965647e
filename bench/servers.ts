import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { plainEnvironment, tail } from '../test/e2e/harness/family.ts'
import type { Child, Family } from '../test/e2e/harness/family.ts'
import { freePorts } from '../test/e2e/harness/ports.ts'
import { until } from '../test/e2e/harness/wait.ts'
import { pinned } from './pinning.ts'
import type { Source } from './source.ts'
import { residentBytesOf } from './usage.ts'

/** Who is measured. */
export const CONTENDERS = ['obstat', 'lean', 'decode'] as const
export type Contender = (typeof CONTENDERS)[number]

/** A webhook that answers. */
export interface Server {
  readonly name: Contender
  readonly url: string
  readonly pid: number
  readonly log: string
  /** PEM of its certificate, and the file that it is in. */
  readonly certificate: string
  readonly certificateFile: string
  /** From its start until it could answer. */
  readonly readyMs: number
  /** Memory when it could answer, before the first review. */
  readonly restingBytes: number | null
}

export interface ServerOptions {
  /** Folder for logs and certificates. */
  readonly dir: string
  readonly core: number | undefined
  /** `obstat`, and the folder of the Go programs. */
  readonly obstat: string
  readonly programs: string
}

interface Start {
  readonly name: Contender
  readonly program: string
  readonly path: string
  readonly args: (port: number, metricsPort: number) => readonly string[]
  readonly isReady: (metricsPort: number) => Promise<true>
}

/** obstat over this source. */
export const startObstat = (family: Family, source: Pick<Source, 'flags'>, options: ServerOptions): Promise<Server> =>
  start(family, options, {
    name: 'obstat',
    program: options.obstat,
    path: '/agents',
    args: (port, metricsPort) => [
      ...['serve', ...source.flags(port)],
      ...['--listen', `127.0.0.1:${port}`, '--metrics-listen', `127.0.0.1:${metricsPort}`],
    ],
    isReady: async (metricsPort) => {
      const answer = await fetch(`http://127.0.0.1:${metricsPort}/readyz`, { signal: AbortSignal.timeout(2000) })
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
      return true
    },
  })

/** One of the no-op webhooks. */
export const startNoop = (
  family: Family,
  name: 'lean' | 'decode',
  isAllowed: boolean,
  options: ServerOptions,
): Promise<Server> =>
  start(family, options, {
    name,
    program: join(options.programs, name),
    path: '/',
    args: (port) => ['-listen', `127.0.0.1:${port}`, `-allowed=${isAllowed}`],
    isReady: () => Promise.resolve(true),
  })

async function start(family: Family, { dir, core }: ServerOptions, it: Start): Promise<Server> {
  const [port = 0, metricsPort = 0] = await freePorts(2)
  const log = join(dir, `${it.name}.log`)
  const command = pinned(core, it.program, it.args(port, metricsPort))
  const startedAt = performance.now()
  const child = await family.start({ name: it.name, ...command, log, env: plainEnvironment(dir) })
  const certificate = await certificateOf(child, port, () => it.isReady(metricsPort))
  const readyMs = performance.now() - startedAt
  const certificateFile = join(dir, `${it.name}.crt`)
  writeFileSync(certificateFile, certificate)
  const url = `https://127.0.0.1:${port}${it.path}`
  return {
    name: it.name,
    url,
    pid: child.pid,
    log,
    certificate,
    certificateFile,
    readyMs,
    restingBytes: residentBytesOf(child.pid),
  }
}

/** Waits until the server is ready; its end ends the waiting. */
async function certificateOf(child: Child, port: number, isReady: () => Promise<true>): Promise<string> {
  const abandoned = new AbortController()
  void child.ended.then((how) => {
    abandoned.abort(new Error(`${child.name} ended with ${how} before it was ready:\n${tail(child.log)}`))
  })
  const ask = async (): Promise<string> => {
    await isReady()
    return peerCertificate(port)
  }
  return until(`${child.name} to be ready`, ask, { signal: abandoned.signal, everyMs: 20 })
}

/** PEM of whatever certificate the server on this port shows; from then on it is trusted, and no other. */
async function peerCertificate(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, minVersion: 'TLSv1.3' })
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(2000) })
    return new X509Certificate(socket.getPeerCertificate().raw).toString()
  } finally {
    socket.destroy()
  }
}
