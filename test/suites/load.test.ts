import { symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect } from 'chai'
import type { Problem } from '../../src/suites/files.ts'
import { run } from '../../src/suites/judge.ts'
import { BadSuites, loadObjects, loadSuites } from '../../src/suites/load.ts'
import { AGENT, BASE, inTree, UP, ZERO } from './folder.ts'

const lines = (directory: string, problems: readonly Problem[]): readonly string[] =>
  problems.map(({ file, line, message }) => `${relative(directory, file)}:${line}: ${message}`)

const problemsOf = (files: Readonly<Record<string, string>>): Promise<readonly string[]> =>
  inTree(files, (directory) => lines(directory, loadSuites(directory).problems))

const passed = (directory: string): readonly [string, boolean][] =>
  loadSuites(directory).tests.map((test) => [test.name, run(test).differences.length === 0])

describe('a folder of cases', () => {
  it('gives each case the objects and the base of its folder and of those above', () =>
    inTree({ 'agents.yaml': AGENT, 'a/base.yaml': BASE, 'a/b/up.yaml': UP, 'a/zero.yaml': ZERO }, (directory) => {
      expect(passed(directory)).to.deep.equal([
        ['asks before it scales to zero', true],
        ['scales up', true],
      ])
    }))

  it('gives a folder beside it nothing', () =>
    inTree({ 'a/agents.yaml': AGENT, 'base.yaml': BASE, 'b/up.yaml': UP }, (directory) => {
      const [test] = loadSuites(directory).tests
      expect(test && run(test).got.verdict).to.equal('NotJudged')
    }))

  it('takes the nearest of several objects of one name, and that of the case before all', () =>
    inTree(
      {
        'base.yaml': BASE,
        'agents.yaml': AGENT,
        'up.yaml': UP,
        'protected/shop.yaml':
          "{ apiVersion: v1, kind: Namespace, metadata: { name: shop, labels: { obstat.dev/protected: 'true' } } }",
        'protected/up.yaml': UP,
        'protected/own.yaml': `${UP}facts: { objects: [{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }] }\n`,
      },
      (directory) => {
        expect(loadSuites(directory).tests.map((test) => run(test).got.reason)).to.deep.equal([
          'InScope',
          'InScope',
          'ApprovalRequired',
        ])
      },
    ))

  it('lets a phase and a policy of the case count before those of the folder', () =>
    inTree(
      {
        'base.yaml': `${BASE}facts: { phase: Shadow, policy: { scaleDown: { maxPercent: 100 } } }\n`,
        'agents.yaml': AGENT,
        'shadow.yaml': UP,
        'own.yaml': `request: { operation: UPDATE, group: apps, resource: deployments, name: cart,
           oldObject: { spec: { replicas: 6 } }, object: { spec: { replicas: 5 } } }
facts: { phase: AutonomousL1, policy: { scaleDown: { maxPercent: 10 } } }
expect: { verdict: Deny }\n`,
      },
      (directory) => {
        expect(loadSuites(directory).tests.map((test) => run(test).got)).to.deep.include.members([
          { verdict: 'Deny', reason: 'PhaseForbidden', class: 'Routine', findings: [], harmless: 'scale-up' },
          {
            verdict: 'Deny',
            reason: 'ApprovalRequired',
            class: 'Destructive',
            findings: ['scale-down-drastic'],
            harmless: '',
          },
        ])
      },
    ))

  it('names cases by their file where they have no name, and knows their lines', () =>
    inTree(
      { 'base.yaml': BASE, 'agents.yaml': AGENT, 'x.yaml': [UP, ZERO].join('---\n').replaceAll(/name: .*\n/g, '') },
      (directory) => {
        expect(loadSuites(directory).tests.map(({ name, line }) => [name, line])).to.deep.equal([
          ['x', 1],
          ['x 2', 4],
        ])
      },
    ))

  it('unfolds a List as kubectl prints it', () =>
    inTree(
      {
        'all.yaml': `apiVersion: v1\nkind: List\nitems:\n- ${AGENT.replaceAll('\n', '\n  ')
          .replace(/---\n {2}/, '')
          .replace('  apiVersion: v1\n', '- apiVersion: v1\n')}`,
        'base.yaml': BASE,
        'up.yaml': UP,
      },
      (directory) => {
        expect(lines(directory, loadSuites(directory).problems)).to.deep.equal([])
        expect(passed(directory)).to.deep.equal([['scales up', true]])
      },
    ))

  it('leaves alone what belongs to others', () =>
    inTree(
      {
        'base.yaml': BASE,
        'agents.yaml': AGENT,
        'up.yaml': UP,
        'kustomization.yaml': 'resources: [agents.yaml]',
        '.github/ci.yml': 'on: push',
        'node_modules/x/package.json': '{}',
        'README.md': '# not: yaml [',
        'empty.yaml': '# nothing\n',
      },
      (directory) => {
        const { tests, problems } = loadSuites(directory)
        expect([tests.length, problems]).to.deep.equal([1, []])
      },
    ))

  it('judges by objects that lie elsewhere, the folder before them', () =>
    inTree(
      { 'elsewhere/agents.yaml': AGENT, 'cases/base.yaml': BASE, 'cases/up.yaml': UP, 'cases/zero.yaml': ZERO },
      (directory) => {
        const problems: Problem[] = []
        const objects = loadObjects(join(directory, 'elsewhere'), problems)
        const { tests } = loadSuites(join(directory, 'cases'), objects)
        expect(problems).to.deep.equal([])
        expect(tests.map((test) => run(test).differences)).to.deep.equal([[], []])
        expect(loadObjects(join(directory, 'cases/up.yaml'), problems)).to.deep.equal([])
        expect(lines(directory, problems)).to.deep.equal([
          'cases/up.yaml:1: expected a Kubernetes object, with apiVersion and kind',
        ])
      },
    ))

  it('is refused when it cannot be read', () => {
    expect(() => loadSuites('/no/such/folder')).to.throw(BadSuites, /^\/no\/such\/folder: .* \(no such file\)$/)
    const problems: Problem[] = []
    expect(loadObjects('/no/such/file', problems)).to.deep.equal([])
    expect(problems).to.deep.equal([{ file: '/no/such/file', line: 1, message: 'cannot be read (no such file)' }])
    expect(() => loadSuites(import.meta.filename)).to.throw(BadSuites, /not a folder/)
  })

  it('does not run in circles', () =>
    inTree({ 'base.yaml': BASE, 'agents.yaml': AGENT, 'up.yaml': UP }, (directory) => {
      symlinkSync(directory, join(directory, 'again'))
      symlinkSync(join(directory, 'nowhere'), join(directory, 'gone.yaml'))
      expect(lines(directory, loadSuites(directory).problems)).to.deep.equal([
        'again:1: is a link to a folder that it is in; remove it',
        'gone.yaml:1: cannot be read (no such file)',
      ])
    }))

  it('follows links to folders, and finds files in upper case', () =>
    inTree({ 'suite/base.yaml': BASE, 'suite/agents.YAML': AGENT, 'elsewhere/up.yml': UP }, (directory) => {
      symlinkSync(join(directory, 'elsewhere'), join(directory, 'suite/cases'))
      expect(passed(join(directory, 'suite'))).to.deep.equal([['scales up', true]])
    }))
})

describe('recorded reviews', () => {
  const review = (more: object = {}): string =>
    JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: 'u',
        operation: 'DELETE',
        resource: { group: 'apps', version: 'v1', resource: 'statefulsets' },
        namespace: 'shop',
        name: 'db',
        userInfo: { username: 'system:serviceaccount:agents:bot' },
        oldObject: { metadata: { name: 'db' }, spec: { replicas: 1 } },
        ...more,
      },
    })
  const CASE = 'review: reviews/delete.json\nexpect: { verdict: Deny, reason: ApprovalRequired }\n'

  it('are read as the webhook reads them', () =>
    inTree({ 'agents.yaml': AGENT, 'delete.yaml': CASE, 'reviews/delete.json': review() }, (directory) => {
      const { unused } = loadSuites(directory)
      expect([passed(directory), unused]).to.deep.equal([[['delete', true]], []])
    }))

  it('are missed where no case names them', () =>
    inTree({ 'agents.yaml': AGENT, 'delete.yaml': CASE, 'reviews/delete.json': review(), 'x.json': review() }, (at) => {
      expect(loadSuites(at).unused).to.deep.equal([join(at, 'x.json')])
    }))

  it('that the webhook could not judge are problems', async () => {
    const found = (content: Record<string, string>): Promise<readonly string[]> =>
      problemsOf({ 'agents.yaml': AGENT, 'delete.yaml': CASE, ...content })
    expect((await found({})).join()).to.match(
      /^delete.yaml:1: review .*delete.json:1: cannot be read \(no such file\)$/,
    )
    expect((await found({ 'reviews/delete.json': review({ operation: 'PATCH' }) })).join()).to.match(
      /request.operation: expected CREATE, UPDATE, DELETE or CONNECT/,
    )
    expect((await found({ 'reviews/delete.json': '{"a": 1, "a": 2}' })).join()).to.match(/duplicate key/)
  })
})

describe('a file that is no use', () => {
  const REQUEST = 'request: { operation: DELETE, resource: pods, user: u, oldObject: {} }\n'
  const cases: readonly [title: string, content: string, problem: string | RegExp][] = [
    ['is no YAML', 'request: [\n', /^it.yaml:2: /],
    ['has a key twice', `${REQUEST}${REQUEST}`, 'it.yaml:2: Map keys must be unique'],
    ['holds what JSON cannot', `${REQUEST}expect: .nan\n`, /^it.yaml:1: expected what JSON can hold/],
    ['has an alias of nothing', `${REQUEST}expect: *nothing\n`, /^it.yaml:\d: /],
    ['has half a character', `${REQUEST}name: "\\uD800"\n`, /^it.yaml:1: expected what JSON can hold/],
    [
      'fills the memory with aliases',
      `a: &a [${'1,'.repeat(40)}]\n${['b', 'c', 'd'].map((key, at) => `${key}: &${key} [${`*${'abc'[at] ?? ''},`.repeat(40)}]\n`).join('')}`,
      /^it.yaml:1: expected what JSON can hold/,
    ],
    ['is a list', '- 1\n', 'it.yaml:1: expected object, got array'],
    ['expects nothing', REQUEST, 'it.yaml:1: expect is required'],
    ['asks nothing', 'expect: { verdict: Deny }\n', 'it.yaml:1: request is required, or review'],
    [
      'asks twice',
      `${REQUEST}review: x.json\nexpect: { verdict: Deny }\n`,
      'it.yaml:2: review excludes request; keep one of them',
    ],
    [
      'has an unknown field',
      `${REQUEST}expect:\n  verdict: Deny\n  finding: []\n`,
      'it.yaml:4: expect.finding no such field; there are verdict, reason, class, findings, harmless',
    ],
    [
      'has an unknown word',
      `${REQUEST}expect: { verdict: deny }\n`,
      'it.yaml:2: expect.verdict expected one of Allow, Deny, NotJudged',
    ],
    [
      'names no rule',
      `${REQUEST}expect: { verdict: Deny, findings: [scale-to-zer] }\n`,
      'it.yaml:2: expect.findings[0] no rule has this id; docs/rules.md lists them',
    ],
    [
      'names no entry of the harmless list',
      `${REQUEST}expect: { verdict: Deny, harmless: scale-to-zero }\n`,
      'it.yaml:2: expect.harmless no such entry; docs/rules.md lists them',
    ],
    [
      'says more of nobody',
      `${REQUEST}expect: { verdict: NotJudged, reason: InScope }\n`,
      'it.yaml:2: expect.reason says nothing where nobody judges',
    ],
    [
      'forgets the group',
      'request: { operation: DELETE, resource: deployments, user: u, oldObject: { apiVersion: apps/v1 } }\nexpect: { verdict: Deny }\n',
      "it.yaml:1: request.group expected apps, as the object's apiVersion says",
    ],
    [
      'writes a subresource as RBAC does',
      'request: { operation: DELETE, resource: pods/log, user: u, oldObject: {} }\nexpect: { verdict: Deny }\n',
      'it.yaml:1: request.resource expected pods, and subresource: log',
    ],
    [
      'lacks a side',
      'request: { operation: UPDATE, resource: pods, user: u, object: {} }\nexpect: { verdict: Deny }\n',
      'it.yaml:1: request.oldObject is required for UPDATE',
    ],
    [
      'lacks a user',
      'request: { operation: DELETE, resource: pods, oldObject: {} }\nexpect: { verdict: Deny }\n',
      'it.yaml:1: request.user is required: say who asks, here or in base.yaml',
    ],
    [
      'has a policy that the API server would refuse',
      `${REQUEST}facts:\n  policy:\n    scaleDown: { maxPercent: many }\nexpect: { verdict: Deny }\n`,
      'it.yaml:4: facts.policy.scaleDown.maxPercent expected integer, got string',
    ],
    [
      'has an agent that the API server would refuse',
      AGENT.replace('AutonomousL1', 'L1'),
      'it.yaml:6: spec.trustPhase expected one of Shadow, ReadOnlyAssist, LimitedRemediation, AutonomousL1',
    ],
    [
      'has a kind that there is not',
      AGENT.replace('GovernedAgent', 'Agent'),
      'it.yaml:2: kind obstat.dev/v1alpha1 has GovernedAgent, Approver, ApprovalRequest, ActionPolicy',
    ],
    ['has an object twice', `${AGENT}---\n${AGENT}`, /^it.yaml:13: GovernedAgent.obstat.dev bot is in .*it.yaml too/],
    ['has an object without a name', 'apiVersion: v1\nkind: Pod\n', 'it.yaml:1: metadata.name is required'],
  ]
  for (const [title, content, problem] of cases)
    it(title, async () => {
      const [found = ''] = await problemsOf({ 'it.yaml': content })
      if (typeof problem === 'string') expect(found).to.equal(problem)
      else expect(found).to.match(problem)
    })

  it('is told with all the others at once', async () => {
    const found = await problemsOf({ 'a.yaml': '- 1\n', 'b/base.yaml': 'facts: { fase: Shadow }\n', 'c.json': '{' })
    expect(found.map((line) => line.split(' ')[0])).to.deep.equal(['a.yaml:1:', 'b/base.yaml:1:', 'c.json:1:'])
  })
})
