import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import { shellQuoted } from '../../src/cli/shell.ts'

describe('a word of a shell', () => {
  it('is what it was, whatever is in it', () => {
    const words = [
      'alice',
      'a@b',
      '',
      "it's",
      '$(id)',
      '`id`',
      'a b',
      '*',
      '{"a":"b\'c"}',
      'x;y&z|"',
      '-n',
      '#',
      'a\nb',
    ]
    const command = `printf '%s\\0' ${words.map(shellQuoted).join(' ')}`
    expect(execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' }).split('\0').slice(0, -1)).to.deep.equal(words)
  })

  it('stays plain where it can', () => {
    expect(shellQuoted('system:serviceaccount:a/b@c.d')).to.equal('system:serviceaccount:a/b@c.d')
  })
})
