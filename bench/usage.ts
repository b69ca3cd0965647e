import { readFileSync, readdirSync, writeFileSync } from 'node:fs'

/** What processes used, from /proc (proc(5)); null where there is no /proc. */

/** USER_HZ is 100 on every architecture that Node runs on. */
const MS_PER_TICK = 10
/** `echo 5 > clear_refs` sets the peak back to what is resident now. */
const RESET_PEAK = '5'

function proc(path: string): string | null {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch (cause) {
    // No /proc, or the process has gone: nothing is known of it.
    if (cause instanceof Error && 'code' in cause && ['ENOENT', 'ESRCH'].includes(String(cause.code))) return null
    throw cause
  }
}

/** The process and all that it started, so that a launcher is not measured instead of what it launches. */
function familyOf(pid: number): readonly number[] {
  if (proc(`${pid}/stat`) === null) return []
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    (proc(`${pid}/task/${thread}/children`) ?? '').split(' ').filter((text) => text !== ''),
  )
  return [pid, ...children.map(Number).flatMap(familyOf)]
}

const sum = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((total, value) => total + value, 0)

/** CPU time so far, in milliseconds, user and system. */
export const cpuMsOf = (pid: number): number | null =>
  sum(
    familyOf(pid).flatMap((one) => {
      const stat = proc(`${one}/stat`)
      if (stat === null) return []
      // The name stands in parentheses and may hold spaces; utime and stime are the 12th and 13th field after it.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return [(Number(fields[11]) + Number(fields[12])) * MS_PER_TICK]
    }),
  )

const memoryOf = (pid: number, line: RegExp): number | null =>
  sum(
    familyOf(pid).flatMap((one) => {
      const kib = line.exec(proc(`${one}/status`) ?? '')?.[1]
      return kib === undefined ? [] : [Number(kib) * 1024]
    }),
  )

/** Most memory that was resident at once since `resetPeak`, in bytes. */
export const peakBytesOf = (pid: number): number | null => memoryOf(pid, /^VmHWM:\s*(\d+) kB$/m)

/** Memory that is resident now, in bytes. */
export const residentBytesOf = (pid: number): number | null => memoryOf(pid, /^VmRSS:\s*(\d+) kB$/m)

/** Counts the peak from here on. */
export function resetPeak(pid: number): void {
  for (const one of familyOf(pid)) writeFileSync(`/proc/${one}/clear_refs`, RESET_PEAK)
}

/** CPU time that the whole machine has used, in milliseconds. */
export function machineCpuMs(): number | null {
  const line = /^cpu\s+(.*)$/m.exec(proc('stat') ?? '')?.[1]
  if (line === undefined) return null
  // user nice system idle iowait irq softirq; what follows is counted among them or not ours.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.trim().split(/\s+/).map(Number)
  return (user + nice + system + irq + softirq) * MS_PER_TICK
}
