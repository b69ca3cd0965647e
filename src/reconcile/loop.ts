import { setTimeout as sleep } from 'node:timers/promises'

export interface LoopOptions {
  /** In words, for logs. */
  readonly name: string
  /** Does what is to be done, whatever has been done before. Throws when it has to be tried again. */
  readonly work: (signal: AbortSignal) => Promise<void>
  /** Works at least this often. */
  readonly everyMs: number
  readonly log: (message: string) => void
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000

/**
 * Work that is done one at a time: whenever somebody says that something changed, now and then anyway, and after a
 * failure.
 */
export class Loop {
  readonly #options: LoopOptions
  readonly #stopped = new AbortController()
  #wake = new AbortController()
  #loop: Promise<void> | undefined
  #problem = ''

  constructor(options: LoopOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  /** Why the last round failed, or null. */
  get problem(): string | null {
    return this.#problem === '' ? null : this.#problem
  }

  start(): void {
    this.#loop ??= this.#run()
  }

  /** Something changed: work as soon as the round that runs now is over. */
  poke(): void {
    this.#wake.abort()
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#wake.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    let failures = 0
    while (!this.#stopped.signal.aborted) {
      this.#wake = new AbortController()
      failures = (await this.#works()) ? 0 : failures + 1
      // A failure waits its time even when poked: what it waits for may be what pokes.
      const isWakeable = failures === 0
      if (isWakeable && this.#wake.signal.aborted) continue
      const pause = isWakeable
        ? this.#options.everyMs
        : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1))
      await pauseFor(pause * (0.9 + Math.random() / 10), isWakeable ? this.#wake.signal : this.#stopped.signal)
    }
  }

  async #works(): Promise<boolean> {
    try {
      await this.#options.work(this.#stopped.signal)
      if (this.#problem !== '') this.#options.log(`${this.#options.name}: good again`)
      this.#problem = ''
      return true
    } catch (cause) {
      if (this.#stopped.signal.aborted) return true
      const problem = cause instanceof Error ? cause.message : String(cause)
      if (problem !== this.#problem) this.#options.log(`${this.#options.name}: ${problem}`)
      this.#problem = problem
      return false
    }
  }
}

/** Sleeps, or less when the signal is aborted. */
export async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch (cause) {
    if (!signal.aborted) throw cause
  }
}
