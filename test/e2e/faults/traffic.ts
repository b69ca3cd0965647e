import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '../../../src/cluster/client.ts'
import { ApiError } from '../../../src/cluster/errors.ts'

/** One call of somebody to the API server. */
export interface Call {
  /** Milliseconds of `performance.now()`. */
  readonly from: number
  readonly to: number
  /** `done`, or the reason of the refusal, or the message where the API server could not ask, or `no answer`. */
  readonly end: string
}

export const lengthMs = ({ from, to }: Call): number => to - from

/** How a call ended. */
export async function endOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'done'
  } catch (cause) {
    // 503: the API server is on its way up or down.
    if (!(cause instanceof ApiError) || cause.status === 503) return 'no answer'
    return cause.reason === 'InternalError' && cause.message.includes('webhook') ? webhookFailure(cause) : cause.reason
  }
}

/** A refusal by obstat with that reason, or the API server's own words when it got no answer. */
const webhookFailure = ({ message }: ApiError): string =>
  message.includes('obstat: InternalError') ? 'InternalError' : 'no answer from the webhook'

/** Somebody who does the same again and again, each as soon as the one before is over. */
export class Loop {
  readonly calls: Call[] = []
  readonly #stopped = new AbortController()
  readonly #running: Promise<void>

  constructor(act: (turn: number) => Promise<unknown>, everyMs = 10) {
    this.#running = this.#run(act, everyMs)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#running
  }

  /** Calls that began at or after this. */
  since(from: number): readonly Call[] {
    return this.calls.filter((call) => call.from >= from)
  }

  async #run(act: (turn: number) => Promise<unknown>, everyMs: number): Promise<void> {
    for (let turn = 0; !this.#stopped.signal.aborted; turn++) {
      const from = performance.now()
      const end = await endOf(act(turn))
      this.calls.push({ from, to: performance.now(), end })
      await delay(everyMs)
    }
  }
}

/** How often each end came up. */
export function tally(calls: readonly Call[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const { end } of calls) counts.set(end, (counts.get(end) ?? 0) + 1)
  return Object.fromEntries(counts)
}

const SHOP_BOARD = '/api/v1/namespaces/shop/configmaps/board'
const VAULT = '/api/v1/namespaces/vault/configmaps'

/**
 * Agent, person and nobody's friend, all at once: what each of them gets from the API server while something breaks.
 */
export class Traffic {
  /** What the agent may do: a label on a ConfigMap in its scope, which is judged by what is in memory alone. */
  readonly allowed: Loop
  /** What it may not: deleting ConfigMaps of a protected Namespace, another one each time. */
  readonly forbidden: Loop
  /** What a person does: a ConfigMap in that Namespace. */
  readonly person: Loop
  /** What a person does that obstat looks at, and never holds up: a label that protects, and an object of its own. */
  readonly guarded: Loop

  constructor(agent: Client, person: Client, everyMs = 10) {
    const stamp = (): object => ({ metadata: { labels: { at: String(Math.round(performance.now())) } } })
    this.allowed = new Loop(() => agent.patch(SHOP_BOARD, stamp()), everyMs)
    this.forbidden = new Loop((turn) => agent.delete(`${VAULT}/kept-${turn % KEPT}`), everyMs)
    this.person = new Loop(() => person.patch(`${VAULT}/board`, stamp()), everyMs)
    this.guarded = new Loop(
      (turn) =>
        turn % 4 < 2
          ? person.patch('/api/v1/namespaces/attic', {
              metadata: { labels: { 'obstat.dev/protected': turn % 4 === 0 ? 'true' : null } },
            })
          : person.patch('/apis/obstat.dev/v1alpha1/approvers/alice', stamp()),
      everyMs * 10,
    )
  }

  get loops(): readonly Loop[] {
    return [this.allowed, this.forbidden, this.person, this.guarded]
  }

  async stop(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()))
  }
}

/** How many ConfigMaps there are that must still be there in the end. */
export const KEPT = 5
