import { plain } from '../review/text.ts'

/** Text from outside as a terminal may show it, in one line. */
export const printable = plain

/** The same for text of several lines, and cut at `most` characters a line. */
export const printableLines = (text: string, most = 400): readonly string[] =>
  text.split('\n').map((line) => cut(printable(line), most))

/** Cut at `most` characters, and it shows. */
export const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text)
