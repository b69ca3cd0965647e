import { sha256Hex } from '../signing/canonical.ts'

/**
 * What reorders, recolours, hides or moves the cursor: control, format, private and unassigned characters, separators.
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu
/** Blank, but no space: U+00A0, U+3000, fillers of Hangul, the empty Braille cell. */
const BLANK = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u115f\u1160\u3164\uffa0\u2800]/gu
/** Marks that stand on one letter; more than two bury the line above. */
const PILED = /(?<=\p{M}{2})\p{M}/gu
const WORD = /\S+/gu
const LATIN = /\p{Script=Latin}/u
const OTHER_LETTER = /(?!\p{Script=Latin})\p{L}/gu
const NOT_ASCII = /[^ -~]/gu

const escaped = (text: string): string =>
  Array.from(text, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`).join('')

/** Alphabets whose letters look like Latin ones (Unicode TR39): whole words can be spelt with them. */
const ALIKE = [
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Armenian', /\p{Script=Armenian}/u],
  ['Cherokee', /\p{Script=Cherokee}/u],
  ['Coptic', /\p{Script=Coptic}/u],
  ['Lisu', /\p{Script=Lisu}/u],
] as const

/**
 * Text that somebody else wrote, as a person may be shown it on a terminal or a page. Written out as `\u{…}` is what
 * moves the cursor, recolours, reorders or hides, line breaks too, and what only looks like something else: blanks that
 * are no space, full-width and mathematical letters, other alphabets' letters within a word that has Latin ones. Prose
 * in one alphabet stays as it is; one that can pass for Latin is named behind it. Still not HTML: a page escapes that
 * itself.
 */
export function plain(text: string): string {
  const seen = text.toWellFormed().replace(UNSEEN, escaped).replace(BLANK, escaped).replace(PILED, escaped)
  if (!/[^ -~]/.test(seen)) return seen
  const shown = seen.replace(NOT_ASCII, disguised).replace(WORD, unmixed)
  const alike = ALIKE.flatMap(([name, letters]) => (letters.test(shown) ? [name] : []))
  return alike.length === 0 ? shown : `${shown} [${alike.join(', ')} letters]`
}

/** A character that is an ASCII one in another dress (Unicode compatibility forms). */
const disguised = (c: string): string => (/^[ -~]+$/.test(c.normalize('NFKC')) && c !== '…' ? escaped(c) : c)

/** A word of one alphabet is a word; with Latin letters in it, the others are look-alikes. */
const unmixed = (word: string): string => (LATIN.test(word) ? word.replace(OTHER_LETTER, escaped) : word)

/**
 * A name, path or identity: these are ASCII, and whatever in them is not is written out, look-alikes of a whole word
 * too.
 */
export const plainName = (text: string): string => text.toWellFormed().replace(NOT_ASCII, escaped)

/** Cut at `most` characters; what is left out is counted and digested, so that two long texts can be told apart. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text
  const kept = text
    .slice(0, most)
    .toWellFormed()
    .replace(/\ufffd$/, '')
  return `${kept}… (${text.length} characters, sha256 ${sha256Hex(text.toWellFormed()).slice(0, 16)}…)`
}
