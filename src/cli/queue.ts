import type { ApprovalRequest } from '../api/objects.ts'
import { CLUSTER_OR_FOLDER } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import type { Command } from './command.ts'
import { EXIT, UsageError } from './command.ts'
import { formatDuration } from '../review/duration.ts'
import { asRequest, collectionOf, requestsOf } from './objects.ts'
import type { Cluster, World } from './ports.ts'
import { cut, printable } from './printable.ts'
import type { Format } from './printing.ts'
import { formatOf, listOf, OUTPUT, toJson, toYaml } from './printing.ts'
import type { People, Standing } from '../policy/approvals/standing.ts'
import { standingOf } from '../policy/approvals/standing.ts'
import { readPeople } from './people.ts'
import { table } from './table.ts'

export const queue: Command = {
  name: 'queue',
  summary: 'list the requests that wait for a person',
  operands: '',
  arity: [0, 0],
  flags: {
    ...CLUSTER_OR_FOLDER,
    ...OUTPUT,
    namespace: { type: 'string', short: 'n', value: 'NAME', help: 'only acts in this namespace' },
    'all-namespaces': { type: 'boolean', short: 'A', help: 'acts in every namespace, which is the default' },
    agent: { type: 'string', value: 'NAME', help: 'only requests of this agent' },
    all: { type: 'boolean', help: 'also what is decided, used or expired' },
    limit: { type: 'string', value: 'N', help: 'at most so many rows of a table; default 50, 0 is all' },
    watch: { type: 'boolean', short: 'w', help: 'go on and print what is new; end with Ctrl-C' },
  },
  run: async (given, world) => {
    const format = formatOf(given)
    const cluster = world.connect(given.cluster())
    try {
      const [requests, people] = await Promise.all([requestsOf(cluster), readPeople(cluster)])
      const rows = requests.map((request) => ({ request, standing: standingOf(request, people, world.now()) }))
      const wanted = rows.filter((row) => isWanted(row, given)).sort(soonestFirst)
      const shown = wanted.slice(0, limitOf(given, format))
      world.out(render(shown, format, world.now()))
      if (shown.length === 0 && format === 'table') world.say('nothing waits for a person')
      if (shown.length < wanted.length)
        world.say(`and ${wanted.length - shown.length} more: narrow it with --agent or -n, or --limit 0 shows all`)
      if (given.has('watch')) await watch(cluster, given, people, format, world)
      return EXIT.ok
    } finally {
      cluster.close()
    }
  },
}

interface Row {
  readonly request: ApprovalRequest
  readonly standing: Standing
}

/** What runs out first is decided first. */
const soonestFirst = ({ request: a }: Row, { request: b }: Row): number =>
  Date.parse(a.spec.expiresAt) - Date.parse(b.spec.expiresAt) || (a.metadata.name < b.metadata.name ? -1 : 1)

const DEFAULT_LIMIT = 50

/** Scripts get everything; nobody reads thousands of rows. */
function limitOf(given: Arguments, format: Format): number {
  const limit = given.text('limit')
  if (limit !== undefined && !/^\d{1,6}$/.test(limit)) throw new UsageError('--limit: expected a number, 0 for all')
  const isTable = format === 'table' || format === 'wide'
  const most = limit === undefined ? (isTable ? DEFAULT_LIMIT : 0) : Number(limit)
  return most === 0 ? Infinity : most
}

function isWanted({ request, standing }: Row, given: Arguments): boolean {
  const { agent, acts } = request.spec
  const namespace = given.has('all-namespaces') ? undefined : given.text('namespace')
  return (
    (given.has('all') || standing.state === 'Pending' || standing.state === 'Recommended') &&
    (given.text('agent') ?? agent) === agent &&
    (namespace === undefined || acts.some((act) => act.namespace === namespace))
  )
}

const HEADS = ['NAME', 'AGENT', 'CLASS', 'STATE', 'SIGNED', 'EXPIRES', 'SUMMARY']

function render(rows: readonly Row[], format: Format, now: Date): string {
  const objects = rows.map(({ request }) => request)
  switch (format) {
    case 'json':
      return toJson(listOf(objects))
    case 'yaml':
      return toYaml(listOf(objects))
    case 'name':
      return objects.map(({ metadata }) => `approvalrequest.obstat.dev/${metadata.name}\n`).join('')
    case 'table':
    case 'wide':
      return rows.length === 0
        ? ''
        : table(
            HEADS,
            rows.map((row) => cells(row, format === 'wide' ? 1000 : 60, now)),
          )
  }
}

function cells({ request, standing }: Row, most: number, now: Date): readonly string[] {
  const { agent, review, expiresAt } = request.spec
  const left = Date.parse(expiresAt) - now.getTime()
  return [
    request.metadata.name,
    printable(agent),
    review.class,
    standing.state,
    `${standing.signed.length}/${standing.count}`,
    left > 0 ? formatDuration(left) : 'over',
    cut(printable(review.summary), most),
  ]
}

/** Prints every request that is new or has changed, until Ctrl-C; a watch that ends is opened again. */
async function watch(cluster: Cluster, given: Arguments, people: People, format: Format, world: World): Promise<void> {
  const isStopped = (): boolean => world.signal.aborted
  while (!isStopped()) {
    const { resourceVersion } = await cluster.list(collectionOf('ApprovalRequest'))
    const path = `${collectionOf('ApprovalRequest')}?resourceVersion=${encodeURIComponent(resourceVersion)}`
    try {
      for await (const event of await cluster.watch(path, { signal: world.signal })) {
        const request = event.type === 'ADDED' || event.type === 'MODIFIED' ? asRequest(event.object) : null
        if (request === null) continue
        const row = { request, standing: standingOf(request, people, world.now()) }
        if (isWanted(row, given)) world.out(line(row, format, world.now()))
      }
    } catch (cause) {
      if (!isStopped()) throw cause
    }
  }
}

/** One changed request: a row without heads, or a whole document. */
function line(row: Row, format: Format, now: Date): string {
  if (format === 'json') return `${JSON.stringify(row.request)}\n`
  if (format === 'yaml') return `---\n${toYaml(row.request)}`
  if (format === 'name') return `approvalrequest.obstat.dev/${row.request.metadata.name}\n`
  return `${cells(row, format === 'wide' ? 1000 : 60, now).join('   ')}\n`
}
