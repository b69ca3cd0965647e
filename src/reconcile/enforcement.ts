import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '../api/json.ts'
import { text } from '../api/json.ts'
import type { StandbyMode } from '../api/names.ts'
import type { Snapshot, State } from '../admission/ports.ts'
import { reasonOf } from '../cluster/errors.ts'
import { backstopPolicies, isBackstopName } from '../enforcement/backstop.ts'
import { isStandbyName, standbyMode } from '../enforcement/standby.ts'
import { CONFIGURATION_NAME, webhookConfiguration } from '../enforcement/webhooks.ts'
import type { Destination } from '../enforcement/webhooks.ts'
import { KeptObjects } from './kept.ts'
import { Standby, asItStands } from './standby.ts'
import type { KeptOptions } from './kept.ts'

export interface EnforcementOptions extends KeptOptions {
  readonly state: State
  readonly destination: Destination
  readonly ownNamespace: string
  readonly ownUsername: string
  /** PEM of the authorities to trust, or null while there is no certificate. */
  readonly caBundle: () => string | null
}

interface Desired {
  readonly webhooks: readonly JsonObject[]
  readonly policies: readonly JsonObject[]
  readonly bindings: readonly JsonObject[]
}

const NAMED_OBSTAT = `?fieldSelector=metadata.name%3D${CONFIGURATION_NAME}`

/** The webhook configuration and the policies behind it: what they should be now, and keeping them so. */
export class Enforcement {
  readonly #options: EnforcementOptions
  readonly #webhooks: KeptObjects
  readonly #policies: KeptObjects
  readonly #bindings: KeptObjects
  readonly #standby: Standby
  #made: { readonly from: readonly unknown[]; readonly desired: Desired } | undefined

  constructor(options: EnforcementOptions) {
    this.#options = options
    this.#standby = new Standby(options.log)
    const kept = (
      kind: string,
      resource: string,
      part: 'webhooks' | 'spec',
      isOurs: (name: string) => boolean,
    ): KeptObjects =>
      new KeptObjects(
        { kind, resource, part, isOurs, selector: part === 'webhooks' ? NAMED_OBSTAT : '' },
        {
          ...options,
          restored: (what) => {
            if (part === 'webhooks') this.#standby.restored(performance.now())
            options.restored(what)
          },
        },
      )
    this.#webhooks = kept(
      'ValidatingWebhookConfiguration',
      'validatingwebhookconfigurations',
      'webhooks',
      (name) => name === CONFIGURATION_NAME,
    )
    this.#policies = kept('ValidatingAdmissionPolicy', 'validatingadmissionpolicies', 'spec', isBackstopName)
    this.#bindings = kept(
      'ValidatingAdmissionPolicyBinding',
      'validatingadmissionpolicybindings',
      'spec',
      isBackstopName,
    )
  }

  start(): void {
    for (const kept of this.#all()) kept.start()
  }

  /** Lists everything again now. */
  restart(): void {
    for (const kept of this.#all()) kept.restart()
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all().map((kept) => kept.stop()))
  }

  problems(): readonly string[] {
    return this.#all().flatMap((kept) => kept.problem ?? [])
  }

  /** Does the live webhook configuration bring every agent's requests here, and do the policies keep agents off it. */
  isCurrent(): boolean {
    const desired = this.#desired()
    return (
      desired !== null &&
      this.#webhooks.isAs(desired.webhooks) &&
      this.#policies.isAs(desired.policies) &&
      this.#bindings.isAs(desired.bindings, asItStands)
    )
  }

  /** Does the standby policy hold agents up now, and who wants it. */
  standby(): StandbyMode {
    const names = (this.#desired()?.bindings ?? []).map((binding) => text(binding, 'metadata', 'name'))
    const modes = names.filter(isStandbyName).map((name) => standbyMode(this.#bindings.live(name)))
    return modes.find((mode) => mode !== 'Waiting') ?? 'Waiting'
  }

  /** One round of the leader's work. Does all it can, then throws the first failure. */
  async keep(signal: AbortSignal): Promise<void> {
    const desired = this.#desired()
    if (desired === null) return
    const failures: unknown[] = []
    const attempt = async (work: Promise<void>): Promise<void> => {
      try {
        await work
      } catch (cause) {
        signal.throwIfAborted()
        failures.push(cause)
      }
    }
    // The webhook first: it is what holds agents up. A policy goes in before its binding and out after it.
    await attempt(this.#webhooks.keep(desired.webhooks, signal))
    this.#standby.decide({
      failure: failures.map(reasonOf)[0] ?? null,
      blindness: this.#bindings.problem === null ? this.#webhooks.problem : null,
      nowMs: performance.now(),
    })
    await attempt(this.#policies.keep(desired.policies, signal))
    await attempt(this.#bindings.keep(desired.bindings, signal, this.#standby.fit))
    if (failures.length > 0) throw failures[0]
  }

  #all(): readonly KeptObjects[] {
    return [this.#webhooks, this.#policies, this.#bindings]
  }

  /** null before the state and the certificate are there. Made once for each state. */
  #desired(): Desired | null {
    const { state, caBundle: authorities, destination, ownNamespace, ownUsername } = this.#options
    const snapshot: Snapshot | null = state.snapshot()
    const caBundle = authorities()
    if (snapshot === null || caBundle === null) return null
    const from = [snapshot.agents, snapshot.namespaces, caBundle]
    if (this.#made !== undefined && this.#made.from.every((part, i) => part === from[i])) return this.#made.desired
    const source = { ...snapshot, ownNamespace, ownUsername }
    const { policies, bindings } = backstopPolicies(source)
    const desired = { webhooks: [webhookConfiguration({ ...source, caBundle, destination })], policies, bindings }
    // Labels of Namespaces change often and rarely matter: what has not changed stays the same object.
    const isSame = this.#made !== undefined && isDeepStrictEqual(this.#made.desired, desired)
    this.#made = { from, desired: isSame && this.#made !== undefined ? this.#made.desired : desired }
    return this.#made.desired
  }
}
