import { parseArgs } from 'node:util'
import { DEFAULT_NAMESPACE } from '../api/names.ts'
import type { Command, Flags } from './command.ts'
import { UsageError } from './command.ts'
import { parseDuration } from './duration.ts'
import type { ClusterChoice } from './ports.ts'

/** Flags that every command has. */
export const COMMON: Flags = {
  help: { type: 'boolean', short: 'h', help: 'print this help' },
}

/** Flags of the commands that talk to a cluster. */
export const CLUSTER: Flags = {
  kubeconfig: {
    type: 'string',
    value: 'FILE',
    help: 'the kubeconfig to use; default $KUBECONFIG, then ~/.kube/config',
  },
  context: { type: 'string', value: 'NAME', help: 'the context to use; default the current one' },
}

/** Flag of the commands about obstat's own installation. */
export const OWN_NAMESPACE: Flags = {
  namespace: {
    type: 'string',
    short: 'n',
    value: 'NAME',
    help: `obstat's own namespace; default ${DEFAULT_NAMESPACE}`,
  },
}

/** Flags of those among them that a folder of YAML can serve too. */
export const CLUSTER_OR_FOLDER: Flags = {
  ...CLUSTER,
  standalone: { type: 'string', value: 'DIR', help: 'a folder of YAML instead of a cluster' },
}

/** What was typed after a command's name. */
export class Arguments {
  readonly operands: readonly string[]
  readonly #values: ReadonlyMap<string, readonly (string | boolean)[]>

  constructor(operands: readonly string[], values: ReadonlyMap<string, readonly (string | boolean)[]>) {
    this.operands = operands
    this.#values = values
  }

  has(flag: string): boolean {
    return this.#values.get(flag)?.includes(true) ?? false
  }

  text(flag: string): string | undefined {
    return this.texts(flag).at(-1)
  }

  texts(flag: string): readonly string[] {
    return (this.#values.get(flag) ?? []).filter((value) => typeof value === 'string')
  }

  /** Throws UsageError where the flag is missing. */
  needed(flag: string, what: string): string {
    const value = this.text(flag)
    if (value === undefined || value === '') throw new UsageError(`--${flag} is missing: ${what}`)
    return value
  }

  /** Throws UsageError for what is not one of the values. */
  oneOf<T extends string>(flag: string, values: readonly T[]): T | undefined {
    const value = this.text(flag)
    if (value === undefined) return undefined
    const found = values.find((known) => known === value)
    if (found === undefined)
      throw new UsageError(`--${flag}: expected ${values.join(', ')}, got ${JSON.stringify(value)}`)
    return found
  }

  /** Milliseconds of a duration such as `15m`. Throws UsageError for anything else. */
  durationMs(flag: string): number | undefined {
    const value = this.text(flag)
    if (value === undefined) return undefined
    const ms = parseDuration(value)
    if (ms === null)
      throw new UsageError(`--${flag}: expected a duration such as 90s, 15m or 1h, got ${JSON.stringify(value)}`)
    return ms
  }

  /** Which cluster, or which folder. Throws UsageError for both. */
  cluster(): ClusterChoice {
    const names = ['standalone', 'kubeconfig', 'context'] as const
    const chosen = Object.fromEntries(
      names.flatMap((name) => (this.text(name) === undefined ? [] : [[name, this.text(name)]])),
    )
    if ('standalone' in chosen && Object.keys(chosen).length > 1)
      throw new UsageError('--standalone cannot be used with --kubeconfig or --context; choose one')
    return chosen
  }
}

/** Reads what follows a command's name. Throws UsageError, which names the flag or the operand. */
export function readArguments(command: Command, args: readonly string[]): Arguments {
  const { values, positionals } = parsed(command, args)
  const given = new Map(
    Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value : [value ?? false]] as const),
  )
  const [least, most] = command.arity
  if (given.get('help')?.includes(true) !== true) {
    if (positionals.length < least) throw new UsageError(`expected ${command.operands}`)
    const extra = positionals[most]
    if (extra !== undefined) throw new UsageError(`${JSON.stringify(extra)} is one operand too many`)
  }
  return new Arguments(positionals, given)
}

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

function parsed(
  command: Command,
  args: readonly string[],
): { readonly values: Values; readonly positionals: string[] } {
  const options = { ...COMMON, ...command.flags }
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (cause) {
    // parseArgs says what is wrong in its first sentence; the second is about `--` and confuses.
    if (cause instanceof TypeError) throw new UsageError(cause.message.split(/\. |\n/, 1)[0] ?? '', { cause })
    throw cause
  }
}
