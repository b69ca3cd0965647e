import { expect } from 'chai'
import { KINDS } from '../../src/api/names.ts'
import { parseObject } from '../../src/api/parse.ts'
import { objectCases } from './object-cases.ts'

describe('parseObject', () => {
  for (const kind of KINDS)
    describe(kind, () => {
      for (const { title, object, issue } of objectCases(kind))
        it(`${issue === undefined ? 'accepts' : 'refuses'} ${title}`, () => {
          const result = parseObject(kind, object)
          const paths = result.ok ? [] : result.issues.map(({ path }) => path)
          if (issue === undefined) expect(paths).to.deep.equal([])
          else expect(paths).to.include(issue === '' ? '/metadata/name' : issue)
        })
    })

  it('names every problem at once', () => {
    const result = parseObject('GovernedAgent', {
      apiVersion: 'obstat.dev/v1',
      kind: 'GovernedAgent',
      metadata: { name: 'a' },
      spec: { subjects: 'me', trustPhase: null },
    })
    expect(result).to.deep.equal({
      ok: false,
      issues: [
        { path: '/apiVersion', message: 'expected obstat.dev/v1alpha1' },
        { path: '/spec/subjects', message: 'expected array, got string' },
        { path: '/spec/trustPhase', message: 'expected string, got null' },
        {
          path: '/spec/trustPhase',
          message: 'expected one of Shadow, ReadOnlyAssist, LimitedRemediation, AutonomousL1',
        },
      ],
    })
  })

  it('fills in what is not said', () => {
    const result = parseObject('GovernedAgent', {
      apiVersion: 'obstat.dev/v1alpha1',
      kind: 'GovernedAgent',
      metadata: { name: 'a' },
      spec: { subjects: [{ kind: 'User', name: 'a' }], trustPhase: 'Shadow', budget: { writes: 1 } },
    })
    expect(result.ok && result.value.spec).to.deep.include({
      enforcement: 'Enforce',
      suspended: false,
      budget: { windowSeconds: 3600, writes: 1 },
      approval: {
        required: 1,
        requiredProtected: 1,
        requestTtlSeconds: 3600,
        approvalTtlSeconds: 900,
        preApprovalTtlSeconds: 86_400,
        holdSeconds: 0,
      },
    })
  })

  it('leaves what it was given as it was', () => {
    const given = Object.freeze({
      apiVersion: 'obstat.dev/v1alpha1',
      kind: 'Approver',
      metadata: Object.freeze({ name: 'a' }),
      spec: Object.freeze({ keys: [] }),
    })
    parseObject('Approver', given)
    expect(given).to.deep.equal({
      apiVersion: 'obstat.dev/v1alpha1',
      kind: 'Approver',
      metadata: { name: 'a' },
      spec: { keys: [] },
    })
  })

  it('refuses what is no object at all', () => {
    for (const value of [null, 1, 'text', [], [{}]]) expect(parseObject('Approver', value).ok).to.equal(false)
  })
})
