import type { Finding } from '../doctor/finding.ts'
import { printable } from './printable.ts'
import { wrap } from './wrap.ts'

const WIDTH = 80

/**
 * One finding for a terminal: what, what was seen, and what mends it. Commands are broken where a shell lets them be.
 */
export const linesOf = ({ id, level, subject, what, evidence, fix }: Finding): readonly string[] => [
  `${level.padEnd(8)}  ${id.padEnd(24)}  ${printable(subject)}`,
  ...labelled('', wrapped(what, WIDTH - 2), '  '),
  ...evidence.flatMap((line) => labelled('seen', wrapped(line, WIDTH - LABEL))),
  ...labelled('fix', fix.flatMap(fixLines)),
]

const LABEL = 8

/** The label stands before the first line. */
const labelled = (label: string, lines: readonly string[], indent = ' '.repeat(LABEL)): readonly string[] =>
  lines.map((line, at) => (at === 0 ? `  ${label}`.padEnd(indent.length) : indent) + line)

const wrapped = (text: string, width: number): readonly string[] => wrap(printable(text), width)

const fixLines = (line: string): readonly string[] =>
  isShell(line)
    ? broken(line)
    : line.startsWith('# ')
      ? wrapped(line.slice(2), WIDTH - LABEL - 2).map((part) => `# ${part}`)
      : wrapped(line, WIDTH - LABEL)

const isShell = (line: string): boolean => /^(kubectl|obstat|timedatectl) /.test(line)

/** Backslashes at the ends of lines, between words and never inside quotes. */
function broken(command: string): readonly string[] {
  const words = printable(command).match(/(?:'[^']*'|\\.|[^\s'\\])+/g) ?? []
  const lines: string[] = []
  for (const word of words) {
    const line = lines.at(-1)
    if (line === undefined) lines.push(word)
    else if (line.length + word.length + 3 > WIDTH - LABEL) lines.push(`  ${word}`)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.map((line, at) => (at === lines.length - 1 ? line : `${line} \\`))
}
