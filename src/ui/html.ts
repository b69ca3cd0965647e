const MARKUP = Symbol('markup')

/** Markup that `html` made: nothing read from outside can be one, since JSON has no symbols. */
export interface Html {
  readonly [MARKUP]: string
}

/** What may stand in a template: text is escaped, lists are joined, null is nothing. */
export type Part = string | number | Html | null | readonly Part[]

/**
 * A template of markup. What is filled in is text, wherever it comes from: it is escaped, and good between tags and in
 * double quotes. It is not for names of tags or attributes, for scripts and for styles, and there is no way to fill in
 * markup that did not come from here.
 */
export const html = (literals: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  [MARKUP]: literals.reduce((before, literal, at) => before + escaped(parts[at - 1] ?? null) + literal),
})

export const markupOf = (markup: Html): string => markup[MARKUP]

function escaped(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return part.toWellFormed().replace(/[&<>"']/g, (c) => ENTITIES.get(c) ?? '')
  return MARKUP in part ? part[MARKUP] : part.map(escaped).join('')
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
])
