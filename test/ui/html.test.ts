import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Json } from '../../src/api/json.ts'
import { html, markupOf } from '../../src/ui/html.ts'
import type { Part } from '../../src/ui/html.ts'
import { shown } from '../../src/ui/text.ts'

describe('html', () => {
  it('escapes what is filled in, between tags and in quotes', () => {
    const name = `"><script>alert('x')</script>&amp;`
    expect(markupOf(html`<p title="${name}">${name}</p>`)).to.equal(
      '<p title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;">' +
        '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;</p>',
    )
  })

  it('joins lists and parts of its own, and leaves null out', () => {
    const items = [1, 2].map((n) => html`<b>${n}</b>`)
    expect(markupOf(html`<p>${items}</p>`)).to.equal('<p><b>1</b><b>2</b></p>')
    expect(markupOf(html`<p>${null}</p>`)).to.equal('<p></p>')
  })

  it('takes no object from outside for markup', () => {
    const forged = { markup: '<b>', 'Symbol(markup)': '<b>' } as Json as unknown as Part
    expect(() => html`${forged}`).to.throw(TypeError)
  })

  it('lets no text make a tag, an attribute or an entity', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const [, inside = ''] = /^<p title="(.*)"><\/p>$/s.exec(markupOf(html`<p title="${text}"></p>`)) ?? []
        return !/[<>"']/.test(inside) && !inside.replace(/&(amp|lt|gt|quot|#39);/g, '').includes('&')
      }),
    )
  })

  it('marks what the card has written out', () => {
    expect(markupOf(shown('a\\u{202e}b<i>')).replace(/\s+/g, ' ')).to.match(
      /^<span class="text" ?>a<mark title="[^"<>]+" ?>\\u\{202e\}<\/mark ?>b&lt;i&gt;<\/span ?>$/,
    )
  })
})
