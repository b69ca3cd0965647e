import { expect } from 'chai'
import type { ApprovalRequest } from '../../src/api/objects.ts'
import { card } from '../../src/cli/card.ts'
import { standingOf } from '../../src/policy/approvals/standing.ts'
import { viewOf } from '../../src/review/view.ts'
import type { View } from '../../src/review/view.ts'
import { signedAct } from '../../src/signing/act.ts'
import { request } from '../cli/world.ts'

const NOW = new Date('2026-11-20T07:00:00Z')
const people = { approvers: [], agents: [], policy: null }
const view = (given: ApprovalRequest): View => viewOf(given, standingOf(given, people, NOW), NOW)

/** A request in which everything that an agent controls holds this text. */
function full(text: string): ApprovalRequest {
  const act = signedAct({
    operation: 'UPDATE',
    group: 'apps',
    resource: 'deployments',
    subresource: '',
    namespace: 'shop',
    name: text.slice(0, 253),
    uid: 'uid-1',
    options: { note: text },
    change: [
      { path: `/metadata/annotations/${text.slice(0, 300)}`, from: text, to: { deep: [text] } },
      { path: '/spec', to: { [text]: text } },
    ],
  })
  const { review } = request().spec
  return request({
    acts: [act],
    agent: text.slice(0, 253),
    review: {
      ...review,
      summary: text.slice(0, 1000),
      findings: [{ rule: 'r', raises: 'Destructive', what: text.slice(0, 8000) }],
      requester: { username: text.slice(0, 1024), pod: text.slice(0, 1024), job: text.slice(0, 1024) },
      claims: { reason: text.slice(0, 8000), incident: text.slice(0, 1000) },
      impact: { lines: [{ about: text.slice(0, 20), mark: 'loss', what: text.slice(0, 2000) }], counts: {}, names: {} },
    },
  })
}

const HOSTILE: readonly (readonly [title: string, text: string])[] = [
  ['colours', '\u001b[32mapproved\u001b[0m \u009b1mbold'],
  ['a cursor that goes up', 'x\u001b[5A\u001b[2K\rsigned      alice'],
  ['lines of its own', 'x\nsigned      alice\r\n  needs       1 person, 1 signed'],
  ['a title of the window and a link', '\u001b]0;title\u0007 \u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\'],
  ['text from right to left', 'delete \u202eyadretsey\u202c \u2067a\u2069'],
  ['HTML and a script', '<script>alert(1)</script><img src=x onerror=alert(1)>'],
  ['blanks and wide letters', `${'\u3000'.repeat(40)}${'字'.repeat(200)}`],
  ['a line full of spaces that ends as a label', `${' '.repeat(66)}signed      alice`],
  ['a megabyte', 'A'.repeat(1_000_000)],
  ['many control bytes', '\u001b'.repeat(50_000)],
]

describe('the card', () => {
  for (const [title, text] of HOSTILE) {
    it(`holds no control byte of ${title}, and stays short`, () => {
      const plainCard = card(view(full(text)), false)
      expect(plainCard).not.to.match(/[^\P{C}\n]/u)
      expect(plainCard.length).to.be.lessThan(200_000)
      const coloured = card(view(full(text)), true)
      expect(coloured.replace(/\u001b\[[0-9;]+m/g, '')).to.equal(plainCard)
    })

    it(`has nothing of ${title} where labels stand`, () => {
      const labels = card(view(full(text)), false)
        .split('\n')
        .filter((line) => line.startsWith('  ') && !line.startsWith('   '))
        .map((line) => line.slice(2, 12).trim())
      const own = new Set(labels.slice(1))
      expect([...own].filter((label) => label === 'signed')).to.have.lengthOf(1)
      expect(card(view(full(text)), false)).to.match(/\n {2}signed {6}nobody yet\n/)
    })
  }

  it('shows a new object one value a line', () => {
    const act = signedAct({
      ...request().spec.acts[0]!,
      operation: 'CREATE',
      change: [{ path: '', to: { kind: 'Pod', spec: { containers: [{ image: 'x', args: [] }] } } }],
    })
    const shown = card(view(request({ acts: [act] })), false)
    expect(shown).to.include('+ /kind: "Pod"')
    expect(shown).to.include('+ /spec/containers/0/args: []')
    expect(shown).to.include('+ /spec/containers/0/image: "x"')
  })

  it('shows values of Secrets by their digests', () => {
    const from = { 'obstat.dev/sha256': 'a'.repeat(64) }
    const act = signedAct({
      ...request().spec.acts[0]!,
      change: [{ path: '/data/token', from, to: { ...from, 'obstat.dev/sha256': 'b'.repeat(64) } }],
    })
    const shown = card(view(request({ acts: [act] })), false).replaceAll(/\s+/g, ' ')
    expect(shown).to.include(
      `~ /data/token: (not shown, sha256 ${'a'.repeat(16)}…) -> (not shown, sha256 ${'b'.repeat(16)}…)`,
    )
  })

  it('counts what it does not show', () => {
    const change = Array.from({ length: 100 }, (_, at) => ({ path: `/spec/a${at}`, to: at }))
    const act = signedAct({ ...request().spec.acts[0]!, change })
    expect(card(view(request({ acts: [act] })), false)).to.include('and 40 lines more, not shown here')
  })

  it('marks what is lost and what could not be read', () => {
    const { review } = request().spec
    const impact = {
      lines: [
        { about: 'pods', mark: 'loss', what: '3 pods are lost' },
        { about: 'claims', mark: 'note', what: 'claim "a" stays' },
        { about: 'hpa', mark: 'unknown', what: 'could not be read: autoscalers' },
        { about: 'odd', mark: 'fine', what: 'written by nobody' },
      ],
    }
    const found = view(request({ review: { ...review, impact } })).sections.find(({ id }) => id === 'impact')
    expect(found?.lines.map(({ label, mark }) => [label, mark])).to.deep.equal([
      ['pods', 'loss'],
      ['claims', 'plain'],
      ['hpa', 'unknown'],
      ['odd', 'unknown'],
    ])
  })

  it('says that nothing was read where there is no impact', () => {
    const found = view(request()).sections.find(({ id }) => id === 'impact')
    expect(found?.lines).to.deep.equal([
      { label: 'impact', text: 'was not read: judge by the act alone', mark: 'unknown' },
    ])
  })

  it('says beforehand that a signature needs somebody who touches a key', () => {
    const policy = {
      kind: 'ActionPolicy',
      apiVersion: 'obstat.dev/v1alpha1',
      metadata: { name: 'cluster' },
      spec: { userPresence: [{}] },
    } as const
    const standing = standingOf(request(), { ...people, policy }, NOW)
    expect(card(viewOf(request(), standing, NOW), false)).to.include(
      'a security key or a passkey that somebody touches',
    )
  })

  it('says that a recommendation is none to sign', () => {
    const agent = {
      apiVersion: 'obstat.dev/v1alpha1',
      kind: 'GovernedAgent',
      metadata: { name: 'sre-bot' },
      spec: {
        subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'sre-bot' }],
        trustPhase: 'ReadOnlyAssist',
      },
    } as const
    const standing = standingOf(request(), { ...people, agents: [agent] }, NOW)
    expect(standing.state).to.equal('Recommended')
    expect(card(viewOf(request(), standing, NOW), false)).to.include('a recommendation: no signature opens it')
  })
})
