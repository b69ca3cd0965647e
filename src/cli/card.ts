import type { Line, Mark, Section, View } from '../review/view.ts'
import { fold } from './fold.ts'

/**
 * Colours of a terminal (ECMA-48 SGR): what is lost and removed is red, added is green, changed and not known is
 * yellow.
 */
const COLOURS: Readonly<Record<Mark, string>> = {
  plain: '',
  loss: '31',
  unknown: '33',
  warning: '1;31',
  claim: '3',
  added: '32',
  removed: '31',
  changed: '33',
  good: '32',
  detail: '2',
}
const BOLD = '1'
const CLASSES = new Map([
  ['Destructive', '1;31'],
  ['Escalation', '1;31'],
  ['Tampering', '1;31'],
])

const WIDTH = 76
const INDENT = 14

/**
 * The card on a terminal: in at most 76 columns, so that what goes on in the next line stands under its text and never
 * where a label would; without colours where nobody sees them.
 */
export function card(view: View, hasColours: boolean): string {
  const paint = painter(hasColours)
  const head = [paint(BOLD, view.id), paint(CLASSES.get(view.class) ?? BOLD, view.class), paint(BOLD, view.state)]
  return [
    head.join('   '),
    ...fold(view.summary, WIDTH - 2).map((part) => `  ${part}`),
    ...view.sections.flatMap((section) => sectionLines(section, paint)),
    '',
  ].join('\n')
}

/** Sections alone, as the card prints them. */
export const sections = (some: readonly Section[], hasColours: boolean): string =>
  `${some
    .flatMap((section) => sectionLines(section, painter(hasColours)))
    .slice(1)
    .join('\n')}\n`

const painter =
  (hasColours: boolean): Paint =>
  (colour, text) =>
    hasColours && colour !== '' ? `\u001b[${colour}m${text}\u001b[0m` : text

type Paint = (colour: string, text: string) => string

const sectionLines = ({ title, lines }: Section, paint: Paint): readonly string[] => [
  '',
  paint(BOLD, title),
  ...lines.flatMap((line) => lineParts(line, paint)),
]

/** Ids and digests stay in one piece, for those who copy them. */
function lineParts({ label, text, mark }: Line, paint: Paint): readonly string[] {
  const parts = mark === 'detail' ? [text] : fold(text, WIDTH - INDENT)
  return parts.map((part, at) => `  ${(at === 0 ? label : '').padEnd(INDENT - 4)}  ${paint(COLOURS[mark], part)}`)
}
