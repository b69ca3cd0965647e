import { expect } from 'chai'
import type { ApprovalRequest } from '../../../src/api/objects.ts'
import type { Statement } from '../../../src/signing/statement.ts'
import { testKey } from '../../signing/signer.ts'
import { agent } from '../given.ts'
import type { Asked, Person } from './desk.ts'
import {
  ACT,
  alice,
  annotated,
  approverOf,
  at,
  bob,
  decided,
  deletion,
  envelope,
  filed,
  outcomeOf,
  person,
  preApproval,
  said,
  signedActOf,
  statement,
} from './desk.ts'

/** What becomes of a request that `by` signed with one thing changed in the statement. */
const signed = (more: Partial<Statement>, { by = alice, ...it }: Partial<Asked> & { by?: Person } = {}): string => {
  const asked = filed()
  return said(outcomeOf({ requests: [decided(asked, envelope(statement(asked, by, more), by))], ...it }))
}

/** What becomes of an approval that stands on the stored object alone. */
const carriedBy = (one: Statement, by: Person, it: Partial<Asked> = {}): string =>
  said(outcomeOf({ asked: onObject(one, by), ...it }))

const onObject = (one: Statement, by: Person) =>
  deletion({ oldObject: annotated(deletion().oldObject, envelope(one, by)) })

describe('an approval binds to what it was signed for', () => {
  it('and holds for that', () => {
    expect(signed({})).to.equal('Approved')
    expect(carriedBy(preApproval(alice), alice)).to.equal('Approved')
    expect(carriedBy(statement(filed(), alice), alice, { requests: [filed()] })).to.equal('Approved')
  })

  const elsewhere: readonly (readonly [string, Partial<Statement>, RegExp])[] = [
    ['cluster', { cluster: 'another' }, /^ApprovalMismatch: ar-one: signed for another cluster$/],
    ['agent', { agent: 'another' }, /^ApprovalMismatch: ar-one: signed for another agent$/],
    ['request', { request: 'ar-two' }, /^ApprovalMismatch: ar-one: signed for another request$/],
    ['list of acts', { acts: [ACT, ACT] }, /^ApprovalMismatch: ar-one: its acts are not those of ar-one$/],
    ['order', { ordered: true }, /^ApprovalMismatch: ar-one: its acts are not those of ar-one$/],
    ['review', { reviewSha256: '0'.repeat(64) }, /^ApprovalMismatch: ar-one: the person was shown something else/],
  ]
  for (const [what, more, answer] of elsewhere)
    it(`and not for another ${what}`, () => {
      expect(signed(more)).to.match(answer)
    })

  it('and not for another act, whose difference it names', () => {
    const other = signedActOf(deletion({}, 'api'))
    expect(carriedBy(preApproval(alice, { acts: [other] }), alice)).to.equal(
      'ApprovalMismatch: signed for another act: differs at /name',
    )
  })

  it('and not when its digest is another act’s', () => {
    const forged = { ...signedActOf(deletion({}, 'api')), intentSha256: ACT.intentSha256 }
    expect(carriedBy(preApproval(alice, { acts: [forged] }), alice)).to.match(
      /^ApprovalMismatch: stored object: \/acts\/0\/intentSha256/,
    )
  })

  it('and not when its request is gone', () => {
    expect(carriedBy(statement(filed(), alice), alice)).to.equal(
      'ApprovalMismatch: stored object: there is no request ar-one',
    )
  })

  it('and not when its request has become one of another cluster or agent', () => {
    const one = statement(filed(), alice)
    for (const spec of [{ cluster: 'another' }, { agent: 'another' }])
      expect(carriedBy(one, alice, { requests: [filed(spec)] })).to.equal(
        'ApprovalMismatch: stored object: differs from ar-one',
      )
  })

  it('and not when nobody’s key signed it, or nothing can be read', () => {
    const asked = filed()
    expect(signed({}, { people: [bob] })).to.match(/^SignatureInvalid: ar-one: /)
    expect(said(outcomeOf({ requests: [decided(asked, {})] }))).to.match(/^SignatureInvalid: ar-one: /)
    expect(
      said(
        outcomeOf({ asked: deletion({ oldObject: { metadata: { annotations: { 'obstat.dev/approval': '{' } } } }) }),
      ),
    ).to.match(/^SignatureInvalid: stored object: the annotation is not strict JSON/)
  })
})

describe('an approval has its time', () => {
  const cases: readonly (readonly [string, Partial<Statement>, RegExp])[] = [
    [
      'is over at notAfter',
      { issuedAt: at(-600), notAfter: at(0) },
      /^ApprovalExpired: ar-one: past notAfter 2026-11-20T08:00:00Z$/,
    ],
    ['holds a second before notAfter', { issuedAt: at(-600), notAfter: at(1) }, /^Approved$/],
    [
      'is not there before notBefore',
      { notBefore: at(1) },
      /^ApprovalExpired: ar-one: before notBefore 2026-11-20T08:00:01Z$/,
    ],
    ['lasts as long as the agent allows', { notAfter: at(900) }, /^Approved$/],
    ['lasts no longer', { notAfter: at(901) }, /^ApprovalExpired: ar-one: valid for longer than 900 s$/],
    ['may come from a clock that is a minute ahead', { issuedAt: at(60), notBefore: at(0) }, /^Approved$/],
    [
      'may not come from later',
      { issuedAt: at(61), notBefore: at(0) },
      /^SignatureInvalid: ar-one: issuedAt is in the future$/,
    ],
  ]
  for (const [title, more, answer] of cases)
    it(title, () => {
      expect(signed(more)).to.match(answer)
    })

  it('is signed before its request expires, and may be used after', () => {
    const late = filed({ expiresAt: at(-10) })
    const by = (issuedAt: string): string =>
      said(outcomeOf({ requests: [decided(late, envelope(statement(late, alice, { issuedAt }), alice))] }))
    expect(by(at(-11))).to.equal('Approved')
    expect(by(at(-10))).to.equal('ApprovalExpired: ar-one: signed after ar-one expired')
  })

  it('is longer for a pre-approval', () => {
    expect(carriedBy(preApproval(alice, { notAfter: at(86_400) }), alice)).to.equal('Approved')
    expect(carriedBy(preApproval(alice, { notAfter: at(86_401) }), alice)).to.equal(
      'ApprovalExpired: stored object: valid for longer than 86400 s',
    )
  })
})

describe('a Deny', () => {
  const deny = { decision: 'Deny' } as const
  const answers = (asked: ApprovalRequest, ...signed: readonly Statement[]): string =>
    said(
      outcomeOf({
        requests: [decided(asked, ...signed.map((one) => envelope(one, one.approver === 'bob' ? bob : alice)))],
      }),
    )

  it('ends it, whatever else was signed and whichever came first', () => {
    const asked = filed()
    const [yes, no] = [statement(asked, alice), statement(asked, bob, deny)]
    expect(answers(asked, yes, no)).to.equal('ApprovalDenied: bob said no: "INC-1"')
    expect(answers(asked, no, yes)).to.equal('ApprovalDenied: bob said no: "INC-1"')
  })

  it('counts from an annotation too', () => {
    const asked = filed()
    const requests = [decided(asked, envelope(statement(asked, alice), alice))]
    expect(said(outcomeOf({ requests, asked: onObject(statement(asked, bob, deny), bob) }))).to.equal(
      'ApprovalDenied: bob said no: "INC-1"',
    )
  })

  it('stands until its request expires, however short its own life', () => {
    const short = { ...deny, notAfter: at(-1), issuedAt: at(-2), notBefore: at(900) }
    const one = filed()
    expect(answers(one, statement(one, alice, short))).to.equal('ApprovalDenied: alice said no: "INC-1"')
    const over = filed({ expiresAt: at(0) })
    expect(answers(over, statement(over, alice, short))).to.equal('ApprovalRequired: ar-one: a refusal that is over')
  })

  it('without a request stands until its notAfter', () => {
    const one = preApproval(alice, { ...deny, notAfter: at(1) })
    expect(carriedBy(one, alice)).to.equal('ApprovalDenied: alice said no: "INC-1"')
    expect(carriedBy({ ...one, notAfter: at(0) }, alice)).to.equal(
      'ApprovalRequired: stored object: a refusal that is over',
    )
  })

  it('of another act says nothing about this one', () => {
    const other = preApproval(bob, { ...deny, acts: [signedActOf(deletion({}, 'api'))] })
    const asked = filed()
    const requests = [decided(asked, envelope(statement(asked, alice), alice))]
    expect(said(outcomeOf({ requests, asked: onObject(other, bob) }))).to.equal('Approved')
    expect(carriedBy(other, bob)).to.equal('ApprovalRequired: no approval yet')
  })

  it('takes somebody who may decide', () => {
    const mallory = person('mallory', { namespaces: ['vault'] })
    const asked = filed()
    const requests = [
      decided(asked, envelope(statement(asked, mallory, deny), mallory), envelope(statement(asked, alice), alice)),
    ]
    expect(said(outcomeOf({ requests, people: [mallory, alice] }))).to.equal('Approved')
  })
})

describe('an Approver is entitled', () => {
  const byAlice = (spec: Parameters<typeof person>[1], it: Partial<Asked> = {}): string => {
    const by = person('alice', spec, alice.key)
    return signed({}, { by, people: [by], ...it })
  }
  const refused = (why: string): string => `ApproverNotEntitled: ar-one: alice ${why}`

  it('under their own name only', () => {
    expect(signed({ approver: 'bob' })).to.equal('ApproverNotEntitled: ar-one: bob signed by a key of alice')
    expect(signed({ approver: 'carol' })).to.equal('ApproverNotEntitled: ar-one: carol signed by a key of alice')
  })

  it('by one of the roles that the agent asks for', () => {
    const facts = { agents: [agent({ approval: { roles: ['operations', 'platform'] } })] }
    expect(byAlice({ roles: ['platform'] }, { facts })).to.equal('Approved')
    expect(byAlice({ roles: ['security'] }, { facts })).to.equal(refused('has none of the roles operations, platform'))
    expect(byAlice({ roles: undefined } as never, { facts })).to.equal(
      refused('has none of the roles operations, platform'),
    )
    expect(byAlice({ roles: [] })).to.equal('Approved')
  })

  it('in every Namespace of the acts', () => {
    expect(byAlice({ namespaces: ['shop'] })).to.equal('Approved')
    expect(byAlice({ namespaces: ['*'] })).to.equal('Approved')
    expect(byAlice({ namespaces: ['vault'] })).to.equal(refused('may not sign for namespace "shop"'))
    expect(byAlice({ namespaces: [] })).to.equal(refused('may not sign for namespace "shop"'))
    expect(byAlice({ namespaces: [''] })).to.equal(refused('may not sign for namespace "shop"'))
    const elsewhere = signedActOf(deletion({ namespace: 'vault' }))
    const plan = filed({ acts: [ACT, elsewhere] as never })
    const by = person('alice', { namespaces: ['shop'] }, alice.key)
    const requests = [decided(plan, envelope(statement(plan, by), by))]
    expect(said(outcomeOf({ requests, people: [by] }))).to.equal(refused('may not sign for namespace "vault"'))
  })

  it('unless they asked for the act themselves, now or when it was filed', () => {
    const asker = { user: { username: 'dave@example.com', uid: '', groups: [], extra: new Map() } }
    const facts = { agents: [agent({ subjects: [{ kind: 'User', name: 'dave@example.com' }] })] }
    const usernames = ['alice@example.com', 'dave@example.com']
    expect(byAlice({ usernames }, { asked: deletion(asker), facts })).to.equal(refused('is the one who asked'))
    expect(byAlice({ usernames: ['system:serviceaccount:sre:sre-bot'] })).to.equal(refused('is the one who asked'))
    const { review } = filed().spec
    const before = filed({ review: { ...review, requester: { username: 'alice@example.com' } } })
    const requests = [decided(before, envelope(statement(before, alice), alice))]
    expect(said(outcomeOf({ requests }))).to.equal(refused('is the one who asked'))
    expect(byAlice({ usernames: [] })).to.equal('Approved')
    expect(byAlice({ usernames: undefined } as never)).to.equal('Approved')
  })

  it('unless they are the agent under another of its names', () => {
    const subjects = [
      { kind: 'ServiceAccount', namespace: 'sre', name: 'sre-bot' },
      { kind: 'User', name: 'sre-bot@example.com' },
    ] as const
    const facts = { agents: [agent({ subjects }), agent({ subjects: [{ kind: 'User', name: 'other' }] }, 'other')] }
    expect(byAlice({ usernames: ['sre-bot@example.com'] }, { facts })).to.equal(refused('is the agent'))
    expect(byAlice({ usernames: ['other'] }, { facts })).to.equal('Approved')
  })

  it('by a key that proves presence, where a policy asks it of the class at filing or now', () => {
    const asking = (...classes: readonly ('Change' | 'Destructive' | 'Routine')[]): string => {
      const asked = filed({ review: { ...filed().spec.review, class: 'Change' } })
      const policy = {
        apiVersion: 'obstat.dev/v1alpha1',
        kind: 'ActionPolicy',
        metadata: { name: 'cluster' },
        spec: { userPresence: [{ classes }] },
      } as const
      const requests = [decided(asked, envelope(statement(asked, alice), alice))]
      return said(outcomeOf({ requests, facts: { policy } }))
    }
    expect(asking('Change')).to.match(/^ApproverNotEntitled: ar-one: alice needs a key that proves presence/)
    expect(asking('Destructive')).to.match(/^ApproverNotEntitled/)
    expect(asking('Routine')).to.equal('Approved')
  })

  it('by a key that is valid when it signs and when it counts', () => {
    const by = (more: object, issuedAt = at(-60)): string => {
      const approver = approverOf('alice', [{ key: alice.key, more }])
      return signed({ issuedAt, notBefore: at(-60) }, { people: [{ approver, key: alice.key }] })
    }
    const invalid = refused('the key is revoked, expired or not valid yet')
    expect(by({ notBefore: at(-60), notAfter: at(1) })).to.equal('Approved')
    expect(by({ notBefore: at(-59) })).to.equal(invalid)
    expect(by({ notAfter: at(0) })).to.equal(invalid)
    expect(by({ notAfter: at(30) }, at(40))).to.equal(invalid)
    expect(by({ revokedAt: at(0) })).to.equal(invalid)
    expect(by({ revokedAt: at(1) })).to.equal('Approved')
    // Revoked at use counts for nothing, whenever it signed; a revocation to come does not reach back.
    expect(by({ revokedAt: at(-3600) })).to.equal(invalid)
    expect(by({ revokedAt: at(1) }, at(30))).to.equal('Approved')
  })

  it('by any of their keys that signed and is valid', () => {
    const [old, fresh] = [testKey('ed25519'), testKey('ed25519')]
    const approver = approverOf('alice', [{ key: old, more: { revokedAt: at(-1) } }, { key: fresh }])
    const asked = filed()
    const by = (...keys: readonly { key: typeof old }[]): string =>
      said(
        outcomeOf({
          requests: [decided(asked, envelope(statement(asked, alice), ...keys))],
          people: [{ approver, key: fresh }],
        }),
      )
    expect(by({ key: old }, { key: fresh })).to.equal('Approved')
    expect(by({ key: old })).to.equal(refused('the key is revoked, expired or not valid yet'))
  })
})
