import { expect } from 'chai'
import { field, list } from '../../src/api/json.ts'
import type { Json } from '../../src/api/json.ts'
import { openEnvelope } from '../../src/signing/open.ts'
import { testKey } from '../signing/signer.ts'
import { cluster, obstat, request, Status } from './world.ts'
import type { FakeCluster } from './world.ts'

const alice = testKey('ssh-ed25519')
const bob = testKey('ecdsa-sha2-nistp256')
const files = { key: 'a private key', 'key.pub': alice.record.publicKey, 'bob.pub': bob.record.publicKey }
const PATH = '/apis/obstat.dev/v1alpha1/approvalrequests/ar-7f3k2m9q'

const decisionsIn = (held: FakeCluster): readonly Json[] => list(held.objects.get(PATH), 'spec', 'decisions')

describe('approve and deny', () => {
  it('sign what the request says and append it', async () => {
    const held = cluster({ alice }, [request()])
    const ran = await obstat(['approve', '7f3k', '--key', 'key', '--reason', 'ticket 4711', '--yes'], {
      cluster: held,
      files,
      key: alice,
    })
    expect(ran.out).to.match(/^approvalrequest\.obstat\.dev\/ar-7f3k2m9q approved by alice \(SHA256:/)
    expect(ran.err).to.include('enough have signed')
    expect(ran.code).to.equal(0)
    const envelope = field(decisionsIn(held)[0], 'envelope') ?? null
    const opened = openEnvelope(envelope, [{ approver: 'alice', keys: [alice.record] }])
    expect(opened.ok && opened.statement).to.deep.include({
      request: 'ar-7f3k2m9q',
      cluster: 'cluster-uid',
      agent: 'sre-bot',
      decision: 'Approve',
      approver: 'alice',
      reason: 'ticket 4711',
      issuedAt: '2026-11-20T07:00:00Z',
      notBefore: '2026-11-20T06:59:00Z',
      notAfter: '2026-11-20T07:10:00Z',
    })
  })

  it('say that an approval does not count where the policy asks for presence', async () => {
    const held = cluster({ alice }, [request()])
    const policy = { kind: 'ActionPolicy', metadata: { name: 'cluster' }, spec: { userPresence: [{}] } }
    held.objects.set('/apis/obstat.dev/v1alpha1/actionpolicies/cluster', policy)
    const ran = await obstat(['approve', '7f3k', '--key', 'key', '--yes'], { cluster: held, files, key: alice })
    expect(ran.err).to.include('it does not count').and.to.include('needs a key that proves presence')
  })

  it('show the card before asking, and sign nothing without the word', async () => {
    const held = cluster({ alice }, [request()])
    const ran = await obstat(['approve', 'ar-7f3k2m9q', '--key', 'key'], {
      cluster: held,
      files,
      key: alice,
      answer: 'y',
    })
    expect(ran.err).to.include('UPDATE deployments.apps/scale "cart" in namespace shop')
    expect(ran.err).to.include('~ /spec/replicas: 3 -> 0')
    expect(ran.err).to.include('nothing was signed')
    expect(ran.code).to.equal(1)
    expect(held.calls).to.deep.equal([])
  })

  it('sign when the person types the word', async () => {
    const held = cluster({ alice }, [request()])
    const ran = await obstat(['deny', 'ar-7f3k2m9q', '-k', 'key'], {
      cluster: held,
      files,
      key: alice,
      answer: ' Deny\n',
    })
    expect(ran.code).to.equal(0)
    expect(ran.out).to.include('denied by alice')
    expect(decisionsIn(held)).to.have.length(1)
  })

  it('refuse to sign unseen when nobody is there', async () => {
    const held = cluster({ alice }, [request()])
    const ran = await obstat(['approve', 'ar-7f3k2m9q', '-k', 'key'], {
      cluster: held,
      files,
      key: alice,
      answer: null,
    })
    expect(ran.code).to.equal(2)
    expect(ran.err).to.include('add --yes after reading obstat show')
  })

  it('try again after a conflict', async () => {
    const held = cluster({ alice }, [request()])
    held.failures.push(new Status(409, 'the object has been modified'), new Status(409, 'the object has been modified'))
    const ran = await obstat(['approve', 'ar-7f3k2m9q', '-k', 'key', '-y'], { cluster: held, files, key: alice })
    expect(ran.code).to.equal(0)
    expect(decisionsIn(held)).to.have.length(1)
  })

  it('say in full what the webhook refused', async () => {
    const held = cluster({ alice }, [request()])
    held.failures.push(new Status(403, 'admission webhook denied the request:\nApproverNotEntitled'))
    const ran = await obstat(['approve', 'ar-7f3k2m9q', '-k', 'key', '-y'], { cluster: held, files, key: alice })
    expect(ran.code).to.equal(1)
    expect(ran.err).to.include('obstat approve: admission webhook denied the request:\nApproverNotEntitled\n')
  })

  it('count who has signed', async () => {
    const held = cluster({ alice, bob }, [request({ required: { count: 2, roles: ['platform', 'operations'] } })])
    const ran = await obstat(['approve', 'ar-7f3k2m9q', '-k', 'key', '-y'], { cluster: held, files, key: alice })
    expect(ran.err).to.include('1 of 2 have signed; nobody of role operations yet')
  })

  it('refuse a request whose digest is not that of its act', async () => {
    const [act] = request().spec.acts
    const held = cluster({ alice }, [request({ acts: [{ ...act!, name: 'checkout' }] })])
    const ran = await obstat(['approve', 'ar-7f3k2m9q', '-k', 'key', '-y'], { cluster: held, files, key: alice })
    expect(ran.code).to.equal(1)
    expect(ran.err).to.include('the digest of act 1 is not that of the act')
    expect(held.calls).to.deep.equal([])
  })

  it('send nothing when the signature is another key’s', async () => {
    const held = cluster({ alice }, [request()])
    const ran = await obstat(['approve', 'ar-7f3k2m9q', '-k', 'key', '-y'], {
      cluster: held,
      files,
      key: testKey('ssh-ed25519'),
    })
    expect(ran.code).to.equal(1)
    expect(ran.err).to.include('does not verify')
    expect(held.calls).to.deep.equal([])
  })

  it('end with 4 on a request that is over', async () => {
    const held = cluster({ alice }, [request({ expiresAt: '2026-11-20T06:59:59Z' })])
    const ran = await obstat(['approve', 'ar-7f3k2m9q', '-k', 'key', '-y'], { cluster: held, files, key: alice })
    expect(ran.code).to.equal(4)
    expect(held.calls).to.deep.equal([])
  })

  it('sign no approval after somebody said no', async () => {
    const held = cluster({ alice, bob }, [request()])
    await obstat(['deny', 'ar-7f3k2m9q', '-k', 'bob.pub', '-y'], { cluster: held, files, key: bob })
    const ran = await obstat(['approve', 'ar-7f3k2m9q', '-k', 'key', '-y'], { cluster: held, files, key: alice })
    expect([ran.code, decisionsIn(held).length]).to.deep.equal([1, 1])
    expect(ran.err).to.include('ar-7f3k2m9q is denied: nothing was signed')
  })

  it('refuse a life that is longer than the agent allows', async () => {
    const held = cluster({ alice }, [request()])
    const ran = await obstat(['approve', 'ar-7f3k2m9q', '-k', 'key', '-y', '--ttl', '11m'], {
      cluster: held,
      files,
      key: alice,
    })
    expect(ran.code).to.equal(2)
    expect(ran.err).to.include('--ttl: expected at most 600s')
  })

  const mistakes: readonly (readonly [title: string, args: readonly string[], said: string])[] = [
    ['no key', [], 'name one key: --key FILE, or --ssh-agent'],
    ['two keys', ['--key', 'key', '--ssh-agent'], 'name one key'],
    ['a key that is not there', ['--key', 'nothing'], '--key: cannot read nothing: no such file'],
    ['a key of nobody', ['--key', 'bob.pub'], 'does not belong to any Approver; see obstat approver add'],
    ['another person’s key', ['--key', 'key', '--approver', 'bob'], 'does not belong to Approver bob'],
    ['an unknown flag', ['--force'], "Unknown option '--force'"],
    [
      'a duration that is none',
      ['--key', 'key', '-y', '--ttl', 'soon'],
      '--ttl: expected a duration such as 90s, 15m or 1h, got "soon"',
    ],
  ]
  for (const [title, args, said] of mistakes)
    it(`name the mistake: ${title}`, async () => {
      const held = cluster({ alice }, [request()])
      const ran = await obstat(['approve', 'ar-7f3k2m9q', ...args], { cluster: held, files })
      expect(ran.code).to.equal(2)
      expect(ran.err).to.include(said)
      expect(ran.err.trim().split('\n').length).to.be.at.most(20)
      expect(held.calls).to.deep.equal([])
    })

  it('sign with a command, such as one that asks a KMS', async () => {
    const kms = testKey('es256')
    const held = cluster({ alice: kms }, [request()])
    const commands: string[] = []
    const pipe = (command: string, message: Buffer): string => {
      commands.push(command)
      return `${kms.sign(message).toString('base64')}\n`
    }
    const line = ['approve', '7f3k', '--key', 'exec:kms sign --as alice', '--approver', 'alice', '-y']
    const ran = await obstat(line, { cluster: held, pipe })
    expect(ran.err).to.include('enough have signed')
    expect(ran.code).to.equal(0)
    expect(commands).to.deep.equal(['kms sign --as alice'])
    const opened = openEnvelope(field(decisionsIn(held)[0], 'envelope') ?? null, [
      { approver: 'alice', keys: [kms.record] },
    ])
    expect(opened.ok && opened.statement.approver).to.equal('alice')
  })

  it('send nothing that a command printed and that does not verify', async () => {
    const held = cluster({ alice: testKey('es256') }, [request()])
    for (const printed of ['', 'AAAA', 'no signature at all!']) {
      const line = ['approve', '7f3k', '--key', 'exec:kms', '--approver', 'alice', '-y']
      const ran = await obstat(line, { cluster: held, pipe: () => printed })
      expect(ran.code).to.equal(1)
      expect(held.calls).to.deep.equal([])
    }
  })

  it('ask as whom a command signs', async () => {
    const held = cluster({ alice }, [request()])
    const ran = await obstat(['approve', '7f3k', '--key', 'exec:kms', '-y'], { cluster: held })
    expect(ran.err).to.include('--approver is missing: with --key exec:COMMAND, say as whom it signs')
  })

  const broken = (): Error => Object.assign(new Error('socket hang up'), { code: 'Unreachable' })

  it('look whether the decision has arrived when the connection breaks, and send it again if not', async () => {
    const held = cluster({ alice }, [request()])
    held.failures.push(broken())
    const ran = await obstat(['approve', '7f3k', '-k', 'key', '-y'], { cluster: held, files, key: alice })
    expect([ran.code, decisionsIn(held).length]).to.deep.equal([0, 1])
  })

  it('send the decision once when only the answer was lost', async () => {
    const held = cluster({ alice }, [request()])
    const { patch } = { ...held }
    let isFirst = true
    const losing: FakeCluster = {
      ...held,
      patch: async (...call) => {
        const answer = await patch(...call)
        if (isFirst) {
          isFirst = false
          throw broken()
        }
        return answer
      },
    }
    const ran = await obstat(['approve', '7f3k', '-k', 'key', '-y'], { cluster: losing, files, key: alice })
    expect([ran.code, decisionsIn(held).length]).to.deep.equal([0, 1])
  })

  it('say what to do when nobody knows whether the decision has arrived', async () => {
    const held = cluster({ alice }, [request()])
    for (let at = 0; at < 10; at++) held.failures.push(broken())
    const ran = await obstat(['approve', '7f3k', '-k', 'key', '-y'], { cluster: held, files, key: alice })
    expect(ran.code).to.equal(1)
    expect(ran.err).to.include('the connection broke and the decision may be there or not. Look with obstat show')
  })

  it('sign no approval of a recommendation', async () => {
    const held = cluster({ alice }, [request()])
    const path = '/apis/obstat.dev/v1alpha1/governedagents/sre-bot'
    const spec = { subjects: [], trustPhase: 'ReadOnlyAssist' }
    held.objects.set(path, { ...held.objects.get(path), spec })
    const ran = await obstat(['approve', '7f3k', '-k', 'key', '-y'], { cluster: held, files, key: alice })
    expect(ran.err).to.include('only a recommendation, which no signature opens: nothing was signed')
    expect([ran.code, held.calls.length]).to.deep.equal([1, 0])
    const queue = await obstat(['queue'], { cluster: held })
    expect(queue.out).to.match(/ar-7f3k2m9q +sre-bot +Destructive +Recommended/)
  })

  it('find the key in the ssh-agent', async () => {
    const held = cluster({ alice }, [request()])
    const agentKeys = `ssh-rsa AAAAB3 old\n${bob.record.publicKey}\n${alice.record.publicKey}\n`
    const ran = await obstat(['approve', 'ar-7f3k2m9q', '--ssh-agent', '-y'], { cluster: held, agentKeys, key: alice })
    expect(ran.code).to.equal(0)
  })

  it('find a request by a beginning that no other has', async () => {
    const both = [request(), request({}, 'ar-7f3zzzzz')]
    const ran = await obstat(['show', '7f3'], { cluster: cluster({ alice }, both) })
    expect(ran.code).to.equal(2)
    expect(ran.err).to.include('7f3 begins 2 names: ar-7f3k2m9q, ar-7f3zzzzz')
    const none = await obstat(['show', 'zzz'], { cluster: cluster({ alice }, both) })
    expect(none.code).to.equal(1)
    expect(none.err).to.include('there is no ApprovalRequest zzz')
  })
})

describe('show', () => {
  it('escapes what an agent wrote', async () => {
    const { review } = request().spec
    const claims = { reason: '\u001b[2Jsafe\u202ehidden\nagent: nobody' }
    const held = cluster({ alice }, [request({ review: { ...review, claims, summary: 'a\u0007b' } })])
    const ran = await obstat(['show', 'ar-7f3k2m9q'], { cluster: held })
    expect(ran.out).to.not.match(/[\u0007\u001b\u202e]/)
    expect(ran.out).to.include('\\u{202e}')
    expect(ran.out).to.not.include('\nagent: nobody')
  })

  it('gives the object itself as JSON and YAML', async () => {
    const held = cluster({ alice }, [request()])
    const json = await obstat(['show', 'ar-7f3k2m9q', '-o', 'json'], { cluster: held })
    expect(JSON.parse(json.out)).to.deep.equal(request())
    const yaml = await obstat(['show', 'ar-7f3k2m9q', '-o', 'yaml'], { cluster: held })
    expect(yaml.out).to.match(/^apiVersion: obstat.dev\/v1alpha1\n/)
  })
})

describe('queue', () => {
  const other = request({ agent: 'other-bot', expiresAt: '2026-11-20T06:00:00Z' }, 'ar-zzzzzzzz')

  it('lists what waits', async () => {
    const ran = await obstat(['queue'], { cluster: cluster({ alice }, [request(), other]) })
    expect(ran.out).to.equal(
      'NAME          AGENT     CLASS         STATE     SIGNED   EXPIRES   SUMMARY\n' +
        'ar-7f3k2m9q   sre-bot   Destructive   Pending   0/1      60m       scale Deployment cart in shop to 0\n',
    )
  })

  it('filters by namespace and agent, and lists everything when told', async () => {
    const held = cluster({ alice }, [request(), other])
    const name = async (...args: readonly string[]): Promise<string> =>
      (await obstat(['queue', '-o', 'name', ...args], { cluster: held })).out
    expect(await name('-n', 'shop')).to.equal('approvalrequest.obstat.dev/ar-7f3k2m9q\n')
    expect(await name('-n', 'pay')).to.equal('')
    expect(await name('-n', 'pay', '-A')).to.equal('approvalrequest.obstat.dev/ar-7f3k2m9q\n')
    expect(await name('--agent', 'other-bot')).to.equal('')
    expect(await name('--agent', 'other-bot', '--all')).to.equal('approvalrequest.obstat.dev/ar-zzzzzzzz\n')
  })

  it('shows what runs out first, as many as a person reads, and counts the rest', async () => {
    const many = Array.from({ length: 500 }, (_, at) =>
      request({ expiresAt: new Date(Date.parse('2026-11-20T12:00:00Z') - at * 1000).toISOString() }, `ar-aaaa${at}`),
    )
    const held = cluster({ alice }, many)
    const ran = await obstat(['queue'], { cluster: held })
    const rows = ran.out.trimEnd().split('\n').slice(1)
    expect(rows).to.have.lengthOf(50)
    expect(rows[0]).to.match(/^ar-aaaa499 /)
    expect(ran.err).to.include('and 450 more')
    expect((await obstat(['queue', '--limit', '0'], { cluster: held })).out.split('\n')).to.have.lengthOf(502)
    expect((await obstat(['queue', '-o', 'name'], { cluster: held })).out.split('\n')).to.have.lengthOf(501)
    expect((await obstat(['queue', '--limit', 'few'], { cluster: held })).err).to.include('--limit: expected a number')
  })

  it('says so when nothing waits', async () => {
    const ran = await obstat(['queue'], { cluster: cluster({ alice }, [other]) })
    expect([ran.out, ran.err, ran.code]).to.deep.equal(['', 'nothing waits for a person\n', 0])
  })
})

describe('wait', () => {
  const waiting = async (held: FakeCluster, ...args: readonly string[]): Promise<number> =>
    (await obstat(['wait', 'ar-7f3k2m9q', ...args], { cluster: held })).code

  it('ends with 3 while nobody has decided', async () => {
    expect(await waiting(cluster({ alice }, [request()]), '--timeout', '10s')).to.equal(3)
  })

  it('ends with 4 when nobody did in time', async () => {
    expect(await waiting(cluster({ alice }, [request()]), '--timeout', '2h')).to.equal(4)
  })

  for (const [verb, code] of [
    ['approve', 0],
    ['deny', 1],
  ] as const)
    it(`ends with ${code} after ${verb}`, async () => {
      const held = cluster({ alice }, [request()])
      await obstat([verb, 'ar-7f3k2m9q', '-k', 'key', '-y'], { cluster: held, files, key: alice })
      expect(await waiting(held)).to.equal(code)
    })

  it('does not believe a status that nobody signed', async () => {
    const condition = {
      type: 'Approved',
      status: 'True',
      reason: 'Signed',
      message: '',
      lastTransitionTime: '2026-11-20T07:00:00Z',
    } as const
    const held = cluster({ alice }, [{ ...request(), status: { conditions: [condition] } }])
    expect(await waiting(held, '--timeout', '0')).to.equal(3)
  })
})
