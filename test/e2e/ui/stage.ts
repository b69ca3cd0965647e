import { once } from 'node:events'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ControlPlane } from '../harness/control-plane.ts'
import { plainEnvironment } from '../harness/family.ts'
import { freePort } from '../harness/ports.ts'

const binary = fileURLToPath(new URL('../../../bin/obstat', import.meta.url))

/** A running `obstat ui`. */
export interface Served {
  /** `http://localhost:PORT`. */
  readonly origin: string
  /** What it printed: the link with the token. */
  readonly link: string
  /** Ctrl-C, as a person ends it; answers its exit code. */
  readonly stop: () => Promise<number>
}

/** Runs `obstat ui` with the rights of this kubeconfig, on a port of its own unless told. */
export async function serveUi(plane: ControlPlane, kubeconfig: string, port?: number): Promise<Served> {
  const taken = port ?? (await freePort())
  const child = spawn(binary, ['ui', '--kubeconfig', kubeconfig, '--port', String(taken)], {
    env: plainEnvironment(plane.dir),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text))
  const link = await Promise.race([firstLine(child), ended(child).then((code) => failed(code, said))])
  return {
    origin: `http://localhost:${taken}`,
    link,
    stop: async () => {
      if (child.exitCode === null) child.kill('SIGINT')
      return ended(child)
    },
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new TypeError('expected a pipe')
  for await (const line of createInterface({ input: child.stdout })) return line
  throw new Error('obstat ui ended without a link')
}

const ended = async (child: ChildProcess): Promise<number> => {
  if (child.exitCode === null) await once(child, 'exit')
  return child.exitCode ?? -1
}

const failed = (code: number, said: readonly string[]): never => {
  throw new Error(`obstat ui: exit code ${code}\n${said.join('')}`)
}
