import { readArguments } from './arguments.ts'
import type { Command, ExitCode } from './command.ts'
import { EXIT, Refused, UsageError } from './command.ts'
import { helpOf, overview } from './help.ts'
import { COMMANDS, SECTIONS } from './index.ts'
import type { World } from './ports.ts'
import { isUnreachable, statusOf } from './ports.ts'
import { cut, printableLines } from './printable.ts'

/** Runs one command line. Never throws: whatever goes wrong is one clear line on stderr and an exit code. */
export async function run(args: readonly string[], world: World): Promise<ExitCode> {
  const [first, ...others] = args
  if (first === undefined || HELP.has(first)) {
    const asked = commandOf(others)
    world.out(asked === null ? overview(SECTIONS) : helpOf(asked[0]))
    return first === undefined ? EXIT.usage : EXIT.ok
  }
  const found = commandOf(first === '--version' ? ['version', ...others] : args)
  if (found === null) {
    world.say(`obstat: ${unknown(first)}`)
    return EXIT.usage
  }
  const [command, rest] = found
  try {
    const given = readArguments(command, rest)
    if (!given.has('help')) return await command.run(given, world)
    world.out(helpOf(command))
    return EXIT.ok
  } catch (cause) {
    return failed(command, cause, world)
  }
}

const HELP: ReadonlySet<string> = new Set(['help', '--help', '-h'])

/** Half of a command's name names the whole ones. */
function unknown(word: string): string {
  const begun = COMMANDS.filter(({ name }) => name.startsWith(`${word} `)).map(({ name }) => `obstat ${name}`)
  if (begun.length > 0) return `${word} goes on: ${begun.join(', ')}`
  return `there is no command ${JSON.stringify(cut(word, 60))}; obstat --help lists them`
}

/** The command of the first words, and what follows it. */
function commandOf(args: readonly string[]): readonly [Command, readonly string[]] | null {
  const found = COMMANDS.find(({ name }) => name.split(' ').every((word, at) => args[at] === word))
  return found === undefined ? null : [found, args.slice(found.name.split(' ').length)]
}

function failed(command: Command, cause: unknown, world: World): ExitCode {
  const message = cause instanceof Error ? cause.message : String(cause)
  const [line = '', ...more] = printableLines(message, 1024)
  // A refusal of the API server has several lines, all of them for the person who reads it.
  world.say(`obstat ${command.name}: ${[line, ...(statusOf(cause) > 0 ? more : [])].join('\n')}`)
  if (cause instanceof UsageError) world.say(`see: obstat ${command.name} --help`)
  const isKnown = cause instanceof UsageError || cause instanceof Refused || statusOf(cause) > 0 || isUnreachable(cause)
  if ((!isKnown || world.env['OBSTAT_DEBUG'] !== undefined) && cause instanceof Error) world.say(cause.stack ?? '')
  return exitCodeOf(cause)
}

function exitCodeOf(cause: unknown): ExitCode {
  if (cause instanceof UsageError || isUnreachable(cause)) return EXIT.usage
  // Not logged in is configuration; every other answer of the API server is a refusal.
  return statusOf(cause) === 401 ? EXIT.usage : EXIT.refused
}
