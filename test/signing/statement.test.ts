import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { signedAct } from '../../src/signing/act.ts'
import { canonical, sha256Hex } from '../../src/signing/canonical.ts'
import {
  buildStatement,
  MAX_PAYLOAD_BYTES,
  parseStatement,
  payloadOf,
  preApprovalName,
  timeMs,
  timeText,
  WRONG_DIGEST,
} from '../../src/signing/statement.ts'
import { ACT, PRE_APPROVAL, STATEMENT } from './statements.ts'

/** `path: message` of every issue with a text. */
function issuesOf(text: string | Uint8Array): readonly string[] {
  const read = parseStatement(Buffer.from(text))
  return read.ok ? [] : read.issues.map(({ path, message }) => `${path}: ${message}`)
}
const issuesWith = (changed: Readonly<Record<string, Json>>): readonly string[] =>
  issuesOf(canonical({ ...STATEMENT, ...changed }))

function issuesWithout(...keys: readonly string[]): readonly string[] {
  return issuesOf(canonical(Object.fromEntries(Object.entries(STATEMENT).filter(([key]) => !keys.includes(key)))))
}

const issuesWithAct = (changed: Readonly<Record<string, Json>>): readonly string[] =>
  issuesWith({ acts: [{ ...ACT, ...changed }] })

describe('parseStatement', () => {
  it('reads a statement, and a pre-approval', () => {
    expect(parseStatement(payloadOf(STATEMENT))).to.deep.equal({ ok: true, value: STATEMENT })
    expect(parseStatement(payloadOf(PRE_APPROVAL))).to.deep.equal({ ok: true, value: PRE_APPROVAL })
  })

  it('reads a plan, and acts of every shape', () => {
    const { intentSha256: _, ...plain } = ACT
    const created = signedAct({
      ...plain,
      operation: 'CREATE',
      subresource: '',
      name: '',
      generateName: 'a-',
      uid: '',
      change: [{ path: '', to: null }],
    })
    const deleted = signedAct({ ...plain, operation: 'DELETE', options: { gracePeriodSeconds: 0 }, change: [] })
    expect(parseStatement(payloadOf({ ...STATEMENT, acts: [created, deleted, ACT, ACT], ordered: true })).ok).to.equal(
      true,
    )
  })

  for (const key of Object.keys(STATEMENT))
    it(`asks for ${key}`, () => {
      expect(issuesWithout(key)).to.have.length(1)
      expect(issuesWithout(key)[0]).to.match(new RegExp(`^/${key}: `))
    })

  for (const [title, changed, path] of [
    ['another version', { apiVersion: 'obstat.dev/v1' }, '/apiVersion'],
    ['another kind', { kind: 'ApprovalRequest' }, '/kind'],
    ['an empty cluster', { cluster: '' }, '/cluster'],
    ['an empty agent', { agent: '' }, '/agent'],
    ['an empty approver', { approver: '' }, '/approver'],
    ['a list of acts that is empty', { acts: [] }, '/acts'],
    ['acts that are no list', { acts: ACT as unknown as Json }, '/acts'],
    ['ordered as text', { ordered: 'false' }, '/ordered'],
    ['a review digest in capitals', { reviewSha256: 'A'.repeat(64) }, '/reviewSha256'],
    ['no review digest', { reviewSha256: '' }, '/reviewSha256'],
    ['a decision in small letters', { decision: 'approve' }, '/decision'],
    ['a decision in a list', { decision: ['Approve'] }, '/decision'],
    ['a decision with a blank', { decision: 'Approve ' }, '/decision'],
    ['a time as a number', { notAfter: 4102444800 }, '/notAfter'],
    ['a time with an offset', { notAfter: '2026-11-20T07:15:00+00:00' }, '/notAfter'],
    ['a time with a fraction', { notAfter: '2026-11-20T07:15:00.5Z' }, '/notAfter'],
    ['a day that there is not', { notAfter: '2026-02-30T07:15:00Z' }, '/notAfter'],
    ['a leap second', { notBefore: '2026-12-31T23:59:60Z' }, '/notBefore'],
    ['hour 24', { issuedAt: '2026-11-20T24:00:00Z' }, '/issuedAt'],
    ['a year of six digits', { notAfter: '+275760-09-13T00:00:00Z' }, '/notAfter'],
    ['an unknown field', { scope: '*' }, ''],
    ['a nonce beside a request', { nonce: '0'.repeat(32) }, ''],
    ['no request, no nonce', { request: '', reviewSha256: '' }, '/nonce'],
    ['a review digest of a pre-approval', { request: '', nonce: '0'.repeat(32) }, '/reviewSha256'],
    ['a nonce in capitals', { request: '', reviewSha256: '', nonce: 'A'.repeat(32) }, '/nonce'],
    ['a short nonce', { request: '', reviewSha256: '', nonce: '0'.repeat(31) }, '/nonce'],
  ] as const)
    it(`refuses ${title}`, () => {
      expect(issuesWith(changed)).to.have.length(1)
      expect(issuesWith(changed)[0]).to.match(new RegExp(`^${path}: `))
    })

  for (const [title, changed, path] of [
    ['another operation', { operation: 'PATCH' }, '/operation'],
    ['no resource', { resource: '' }, '/resource'],
    ['a name in a list', { name: ['cart'] }, '/name'],
    ['a uid that is null', { uid: null }, '/uid'],
    ['options that are a list', { options: [] }, '/options'],
    ['a change that is an object', { change: {} }, '/change'],
    ['an entry without path', { change: [{ from: 1 }] }, '/change/0/path'],
    ['an entry that is a text', { change: ['/spec'] }, '/change/0'],
    ['an unknown field of an entry', { change: [{ path: '', op: 'x' }] }, '/change/0'],
    ['an unknown field', { user: 'x' }, ''],
    ['an empty generateName', { generateName: '' }, '/generateName'],
    ['a digest in capitals', { intentSha256: ACT.intentSha256.toUpperCase() }, '/intentSha256'],
    ['a digest cut short', { intentSha256: ACT.intentSha256.slice(0, 8) }, '/intentSha256'],
    ['a digest in a list', { intentSha256: [ACT.intentSha256] }, '/intentSha256'],
  ] as const)
    it(`refuses an act with ${title}`, () => {
      expect(issuesWithAct(changed)).to.have.length(1)
      expect(issuesWithAct(changed)[0]).to.match(new RegExp(`^/acts/0${path}: `))
    })

  it('refuses an act without uid, and an act that is a text', () => {
    const act: Json = Object.fromEntries(Object.entries(ACT).filter(([key]) => key !== 'uid'))
    expect(issuesWith({ acts: [act] })).to.deep.equal(['/acts/0/uid: expected a text'])
    expect(issuesWith({ acts: ['x'] })).to.deep.equal(['/acts/0: expected an object'])
  })

  it('refuses a digest that is not of its act', () => {
    const wrong = `: ${WRONG_DIGEST}`
    expect(issuesWithAct({ intentSha256: 'b'.repeat(64) })).to.deep.equal([`/acts/0/intentSha256${wrong}`])
    expect(issuesWithAct({ name: 'other' })).to.deep.equal([`/acts/0/intentSha256${wrong}`])
    expect(issuesWith({ acts: [ACT, { ...ACT, uid: '' }] as Json })).to.deep.equal([`/acts/1/intentSha256${wrong}`])
  })

  it('names every problem at once', () => {
    expect(issuesWith({ decision: 1, reason: 2, acts: [{}] })).to.have.length(12)
  })

  const form = canonical(STATEMENT)
  for (const [title, text] of [
    ['a blank', form.replace('"decision":', '"decision": ')],
    ['another order', JSON.stringify(Object.fromEntries(Object.entries(STATEMENT).reverse()))],
    ['a line break at the end', `${form}\n`],
    ['an escape that is not needed', form.replace('"Approve"', '"\\u0041pprove"')],
    ['a number in another spelling', form.replace('"from":3', '"from":3.0')],
    ['a number that a double would change', form.replace('"from":3', '"from":9007199254740993')],
    ['a duplicate key', form.replace('"decision":', '"decision":"Deny","decision":')],
    ['a duplicate key in escapes', form.replace('"decision":', '"deci\\u0073ion":"Deny","decision":')],
    ['a byte order mark', `\ufeff${form}`],
    ['more JSON after it', form + form],
    ['a lone surrogate', form.replace('ticket', '\\ud800')],
    ['a list around it', `[${form}]`],
    ['__proto__ around it', `{"__proto__":${form}}`],
    ['nothing', ''],
    ['a text', '"Approve"'],
  ] as const)
    it(`refuses a payload with ${title}`, () => {
      expect(issuesOf(text)).not.to.be.empty
    })

  it('refuses what is no UTF-8', () => {
    expect(issuesOf(Buffer.from(form, 'utf16le'))).to.have.length(1)
    expect(issuesOf(Buffer.concat([Buffer.from(form), Buffer.of(0xff)]))).to.deep.equal([': expected UTF-8 at 0'])
  })

  it('takes 32 KiB and refuses one byte more', () => {
    const rest = payloadOf({ ...STATEMENT, reason: '' }).length
    const reason = 'x'.repeat(MAX_PAYLOAD_BYTES - rest)
    expect(issuesWith({ reason })).to.deep.equal([])
    expect(issuesWith({ reason: `${reason}x` })).to.deep.equal([': expected at most 32768 bytes'])
  })
})

describe('timeMs', () => {
  it('is the inverse of timeText', () => {
    expect(timeMs('2026-11-20T07:00:00Z')).to.equal(Date.UTC(2026, 10, 20, 7))
    expect(timeText(Date.UTC(2026, 10, 20, 7) + 999)).to.equal('2026-11-20T07:00:00Z')
    expect(timeMs('2026-11-20')).to.equal(undefined)
  })
})

describe('preApprovalName', () => {
  it('is the digest of what co-signers share', () => {
    const { cluster, agent, acts, ordered, reviewSha256, nonce = '' } = PRE_APPROVAL
    const shared = sha256Hex(canonical({ cluster, agent, acts, ordered, reviewSha256, nonce }))
    expect(preApprovalName(PRE_APPROVAL)).to.equal(`ap-${shared.slice(0, 16)}`)
  })

  it('is the same whoever signs, whenever, for whatever reason', () => {
    const name = preApprovalName(PRE_APPROVAL)
    for (const field of ['approver', 'reason', 'issuedAt', 'notBefore', 'notAfter', 'decision'] as const)
      expect(preApprovalName({ ...PRE_APPROVAL, [field]: 'x' })).to.equal(name)
    for (const field of ['cluster', 'agent', 'nonce'] as const)
      expect(preApprovalName({ ...PRE_APPROVAL, [field]: 'x' })).not.to.equal(name)
    expect(preApprovalName({ ...PRE_APPROVAL, ordered: true })).not.to.equal(name)
    expect(preApprovalName({ ...PRE_APPROVAL, acts: [ACT, ACT] })).not.to.equal(name)
  })
})

describe('buildStatement', () => {
  const at = Date.UTC(2026, 10, 20, 7)
  const answer = {
    decision: 'Approve',
    approver: 'alice',
    reason: 'ticket 4711',
    issuedAtMs: at,
    notBeforeMs: at,
    notAfterMs: at + 900_000,
  } as const
  const { cluster, request, agent, acts, ordered } = STATEMENT

  it('copies the request and digests the review', () => {
    const review = { class: 'Destructive' }
    expect(buildStatement({ cluster, request, agent, acts, ordered, review }, answer)).to.deep.equal({
      ok: true,
      value: { ...STATEMENT, reviewSha256: sha256Hex('{"class":"Destructive"}') },
    })
  })

  it('makes a pre-approval with its nonce, and says when that is missing', () => {
    const asked = { cluster, request: '', agent, acts, ordered, review: null }
    expect(buildStatement(asked, { ...answer, nonce: PRE_APPROVAL.nonce ?? '' })).to.deep.equal({
      ok: true,
      value: PRE_APPROVAL,
    })
    expect(buildStatement(asked, answer)).to.deep.equal({
      ok: false,
      issues: [{ path: '/nonce', message: 'expected 32 lower-case hex digits' }],
    })
  })
})
