import { expect } from 'chai'
import { stringify } from 'yaml'
import { canonical } from '../../src/signing/canonical.ts'
import { pae } from '../../src/signing/envelope.ts'
import { testKey } from '../signing/signer.ts'
import { cluster, obstat, request } from './world.ts'

const alice = testKey('ssh-ed25519')
const held = cluster({ alice }, [request()])
const armoured = (signature: Buffer): string =>
  `-----BEGIN SSH SIGNATURE-----\n${signature.toString('base64')}\n-----END SSH SIGNATURE-----\n`
const approvers = stringify({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'Approver',
  metadata: { name: 'alice' },
  spec: { keys: [alice.record] },
})

describe('signing with other tools', () => {
  it('prints the statement, the bytes to sign and the envelope, which verifies', async () => {
    const statement = (await obstat(['statement', '7f3k', '--approver', 'alice', '-m', 'für Käthe'], { cluster: held }))
      .out
    expect(canonical(JSON.parse(statement) as never)).to.equal(statement)
    const message = (await obstat(['pae', 'st.json'], { files: { 'st.json': statement } })).out
    expect(message).to.equal(pae(Buffer.from(statement)).toString())
    const sig = armoured(alice.sign(Buffer.from(message), { namespace: 'approval@obstat.dev' }))
    const envelope = await obstat(['envelope', 'st.json', 'st.sig'], {
      files: { 'st.json': `${statement}\n`, 'st.sig': sig },
    })
    expect(envelope.code).to.equal(0)
    const files = { 'env.json': envelope.out, 'people.yaml': approvers }
    const verified = await obstat(['verify', '--envelope', 'env.json', '--approvers', 'people.yaml'], { files })
    expect(verified.out).to.equal(
      'signed by alice\nApprove by alice for agent sre-bot, request ar-7f3k2m9q, until 2026-11-20T07:10:00Z\n' +
        'UPDATE deployments.apps/scale "cart" in namespace shop\n',
    )
    expect(verified.code).to.equal(0)
  })

  it('says which check a forged envelope fails', async () => {
    const statement = (await obstat(['statement', '7f3k', '--approver', 'alice'], { cluster: held })).out
    const sig = armoured(testKey('ssh-ed25519').sign(pae(Buffer.from(statement))))
    const envelope = (
      await obstat(['envelope', 'st.json', 'st.sig'], { files: { 'st.json': statement, 'st.sig': sig } })
    ).out
    const files = { 'env.json': envelope, 'people.yaml': approvers }
    const ran = await obstat(['verify', '--envelope', 'env.json', '--approvers', 'people.yaml'], { files })
    expect(ran.code).to.equal(1)
    expect(ran.out).to.match(/^OtherKey: /)
  })

  it('verifies the decisions of a request', async () => {
    const mine = cluster({ alice }, [request()])
    const files = { key: '', 'key.pub': alice.record.publicKey }
    await obstat(['approve', '7f3k', '-k', 'key', '-y'], { cluster: mine, files, key: alice })
    const ran = await obstat(['verify', '7f3k'], { cluster: mine })
    expect([ran.code, ran.out]).to.deep.equal([
      0,
      'decision 1: good: Approve by alice, 2026-11-20T07:00:00Z\nar-7f3k2m9q: approved\n',
    ])
    const stranger = cluster(
      { alice: testKey('ssh-ed25519') },
      [...mine.objects.values()].filter((one) => one['kind'] === 'ApprovalRequest') as never,
    )
    const other = await obstat(['verify', '7f3k'], { cluster: stranger })
    expect(other.code).to.equal(1)
    expect(other.out).to.include('decision 1: SignatureInvalid')
  })

  const mistakes: readonly (readonly [readonly string[], string])[] = [
    [['statement', '7f3k'], '--approver is missing'],
    [['statement', '7f3k', '--approver', 'zoe'], '--approver: there is no Approver zoe'],
    [['pae', 'bad.json'], 'bad.json:'],
    [['pae', 'nothing'], 'STATEMENT: cannot read nothing: no such file'],
    [['envelope', 'bad.json'], 'expected STATEMENT SIGNATURE...'],
    [['verify'], 'name either a request or --envelope FILE'],
    [['verify', '--envelope', 'bad.json'], '--approvers is missing'],
    [['verify', '--envelope', 'bad.json', '--approvers', 'people.yaml'], '--envelope: bad.json:'],
    [['verify', '--envelope', 'empty.json', '--approvers', 'bad.yaml'], '--approvers: bad.yaml:'],
  ]
  for (const [line, said] of mistakes)
    it(`name the mistake: ${line.join(' ')}`, async () => {
      const files = { 'bad.json': '{', 'people.yaml': approvers, 'empty.json': '{}', 'bad.yaml': 'kind: Approver' }
      const ran = await obstat(line, { files, cluster: held })
      expect([ran.code, ran.out]).to.deep.equal([2, ''])
      expect(ran.err).to.include(said)
    })
})
