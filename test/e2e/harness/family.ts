import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { once } from 'node:events'
import process from 'node:process'

/** A program that the harness started: its output goes to `log`, and `ended` settles once it is gone. */
export interface Child {
  readonly name: string
  readonly pid: number
  readonly log: string
  /** How it ended, as text for messages: `exit code 1`, `signal SIGKILL`. */
  readonly ended: Promise<string>
  readonly isRunning: () => boolean
  /** Sends a signal to the child and whatever it started, unless it has ended. */
  readonly signal: (signal: NodeJS.Signals) => void
}

export interface Command {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  readonly log: string
  readonly env: NodeJS.ProcessEnv
}

/**
 * Reads `born PID` and `dead PID` on its input and, when that input ends, kills whoever is still alive. The write end
 * is held by the test process alone, so the kernel closes it however that process dies, SIGKILL included.
 */
const watchdogScript = `
family=' '
while read -r what pid; do
  case "$what" in
    born) family="$family$pid " ;;
    dead) family="\${family%% $pid *} \${family#* $pid }" ;;
  esac
done
for pid in $family; do kill -s KILL -- "-$pid" 2>/dev/null; done`

/** How long a child may take to end by itself after SIGTERM. */
const graceMs = 5000

/**
 * Processes that never outlive the process that made them. Each leads a process group of its own, so that Ctrl-C
 * reaches the tests alone; a watchdog shell kills the groups that are left when the tests end without stopping them.
 */
export class Family {
  readonly #children = new Set<Child>()
  readonly #watchdog: ChildProcess

  constructor() {
    this.#watchdog = spawn('/bin/sh', ['-c', watchdogScript], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {},
    })
    this.#watchdog.unref()
  }

  /** Starts a program; throws when it cannot be executed. Its output is appended to `command.log`. */
  async start(command: Command): Promise<Child> {
    const log = openSync(command.log, 'a')
    const spawned = spawn(command.program, command.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: command.env,
    })
    closeSync(log)
    await once(spawned, 'spawn')
    const child = this.#adopt(command, spawned)
    this.#tell('born', child.pid)
    return child
  }

  /** Ends one child: SIGTERM, then SIGKILL when it has not gone after five seconds. */
  async stop(child: Child): Promise<void> {
    child.signal('SIGCONT')
    child.signal('SIGTERM')
    const timer = setTimeout(() => {
      child.signal('SIGKILL')
    }, graceMs)
    await child.ended
    clearTimeout(timer)
  }

  /** Ends every child, the youngest first, and then the watchdog. */
  async stopAll(): Promise<void> {
    for (const child of [...this.#children].reverse()) await this.stop(child)
    this.#watchdog.stdin?.end()
  }

  #adopt(command: Command, spawned: ChildProcess): Child {
    const pid = spawned.pid
    if (pid === undefined) throw new Error(`${command.name} has no pid`)
    const child: Child = {
      name: command.name,
      log: command.log,
      pid,
      isRunning: () => spawned.exitCode === null && spawned.signalCode === null,
      signal: (signal) => {
        if (child.isRunning()) process.kill(-pid, signal)
      },
      ended: once(spawned, 'exit').then((values: unknown[]) => {
        this.#children.delete(child)
        this.#tell('dead', pid)
        return typeof values[1] === 'string' ? `signal ${values[1]}` : `exit code ${String(values[0])}`
      }),
    }
    this.#children.add(child)
    return child
  }

  #tell(what: 'born' | 'dead', pid: number): void {
    if (this.#watchdog.stdin?.writable === true) this.#watchdog.stdin.write(`${what} ${String(pid)}\n`)
  }
}

/** The last lines of a log, for an error message. */
export const tail = (log: string, lines = 15): string =>
  readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')

/** Environment of every child: nothing of ours, proxy variables least of all. */
export const plainEnvironment = (home: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: home,
  TMPDIR: home,
})
