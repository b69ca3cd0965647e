import type { Html } from './html.ts'
import { html } from './html.ts'

/**
 * Text from outside that `review/text.ts` has made fit to be shown: what it wrote out as `\u{…}` stands out, and the
 * whole runs from left to right, in its own bounds.
 */
export const shown = (text: string): Html =>
  html`<span class="text"
    >${text
      .split(/(\\u\{[0-9a-f]+\})/)
      .map((part, at) =>
        at % 2 === 0
          ? part
          : html`<mark title="a character that would hide, reorder or pass for another">${part}</mark>`,
      )}</span
  >`
