import type { Standing } from '../policy/approvals/standing.ts'
import { plain, plainName, shortened } from '../review/text.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Page, Site } from './layout.ts'
import type { Row, Wanted } from './rows.ts'
import { badge, finder, item, listed, matching } from './rows.ts'
import { shown } from './text.ts'
import { when } from './time.ts'

/** What was decided, used or left to expire, the newest first. */
export function historyPage(site: Site, rows: readonly Row[], wanted: Wanted, now: Date): Page {
  const over = rows.filter(({ standing }) => standing.state !== 'Pending' && standing.state !== 'Recommended')
  const found = [...matching(over, wanted)].sort((a, b) => lastMs(b) - lastMs(a) || (byName(a) < byName(b) ? -1 : 1))
  const count = over.length === 0 ? 'Nothing was decided yet.' : `${found.length} of ${over.length}.`
  return {
    title: 'History',
    part: 'history',
    summary: count,
    content: html`<h1 id="title" tabindex="-1">What was decided</h1>
      ${finder(over, wanted, [])}
      <p id="count" class="faint" data-live="part">${count} obstat removes old requests; its records keep them.</p>
      ${listed(found, wanted, (row) => rowOf(site.base, row, now))}`,
  }
}

const byName = ({ request }: Row): string => request.metadata.name

const boundOf = ({ decisions }: Standing) => decisions.filter((decision) => decision.kind === 'bound')

/** When it was last decided, or expired. */
const lastMs = ({ request, standing }: Row): number =>
  Math.max(
    ...boundOf(standing).map(({ statement }) => Date.parse(statement.issuedAt)),
    ...(standing.state === 'Expired' ? [Date.parse(request.spec.expiresAt)] : []),
    0,
  )

const rowOf = (base: string, row: Row, now: Date): Html => {
  const { standing, request } = row
  const decided = boundOf(standing).map(
    ({ statement: { approver, decision, issuedAt, reason } }) =>
      html`<span
        >${decision === 'Deny' ? 'denied' : 'approved'} by ${plainName(approver)}
        ${when(issuedAt, now)}${reason === '' ? null : html`: ${shown(shortened(plain(reason), 300))}`}</span
      >`,
  )
  const below = decided.length > 0 ? decided : html`nobody decided; expired ${when(request.spec.expiresAt, now)}`
  return item(base, row, html`${badge(standing.state)}<span>${request.spec.review.class}</span>`, below)
}
