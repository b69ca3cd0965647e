import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import process from 'node:process'

/** Which core the servers have, and which the client; null where processes can't be pinned. */
export interface Cores {
  readonly server: number
  readonly client: number
}

/** The first two cores that this process may use; null without taskset, without /proc, or with fewer than two. */
export function chooseCores(): Cores | null {
  if (process.platform !== 'linux' || spawnSync('taskset', ['--version']).status !== 0) return null
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  const [server, client] = coresOf(allowed)
  return server === undefined || client === undefined ? null : { server, client }
}

/** `0-2,5` as numbers (cpuset(7), list format). */
export const coresOf = (list: string): readonly number[] =>
  list.split(',').flatMap((range) => {
    const [first = NaN, last = first] = range === '' ? [] : range.split('-').map(Number)
    return Number.isNaN(first) ? [] : Array.from({ length: last - first + 1 }, (_, at) => first + at)
  })

/** A command that runs on one core. taskset becomes the program, so its pid is the program's. */
export const pinned = (
  core: number | undefined,
  program: string,
  args: readonly string[],
): { readonly program: string; readonly args: readonly string[] } =>
  core === undefined ? { program, args } : { program: 'taskset', args: ['-c', String(core), program, ...args] }
