import { COMMON } from './arguments.ts'
import type { Command, Flag } from './command.ts'
import { wrap } from './wrap.ts'

type Sections = readonly (readonly [title: string, commands: readonly Command[]])[]

/** The help of the whole command line. */
export function overview(sections: Sections): string {
  const width = Math.max(...sections.flatMap(([, commands]) => commands.map(({ name }) => name.length)))
  const lines = sections.flatMap(([title, commands]) => [
    '',
    `${title}:`,
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
  ])
  return [
    "obstat stands in the way of an AI agent's irreversible acts until a person has signed.",
    ...lines,
    '',
    'obstat COMMAND --help tells more. The same commands work as kubectl obstat.',
    'Exit codes: 0 ok, 1 refused, 2 usage or configuration, 3 still pending, 4 expired.',
    '',
  ].join('\n')
}

/** The help of one command. */
export function helpOf(command: Command): string {
  const flags = Object.entries({ ...command.flags, ...COMMON })
  const names = flags.map(([name, flag]) => nameOf(name, flag))
  const width = Math.max(...names.map((name) => name.length))
  const operands = command.operands === '' ? '' : ` ${command.operands}`
  return [
    `Usage: obstat ${command.name}${operands} [flags]`,
    '',
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    ...(command.notes === undefined ? [] : ['', command.notes]),
    '',
    'Flags:',
    ...flags.flatMap(([, flag], at) => flagLines(names[at] ?? '', width, flag)),
    '',
  ].join('\n')
}

/** A flag and its help beside it, in lines of at most 80 characters. */
function flagLines(name: string, width: number, flag: Flag): readonly string[] {
  const help = `${flag.help}${flag.multiple === true ? ' (again for more)' : ''}`
  return wrap(help, 80 - width - 4).map((line, at) => `  ${(at === 0 ? name : '').padEnd(width)}  ${line}`)
}

const nameOf = (name: string, flag: Flag): string =>
  `${flag.short === undefined ? '    ' : `-${flag.short}, `}--${name}${flag.value === undefined ? '' : ` ${flag.value}`}`
