import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import type { FactsSoFar } from '../../../src/policy/facts.ts'
import { homeCleanup } from '../../../src/policy/harmless/home-cleanup.ts'
import type { Read } from '../../../src/policy/read.ts'
import { Answers, keyOf } from '../../../src/policy/read.ts'
import type { Request } from '../../../src/policy/request.ts'
import { agent, facts, request } from '../given.ts'

const tidy = (more: Partial<Request> = {}): Request =>
  request({
    operation: 'DELETE',
    group: '',
    resource: 'configmaps',
    namespace: 'sre',
    name: 'scratch',
    oldObject: { metadata: { name: 'scratch', uid: 'u1' } },
    object: null,
    ...more,
  })

const known = (more: Partial<FactsSoFar> = {}): FactsSoFar => ({ ...facts(), live: new Answers(new Map()), ...more })

/** What it asks for. */
const asked = (of: Request, given: FactsSoFar = known()): readonly Read[] => homeCleanup.needs?.(of, given) ?? []

/** Is it proved, with one object in the answer to one of its reads and nothing in the others? */
function isProved(of: Request, owned: string, given: FactsSoFar = known()): boolean {
  const it: Json = { metadata: { name: 'one', ownerReferences: [{ uid: 'u1' }] } }
  const live = new Answers(
    new Map(asked(of, given).map((read) => [keyOf(read), `${read.group}/${read.resource}` === owned ? [it] : []])),
  )
  return homeCleanup.proves(of, { ...given, live }) !== null
}

describe('policy/harmless/home-cleanup', () => {
  it('proves that nothing in the namespace is owned by what goes', () => {
    expect(isProved(tidy(), '')).to.equal(true)
  })

  for (const owned of [
    'apps/deployments',
    'apps/statefulsets',
    'apps/daemonsets',
    'batch/cronjobs',
    'batch/jobs',
    '/persistentvolumeclaims',
  ])
    it(`lets nothing go that owns one of ${owned}`, () => {
      expect(isProved(tidy(), owned)).to.equal(false)
    })

  it('reads by a version that every cluster serves', () => {
    expect([...new Set(asked(tidy()).map(({ group, version }) => `${group}/${version}`))]).to.deep.equal([
      'apps/v1',
      'batch/v1',
      '/v1',
    ])
  })

  it('asks nothing about another namespace, and proves nothing there', () => {
    const elsewhere = tidy({ namespace: 'shop' })
    expect(asked(elsewhere)).to.deep.equal([])
    expect(isProved(elsewhere, '')).to.equal(false)
  })

  it('finds no home where the agent has none', () => {
    const person = agent({ subjects: [{ kind: 'User', name: 'bot' }] })
    const user = { username: 'bot', uid: 'u', groups: [], extra: new Map() }
    const of = tidy({ namespace: '', user })
    expect(asked(of, known({ agents: [person] }))).to.deep.equal([])
  })

  it('knows no other kind', () => {
    expect(isProved(tidy({ resource: 'pods' }), '')).to.equal(false)
  })
})
