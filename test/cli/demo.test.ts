import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'

const main = join(import.meta.dirname, '../../src/cli/main.ts')

describe('obstat demo', () => {
  it('comes out as told', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [main, 'demo'])
    expect(stdout.match(/^ {2}allowed$/gm)).to.have.length(1)
    expect(stdout).to.match(/approvalrequest\.obstat\.dev\/ar-\w+ approved by alice/)
    expect(stdout).to.include('Deny NeverAllowed Tampering UPDATE governedagents.obstat.dev')
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
