import { join } from 'node:path'
import { expect } from 'chai'
import type { Ran } from './world.ts'
import { obstat } from './world.ts'
import { AGENT, BASE, inTree, UP, ZERO } from '../suites/folder.ts'

const WRONG = UP.replace('scales up', 'says: "a%b",\n  and <c>').replace(/name: (.*)\n {2}(.*)\n/, "name: 'x: $1 $2'\n")
const GOOD = { 'agents.yaml': AGENT, 'base.yaml': BASE, 'scale/up.yaml': UP, 'scale/zero.yaml': ZERO }
const BAD = { ...GOOD, 'scale/wrong.yaml': WRONG.replace('Allow, reason: InScope', 'Deny, reason: ApprovalRequired') }

/** Runs `obstat test` in a folder with these files; paths in what it says are those in the folder. */
const tested = (files: Readonly<Record<string, string>>, ...flags: readonly string[]): Promise<Ran> =>
  inTree(files, async (directory) => {
    const { code, out, err } = await obstat(['test', directory, ...flags])
    const short = (said: string): string => said.replaceAll(`${directory}/`, '')
    return { code, out: short(out), err: short(err) }
  })

describe('obstat test', () => {
  it('ends well when every case passes, with a line for each folder and one for all', async () => {
    expect(await tested(GOOD)).to.deep.equal({
      code: 0,
      out: 'ok    scale  2 cases\n2 cases: 2 passed, 0 failed\n',
      err: '',
    })
  })

  it('lists what passes when asked', async () => {
    const { out } = await tested(GOOD, '-v')
    expect(out).to.equal(
      'ok    scale  2 cases\n' +
        '  ok    scale/up.yaml:1: scales up\n        Allow, InScope, Routine\n' +
        '  ok    scale/zero.yaml:1: asks before it scales to zero\n        Deny, ApprovalRequired, Destructive\n' +
        '2 cases: 2 passed, 0 failed\n',
    )
  })

  it('shows what differs, and why', async () => {
    const { code, out } = await tested(BAD)
    expect(code).to.equal(1)
    expect(out).to.equal(
      'FAIL  scale  3 cases, 1 failed\n' +
        '  FAIL  scale/wrong.yaml:1: x: says: "a%b", and <c>\n' +
        '        verdict: expected Deny, got Allow\n' +
        '        reason: expected ApprovalRequired, got InScope\n' +
        '        UPDATE deployments.apps shop/cart is Routine\n' +
        '3 cases: 2 passed, 1 failed\n',
    )
  })

  it('keeps what files say from moving the cursor', async () => {
    const { out } = await tested({ ...GOOD, 'x.yaml': UP.replace('scales up', '"\\e[2J\\n::error::x"') }, '-v')
    expect(out).to.include('x.yaml:1: \\u{1b}[2J\\u{a}::error::x\n')
  })

  it('runs what the filter matches, in file or name', async () => {
    expect((await tested(BAD, '--filter', 'up.yaml|to zero')).out).to.match(/^2 cases: 2 passed, 0 failed$/m)
    expect(await tested(BAD, '--filter', 'nothing like it')).to.deep.include({ code: 2, out: '' })
    expect((await tested(BAD, '--filter', '(')).err).to.include('--filter: expected a regular expression, got "("')
  })

  it('is no success without a case', async () => {
    const { code, out, err } = await tested({ 'agents.yaml': AGENT, 'base.yaml': BASE })
    expect([code, out]).to.deep.equal([2, ''])
    expect(err).to.match(/no case found; a case is a YAML document with request \(or review\) and expect/)
    expect(await obstat(['test', '/no/such/folder'])).to.deep.equal({
      code: 2,
      out: '',
      err: 'obstat test: /no/such/folder: expected a folder that can be read (no such file)\n',
    })
  })

  it('runs nothing while a file is no use', async () => {
    const { code, out, err } = await tested({ ...GOOD, 'x.yaml': 'expected: { verdict: Deny }\n' })
    expect([code, out]).to.deep.equal([2, ''])
    expect(err).to.equal(
      'x.yaml:1: expect is required\n' +
        'x.yaml:1: expected no such field; there are name, description, request, review, facts, expect\n' +
        'obstat test: files are no use as above; no case was run\n',
    )
  })

  it('judges by objects from standard input, as kubectl prints them', async () => {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Pod' }] })
    await inTree({ 'base.yaml': BASE, 'up.yaml': UP }, async (directory) => {
      const given = (content: string): Promise<Ran> =>
        obstat(['test', directory, '--objects', '-'], { files: { '-': content } })
      expect((await given(AGENT)).code).to.equal(0)
      expect((await given(list)).err).to.include('(standard input):1: items[0].metadata.name is required\n')
      expect((await obstat(['test', directory])).out).to.include('no GovernedAgent names')
    })
  })

  it('misses a recorded review that no case names', async () => {
    const review = '{ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview" }'
    const { code, err } = await tested({ ...GOOD, 'x.json': review })
    expect([code, err]).to.deep.equal([0, 'x.json: warning: no case names this AdmissionReview\n'])
  })

  describe('for machines', () => {
    it('writes JSON', async () => {
      const { code, out, err } = await tested(BAD, '-o', 'json')
      expect([code, err]).to.deep.equal([1, '3 cases: 2 passed, 1 failed\n'])
      const read = JSON.parse(out) as { readonly results: readonly object[] }
      expect(read).to.deep.include({ cases: 3, passed: 2, failed: 1 })
      expect(read.results[1]).to.deep.equal({
        file: 'scale/wrong.yaml',
        line: 1,
        name: 'x: says: "a%b", and <c>',
        passed: false,
        expected: { verdict: 'Deny', reason: 'ApprovalRequired' },
        got: { verdict: 'Allow', reason: 'InScope', class: 'Routine', findings: [], harmless: 'scale-up' },
        why: ['UPDATE deployments.apps shop/cart is Routine'],
      })
    })

    it('writes JUnit XML that is well formed', async () => {
      const { out } = await tested(BAD, '-o', 'junit')
      expect(out).to.include('<testsuite name="scale" tests="3" failures="1" errors="0" skipped="0">')
      expect(out).to.include('name="x: says: &#34;a%b&#34;, and &#60;c&#62;" file="scale/wrong.yaml" line="1">')
      expect(out).to.include('<failure message="verdict: expected Deny, got Allow" type="PolicyTest">')
      expect(out.match(/<testcase /g)).to.have.length(3)
    })

    it('writes SARIF of the version that it names', async () => {
      const { out } = await tested({ ...BAD, 'a b.yaml': BAD['scale/wrong.yaml'] }, '-o', 'sarif')
      const { version, runs } = JSON.parse(out) as { version: string; runs: { results: object[] }[] }
      expect([version, runs[0]?.results.length]).to.deep.equal(['2.1.0', 2])
      expect(JSON.stringify(runs[0]?.results[0])).to.match(/"uri":"[^"]*a%20b.yaml"\},"region":\{"startLine":1\}/)
    })

    it('annotates on GitHub, and no name can end the command', async () => {
      const { code, out } = await tested(BAD, '-o', 'github')
      expect(code).to.equal(1)
      expect(out).to.equal(
        '::error file=scale/wrong.yaml,line=1,title=x%3A says%3A "a%25b"%2C and <c>::verdict: expected Deny, got Allow' +
          '%0Areason: expected ApprovalRequired, got InScope%0AUPDATE deployments.apps shop/cart is Routine\n',
      )
      expect((await tested({ 'x.yaml': '- 1\n' }, '-o', 'github')).out).to.equal(
        '::error file=x.yaml,line=1,title=not a policy test::expected object, got array\n',
      )
    })
  })
})

describe('examples/policy-tests', () => {
  it('passes', async () => {
    const { code, out } = await obstat(['test', join(import.meta.dirname, '../../examples/policy-tests')])
    expect(out).to.match(/^1\d cases: 1\d passed, 0 failed$/m)
    expect(code).to.equal(0)
  })
})
