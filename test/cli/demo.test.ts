import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { parse } from 'yaml'
import type { Json } from '../../src/api/json.ts'
import { text } from '../../src/api/json.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')
const recordings = join(import.meta.dirname, '../../examples/demo')

describe('obstat demo', () => {
  let story: string

  before(async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, 'demo'])
    expect(stderr).to.equal('')
    story = stdout
  })

  /** What stands under the title that begins with this number. */
  const part = (number: number): string => story.split('\n=== ')[number] ?? ''

  it('lets the restart through without asking anybody', () => {
    expect(part(2)).to.match(/rollout restart deployment\/cart -n shop\n {2}allowed\n$/)
  })

  it('refuses the deletion, and names the rule, the request, what a person does and what the agent does', () => {
    expect(part(3)).to.match(/APPROVAL_REQUIRED ar-[a-z2-7]{8}: DELETE statefulsets\.apps payments\/orders-db/)
    expect(part(3)).to.include('cascading-delete (')
    expect(part(3)).to.match(/Person: kubectl obstat approve ar-/)
    expect(part(3)).to.include('Agent: stop and wait. Do not vary the request')
  })

  it('shows the queue and the card before alice signs', () => {
    const typed = [...part(4).matchAll(/^alice\$ obstat (\w+)/gm)].map(([, name]) => name)
    expect(typed).to.deep.equal(['queue', 'show', 'approve'])
    expect(part(4)).to.match(/ar-[a-z2-7]{8} approved by alice\s+\(SHA256:/)
  })

  it('refuses everything else, for the reason that was told', () => {
    const reasons = [5, 6, 7, 8, 9].map((number) => [...part(number).matchAll(/^ {2}(allowed|refused, \w+)/gm)])
    expect(reasons.map((found) => found.map(([, said]) => said))).to.deep.equal([
      ['refused, ApprovalRequired', 'refused, ApprovalRequired'],
      ['allowed'],
      ['refused, ApprovalRequired'],
      ['refused, ApprovalExpired'],
      ['refused, NeverAllowed'],
    ])
  })

  it('ends with the log of all eight decisions', () => {
    expect(part(10).match(/^(Allow|Deny) /gm)).to.have.lengthOf(8)
    expect(part(10)).to.match(/Allow +Approved +sre-bot +DELETE payments\/orders-db/)
  })

  it('names nothing of the machine it runs on', () => {
    expect(story).not.to.include('obstat-demo-')
  })

  it('is about one object, and then about another one of the same name', () => {
    const stored = (file: string): string =>
      text(parse(readFileSync(join(recordings, file), 'utf8')) as Json, 'metadata', 'uid')
    const deleted = (name: string): string =>
      text(
        JSON.parse(readFileSync(join(recordings, 'reviews', `${name}.json`), 'utf8')) as Json,
        ...['request', 'oldObject', 'metadata', 'uid'],
      )
    const first = stored('cluster/orders-db.yaml')
    const again = stored('later/orders-db.yaml')
    expect(first).not.to.equal(again)
    const uids = ['delete', 'delete-by-another-agent', 'delete-repeated', 'delete-recreated', 'delete-late'].map(
      deleted,
    )
    expect(uids).to.deep.equal([first, first, first, again, again])
  })
})

describe('the program', () => {
  const fails = async (...args: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }> => {
    try {
      await promisify(execFile)(process.execPath, [main, ...args])
      return { code: 0, stderr: '' }
    } catch (cause) {
      return cause as { code: number; stderr: string }
    }
  }

  const mistakes: readonly (readonly [title: string, args: readonly string[], said: string])[] = [
    ['a kubeconfig that is not there', ['queue', '--kubeconfig', '/nowhere'], 'obstat queue: cannot use /nowhere'],
    [
      'a folder that is not there',
      ['queue', '--standalone', '/nowhere'],
      'obstat queue: --standalone /nowhere: expected a folder',
    ],
    [
      'a folder that serve cannot use',
      ['serve', '--standalone', '/nowhere'],
      'obstat serve: --standalone /nowhere: expected a folder',
    ],
    ['a kubeconfig that is none', ['queue', '--kubeconfig', main], 'obstat queue: cannot use '],
  ]
  for (const [title, args, said] of mistakes)
    it(`names ${title} in one line and ends with 2`, async () => {
      const { code, stderr } = await fails(...args)
      expect(stderr).to.include(said)
      expect(stderr.split('\n').filter((line) => line.startsWith('    at '))).to.deep.equal([])
      expect(code).to.equal(2)
    })
})
