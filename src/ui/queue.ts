import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Page, Site } from './layout.ts'
import type { Row, Wanted } from './rows.ts'
import { badge, finder, item, listed, matching } from './rows.ts'
import { when } from './time.ts'

const ORDERS = [
  ['expiring', 'expiring first'],
  ['oldest', 'oldest first'],
] as const

/** What waits for a person. */
export function queuePage(site: Site, rows: readonly Row[], wanted: Wanted, now: Date): Page {
  const waiting = rows.filter(({ standing }) => standing.state === 'Pending' || standing.state === 'Recommended')
  const found = [...matching(waiting, wanted)].sort(wanted.order === 'oldest' ? byAge : byExpiry)
  const count = counted(waiting.length, found.length)
  return {
    title: 'Queue',
    part: 'queue',
    summary: count,
    content: html`<h1 id="title" tabindex="-1">What waits for a person</h1>
      ${finder(waiting, wanted, ORDERS)}
      <p id="count" class="faint" data-live="part">${count}</p>
      ${listed(found, wanted, (row) => rowOf(site.base, row, now))}`,
  }
}

function counted(all: number, found: number): string {
  if (all === 0) return 'Nothing waits for a person.'
  const waiting = all === 1 ? '1 request waits' : `${all} requests wait`
  return found === all ? `${waiting}.` : `${waiting}, ${found} of them as chosen.`
}

const rowOf = (base: string, row: Row, now: Date): Html => {
  const { standing, request } = row
  return item(
    base,
    row,
    html`${badge(request.spec.review.class)}${standing.state === 'Pending' ? null : badge(standing.state)}<span
        >expires ${when(request.spec.expiresAt, now)}</span
      >`,
    `${standing.signed.length} of ${standing.count} signed`,
  )
}

const age = ({ request }: Row): number => {
  const { creationTimestamp } = request.metadata
  return creationTimestamp === undefined ? 0 : Date.parse(creationTimestamp)
}
const byName = (a: Row, b: Row): number => (a.request.metadata.name < b.request.metadata.name ? -1 : 1)
const byAge = (a: Row, b: Row): number => age(a) - age(b) || byName(a, b)
const byExpiry = (a: Row, b: Row): number =>
  Date.parse(a.request.spec.expiresAt) - Date.parse(b.request.spec.expiresAt) || byName(a, b)
