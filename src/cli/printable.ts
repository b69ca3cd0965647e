/**
 * Text from outside as a terminal may show it: what moves the cursor, recolours, reorders or hides is written out as
 * `\u{…}`. That is every control and format character, line breaks too, and the separators of lines and paragraphs.
 */
export const printable = (text: string): string =>
  text.toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`)

/** The same for text of several lines, and cut at `most` characters a line. */
export const printableLines = (text: string, most = 400): readonly string[] =>
  text.split('\n').map((line) => cut(printable(line), most))

/** Cut at `most` characters, and it shows. */
export const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text)
