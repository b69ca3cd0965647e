import { expect } from 'chai'
import type { IncomingHttpHeaders } from 'node:http'
import { checkHost, checkLink, checkPost, checkVisit, newDoor, setCookie } from '../../src/ui/door.ts'

const door = newDoor(6278)
const cookie = setCookie(door).split(';')[0] ?? ''
const visit = (headers: IncomingHttpHeaders): number => checkVisit(door, { headers })?.status ?? 200
const post = (headers: IncomingHttpHeaders): number => checkPost(door, { headers })?.status ?? 200

describe('the door of the review page', () => {
  it('is drawn anew at every start', () => {
    const other = newDoor(6278)
    expect(other.origin).to.equal(door.origin)
    for (const secret of ['token', 'session', 'place', 'stamp'] as const) {
      expect(door[secret]).to.have.length(43)
      expect(other[secret]).not.to.equal(door[secret])
    }
    expect(new Set([door.token, door.session, door.place, door.stamp]).size).to.equal(4)
  })

  it('answers to its own name and port alone', () => {
    expect(checkHost(door, { headers: { host: 'localhost:6278' } })).to.equal(null)
    for (const host of ['127.0.0.1:6278', 'localhost', 'localhost:80', 'evil.example:6278', 'localhost.:6278', ''])
      expect(checkHost(door, { headers: { host } })?.status, host).to.equal(421)
    expect(checkHost(door, { headers: {} })?.status).to.equal(421)
  })

  it('opens with the link of this start', () => {
    expect(checkLink(door, door.token)).to.equal(null)
    for (const token of ['', door.session, door.token.slice(1), `${door.token}x`])
      expect(checkLink(door, token)?.status).to.equal(403)
  })

  it('gives a cookie that no script reads, no other site sends and no other path gets', () => {
    expect(setCookie(door)).to.equal(`obstat=${door.session}; Path=/${door.place}/; HttpOnly; SameSite=Strict`)
  })

  it('knows its visitors by the cookie', () => {
    expect(visit({ cookie })).to.equal(200)
    expect(visit({ cookie: `a=b; ${cookie}; c=d` })).to.equal(200)
    expect(visit({})).to.equal(403)
    expect(visit({ cookie: `obstat=${door.token}` })).to.equal(403)
    expect(visit({ cookie: `xobstat=${door.session}` })).to.equal(403)
  })

  it('shows nothing to who comes from elsewhere, another port of localhost included', () => {
    for (const site of ['same-origin', 'none']) expect(visit({ cookie, 'sec-fetch-site': site }), site).to.equal(200)
    for (const site of ['same-site', 'cross-site', 'whatever'])
      expect(visit({ cookie, 'sec-fetch-site': site }), site).to.equal(403)
  })

  const own: IncomingHttpHeaders = {
    origin: 'http://localhost:6278',
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/json',
    'obstat-stamp': door.stamp,
  }

  it('takes what the page itself sends', () => {
    expect(post(own)).to.equal(200)
  })

  const bends: readonly (readonly [title: string, headers: IncomingHttpHeaders])[] = [
    ['another port', { origin: 'http://localhost:8080' }],
    ['an opaque origin', { origin: 'null' }],
    ['another site', { 'sec-fetch-site': 'same-site' }],
    ['a typed address', { 'sec-fetch-site': 'none' }],
    ['a plain form', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['another start', { 'obstat-stamp': newDoor(6278).stamp }],
    ['nobody', { 'obstat-stamp': '' }],
  ]
  for (const [title, bend] of bends)
    it(`takes nothing from ${title}`, () => {
      expect(post({ ...own, ...bend })).to.equal(403)
    })

  it('takes nothing without an origin', () => {
    const { origin: _, ...rest } = own
    expect(post(rest)).to.equal(403)
  })
})
