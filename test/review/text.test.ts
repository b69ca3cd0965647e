import { expect } from 'chai'
import { plain, plainName, shortened } from '../../src/review/text.ts'

describe('text of others', () => {
  const shown: readonly (readonly [what: string, text: string, expected: string])[] = [
    ['colours and cursor movements', '\u001b[2Aapproved', '\\u{1b}[2Aapproved'],
    ['line breaks', 'one\ntwo\r\nthree\u2028four', 'one\\u{a}two\\u{d}\\u{a}three\\u{2028}four'],
    ['what reorders', 'a\u202eevil\u2066b', 'a\\u{202e}evil\\u{2066}b'],
    ['what hides', 'de\u200bfault\ufeff\u00ad', 'de\\u{200b}fault\\u{feff}\\u{ad}'],
    ['blanks that are no space', 'a\u00a0b\u3164c\u2800', 'a\\u{a0}b\\u{3164}c\\u{2800}'],
    ['letters in another dress', 'ｄelete 𝐝b', '\\u{ff44}elete \\u{1d41d}b'],
    ['other letters within a Latin word', 'registry/сart', 'registry/\\u{441}art'],
    ['marks piled on one letter', 'e\u0301\u0302\u0303\u0304', 'e\u0301\u0302\\u{303}\\u{304}'],
    ['lone surrogates', 'a\ud800b', 'a\ufffdb'],
  ]
  for (const [what, text, expected] of shown)
    it(`is shown with ${what} written out`, () => {
      expect(plain(text)).to.equal(expected)
    })

  it('stays as it is in any one language', () => {
    for (const prose of ['Prüfung läuft…', '調査 4711', 'تحقيق', 'ticket 4711: “disk” – 95 %'])
      expect(plain(prose)).to.equal(prose)
  })

  it('says so where a whole word could pass for a Latin one', () => {
    expect(plain('сарт')).to.equal('сарт [Cyrillic letters]')
    expect(plain('расследование 4711')).to.equal('расследование 4711 [Cyrillic letters]')
  })

  it('is ASCII where it is a name', () => {
    expect(plainName('сарт–db')).to.equal('\\u{441}\\u{430}\\u{440}\\u{442}\\u{2013}db')
  })

  it('is cut with its length and digest, so that two long ones can be told apart', () => {
    const [a, b] = [`${'x'.repeat(1000)}a`, `${'x'.repeat(1000)}b`].map((text) => shortened(text, 20))
    expect(a).to.match(/^x{20}… \(1001 characters, sha256 [0-9a-f]{16}…\)$/)
    expect(a).not.to.equal(b)
  })
})
