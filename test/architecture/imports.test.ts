import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const src = fileURLToPath(new URL('../../src/', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

interface Import {
  readonly from: string
  /** A path under src for our own files, else the package. */
  readonly to: string
  readonly isOwn: boolean
  readonly isTypeOnly: boolean
}

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(src, file), 'utf8')
  return [...text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?'([^']+)'/gms)].map(
    ([, type, to = '']) => {
      const isOwn = to.startsWith('.')
      return { from: file, to: isOwn ? normalize(join(dirname(file), to)) : to, isOwn, isTypeOnly: type !== undefined }
    },
  )
}

const all = files.flatMap(importsOf)
const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : '(root)')

/** What each folder may import of ours. A folder that is not listed fails the test. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  api: [],
  signing: ['api'],
  policy: ['api', 'signing'],
  review: ['api', 'signing', 'policy'],
  ui: ['api', 'signing', 'policy', 'review'],
  admission: ['api', 'signing', 'policy'],
  enforcement: ['api', 'policy'],
  doctor: ['api', 'signing', 'policy', 'enforcement'],
  cluster: ['api', 'signing', 'policy', 'admission'],
  files: ['api', 'signing', 'policy', 'admission'],
  certificates: ['api'],
  audit: ['api', 'admission'],
  metrics: ['api', 'admission', 'policy'],
  server: ['api', 'signing', 'admission'],
  config: ['api'],
  suites: ['api', 'signing', 'policy', 'admission'],
  reconcile: ['api', 'signing', 'policy', 'admission', 'enforcement', 'doctor', 'certificates', 'cluster'],
  cli: [
    'api',
    'signing',
    'policy',
    'review',
    'ui',
    'admission',
    'config',
    'cluster',
    'files',
    'enforcement',
    'doctor',
    'certificates',
    'suites',
    '(root)',
  ],
}

/** The one place that wires the server's adapters, and the one that lists the commands. */
const WIRING = new Set(['main.ts'])

describe('imports', () => {
  it('point inward', () => {
    const outward = all
      .filter((one) => one.isOwn && !WIRING.has(one.from))
      .filter((one) => folderOf(one.from) !== folderOf(one.to))
      .filter((one) => !(ALLOWED[folderOf(one.from)] ?? []).includes(folderOf(one.to)))
      .map((one) => `${one.from} -> ${one.to}`)
    expect(outward).to.deep.equal([])
  })

  it('keep policy and signing free of I/O and of ambient state', () => {
    const pure = all.filter((one) => ['policy', 'signing'].includes(folderOf(one.from)) && !one.isOwn)
    const unexpected = pure.filter((one) => one.to !== 'node:crypto').map((one) => `${one.from} -> ${one.to}`)
    // Pure, and it sees values of our own making only.
    expect(new Set(unexpected)).to.deep.equal(new Set(['policy/cel.ts -> @marcbachmann/cel-js']))
  })

  it('name node-forge in certificates alone', () => {
    const forge = all.filter((one) => one.to.startsWith('node-forge') && folderOf(one.from) !== 'certificates')
    expect(forge.map((one) => one.from)).to.deep.equal([])
  })

  it('let decide.ts alone build an Allow', () => {
    const builders = files.filter((file) => /verdict: 'Allow'/.test(readFileSync(join(src, file), 'utf8')))
    expect(
      builders.filter(
        (file) => !['policy/decide.ts', 'policy/decision.ts'].includes(file) && !file.startsWith('admission/ports'),
      ),
    ).to.deep.equal([])
  })

  it('have no cycles between folders', () => {
    const edges = new Map<string, Set<string>>()
    for (const one of all.filter((edge) => edge.isOwn && !WIRING.has(edge.from) && folderOf(edge.from) !== '(root)'))
      if (folderOf(one.to) !== folderOf(one.from))
        edges.set(folderOf(one.from), (edges.get(folderOf(one.from)) ?? new Set()).add(folderOf(one.to)))
    const reaches = (from: string, to: string, seen: ReadonlySet<string>): boolean =>
      [...(edges.get(from) ?? [])].some(
        (next) => next === to || (!seen.has(next) && reaches(next, to, new Set([...seen, next]))),
      )
    expect([...edges.keys()].filter((folder) => reaches(folder, folder, new Set([folder])))).to.deep.equal([])
  })
})
