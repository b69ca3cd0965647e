import { formatDuration } from '../review/duration.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'

/** `in 12m`, `3h ago`, with the exact time for whoever asks; whoever wrote the time controls it. */
export function when(time: string, now: Date): Html {
  const ms = Date.parse(time) - now.getTime()
  if (Number.isNaN(ms)) return html`at an unknown time`
  const iso = `${new Date(time).toISOString().slice(0, 19)}Z`
  return html`<time datetime="${iso}" title="${iso}"
    >${ms > 0 ? `in ${formatDuration(ms)}` : `${formatDuration(-ms)} ago`}</time
  >`
}
