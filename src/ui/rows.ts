import type { ApprovalRequest } from '../api/objects.ts'
import type { Standing } from '../policy/approvals/standing.ts'
import { plain, plainName, shortened } from '../review/text.ts'
import type { Html, Part } from './html.ts'
import { html } from './html.ts'
import { shown } from './text.ts'

/** A request, and where it stands. */
export interface Row {
  readonly request: ApprovalRequest
  readonly standing: Standing
}

export const PAGE_SIZE = 50

/** What the address asks for; anything else in it is ignored. */
export interface Wanted {
  /** '' is every one. */
  readonly namespace: string
  readonly agent: string
  readonly order: string
  /** From 1 on. */
  readonly page: number
}

export const readWanted = (query: URLSearchParams): Wanted => ({
  namespace: query.get('namespace') ?? '',
  agent: query.get('agent') ?? '',
  order: query.get('order') ?? '',
  page: Math.max(1, Number.parseInt(query.get('page') ?? '', 10) || 1),
})

const namespacesOf = ({ request }: Row): readonly string[] => request.spec.acts.map(({ namespace }) => namespace)

export const matching = (rows: readonly Row[], { namespace, agent }: Wanted): readonly Row[] =>
  rows
    .filter((row) => agent === '' || row.request.spec.agent === agent)
    .filter((row) => namespace === '' || namespacesOf(row).includes(namespace === CLUSTER_SCOPED ? '' : namespace))

/** No Namespace can have this name. */
const CLUSTER_SCOPED = '(cluster-scoped)'

const option = (value: string, label: string, chosen: string): Html =>
  html`<option value="${value}" ${value === chosen ? html` selected` : null}>${label}</option>`

/** Choices of what is listed: those that occur, and what is chosen. */
export function finder(rows: readonly Row[], wanted: Wanted, orders: readonly (readonly [string, string])[]): Html {
  const distinct = (values: readonly string[], chosen: string): readonly string[] =>
    [...new Set([...values, ...(chosen === '' ? [] : [chosen])])].sort()
  const namespaces = rows.flatMap(namespacesOf).map((name) => (name === '' ? CLUSTER_SCOPED : name))
  const agents = rows.map(({ request }) => request.spec.agent)
  const choice = (id: string, label: string, values: readonly string[], chosen: string): Html =>
    html`<label
      >${label}
      <select id="${id}" name="${id}">
        ${option('', 'all', chosen)}${distinct(values, chosen).map((value) => option(value, plainName(value), chosen))}
      </select></label
    >`
  const isOpen = wanted.namespace !== '' || wanted.agent !== ''
  return html`<details class="find" id="choose" ${isOpen ? html` open` : null}>
    <summary>Choose what is listed</summary>
    <form class="find" method="get">
      ${choice('namespace', 'Namespace', namespaces, wanted.namespace)}
      ${choice('agent', 'Agent', agents, wanted.agent)}
      ${
        orders.length === 0
          ? null
          : html`<label
              >Order
              <select id="order" name="order">
                ${orders.map(([value, label]) => option(value, label, wanted.order))}
              </select></label
            >`
      }
      <button id="find">Show</button>
    </form>
  </details>`
}

/** One page of rows, and the way to the others. */
export function listed(rows: readonly Row[], wanted: Wanted, item: (row: Row) => Html): Html {
  const pages = Math.max(1, Math.ceil(rows.length / PAGE_SIZE))
  const page = Math.min(wanted.page, pages)
  const from = (page - 1) * PAGE_SIZE
  return html`<ol class="rows" id="rows" data-live="rows">
      ${rows.slice(from, from + PAGE_SIZE).map(item)}
    </ol>
    <div id="pages" data-live="part">
      ${
        pages === 1
          ? null
          : html`<nav class="pages" aria-label="More requests">
              ${
                page > 1 ? html`<a id="before" href="${linkTo(wanted, page - 1)}">Previous ${PAGE_SIZE}</a>` : null
              }<span>Page ${page} of ${pages}</span>${
                page < pages ? html`<a id="after" href="${linkTo(wanted, page + 1)}">Next ${PAGE_SIZE}</a>` : null
              }
            </nav>`
      }
    </div>`
}

const linkTo = ({ namespace, agent, order }: Wanted, page: number): string =>
  `?${new URLSearchParams({ namespace, agent, order, page: String(page) }).toString()}`

export const badge = (word: string): Html => html`<span class="badge ${word}">${word}</span>`

/** One request in a list. */
export const item = (base: string, { request }: Row, badges: Part, below: Part): Html => {
  const { name } = request.metadata
  return html`<li id="row-${name}">
    <p class="badges">${badges}</p>
    <p>
      <a id="open-${name}" href="${base}/requests/${name}"
        >${shown(shortened(plain(request.spec.review.summary), 160))}</a
      >
    </p>
    <p class="faint">${plainName(request.spec.agent)}, ${below}</p>
  </li>`
}
