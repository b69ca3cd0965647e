import { expect } from 'chai'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newAuthority } from './harness/certificates.ts'
import { plainEnvironment } from './harness/family.ts'
import { writeKubeconfig } from './harness/kubeconfig.ts'
import { freePort } from './harness/ports.ts'
import { run } from './harness/run.ts'
import type { Outcome } from './harness/run.ts'

const binary = join(import.meta.dirname, '../../bin/obstat')

describe('bad input on the command line', () => {
  let dir: string
  let nobody: string
  const at = (name: string): string => join(dir, name)
  const write = (name: string, content: string): void => {
    writeFileSync(at(name), content)
  }

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'obstat-bad-input-'))
    const authority = await newAuthority('test')
    nobody = `https://127.0.0.1:${await freePort()}`
    const identity = await authority.issueClient({ user: 'alice' })
    writeKubeconfig(at('unreachable'), { server: nobody, authority: authority.certificate }, 'alice', identity)
    write('no-yaml', 'clusters: [')
    write('no-kubeconfig', 'hello\n')
    write('no-key.pub', 'garbage\n')
    for (const [name, type] of [
      ['good', 'ed25519'],
      ['weak', 'rsa'],
    ] as const)
      await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', at(name)], { env: plainEnvironment(dir) })
    write('statement.json', '{"kind":"ApprovalStatement"}')
    mkdirSync(at('empty'))
    mkdirSync(at('objects'))
    const agent = { metadata: { name: 'bot' }, spec: { subjects: [], trustPhase: 'Trusted', colour: 'red' } }
    write('objects/bot.yaml', JSON.stringify({ apiVersion: 'obstat.dev/v1alpha1', kind: 'GovernedAgent', ...agent }))
    mkdirSync(at('broken'))
    write('broken/bot.yaml', 'kind: GovernedAgent\n  spec: {\n')
  })

  after(() => {
    rmSync(dir, { recursive: true, force: true })
  })

  /** Runs a command line in which `@NAME` is a file of the folder. */
  const obstat = (words: string): Promise<Outcome> =>
    run(
      binary,
      words.split(' ').map((word) => (word.startsWith('@') ? at(word.slice(1)) : word)),
      { env: plainEnvironment(dir), timeoutMs: 20_000 },
    )

  /** One line that says what is wrong, at most one that says where to read on, nothing on stdout, no stack. */
  function expectUsage({ code, stdout, stderr }: Outcome, says: RegExp): void {
    const [line = '', ...rest] = stderr.trimEnd().split('\n')
    expect(line).to.match(says)
    expect(line).to.match(/^obstat( [a-z]+)*: /)
    for (const more of rest) expect(more).to.match(/^see: obstat .* --help$/)
    expect(rest.length).to.be.lessThan(2)
    expect(stdout).to.equal('')
    expect(code).to.equal(2)
  }

  const cases: readonly (readonly [words: string, says: RegExp])[] = [
    ['frobnicate', /no command "frobnicate"; obstat --help/],
    ['agent', /agent goes on: obstat agent add/],
    ['queue --frobnicate', /Unknown option '--frobnicate'/],
    ['queue extra', /"extra" is one operand too many/],
    ['queue -o xml', /--output: expected table, wide, json, yaml, name, got "xml"/],
    ['wait', /expected ID/],
    ['wait ar-x --timeout soon', /--timeout: expected a duration such as 90s, 15m or 1h, got "soon"/],
    ['approve ar-x --kubeconfig @unreachable --standalone @empty', /--standalone cannot be used with --kubeconfig/],

    ['queue --kubeconfig @missing', /cannot use .*missing: .*no such file/],
    ['queue --kubeconfig @no-yaml', /cannot use .*no-yaml: /],
    ['queue --kubeconfig @no-kubeconfig', /no (cluster|context) .*no-kubeconfig/],
    ['queue --kubeconfig @unreachable --context staging', /no context "?staging"? in .*unreachable/],
    ['queue', /name .* with --kubeconfig/],

    ['queue --kubeconfig @unreachable', /cannot reach https:.*ECONNREFUSED.*; check that the API server runs/],
    ['approve ar-x --key @good --kubeconfig @unreachable', /cannot reach https:.*check that the API server runs/],
    ['install --url https://127.0.0.1:9443 --kubeconfig @unreachable', /cannot reach https:/],
    ['agent add bot --serviceaccount a/b --apply --kubeconfig @unreachable', /cannot reach https:/],

    ['approver add alice', /--key is missing: name a public key file/],
    ['approver add alice --key @missing', /--key: cannot read .*missing: no such file/],
    ['approver add alice --key @empty', /--key: cannot read .*empty: it is a folder/],
    ['approver add alice --key @no-key.pub', /no-key.pub: not a key that counts: obstat accepts ssh-ed25519, /],
    ['approver add alice --key @weak.pub', /weak.pub: not a key that counts: obstat accepts ssh-ed25519, /],
    ['approver add alice --key @good', /good: this is a private key; keep it, and give the public one \(.*good.pub\)/],
    ['agent add Alice! --serviceaccount a/b', /metadata.name: expected text that matches/],

    ['agent add', /expected NAME/],
    ['agent add bot', /--serviceaccount is missing: say who the agent is, as NAMESPACE\/NAME/],
    ['agent add bot --serviceaccount bot', /--serviceaccount: expected NAMESPACE\/NAME, got "bot"/],
    ['agent add bot --serviceaccount a/b --phase Trusted', /--phase: expected Shadow, .*AutonomousL1, got "Trusted"/],
    ['agent add bot --serviceaccount a/b --scope shop', /--scope: expected NAMESPACES:RESOURCES\[:OPERATIONS\]/],
    ['agent add bot --serviceaccount a/b --scope shop:pods:PAT', /--scope: expected CREATE, UPDATE, .*got "PAT"/],
    ['agent add bot --serviceaccount a/b --required many', /--required: expected a number from 1 to 8, got "many"/],
    ['agent add bot --serviceaccount kube-system/x', /spec.subjects\[0\].namespace: identities of kube-\* /],
    ['agent add bot --user system:admin', /spec.subjects\[0\].name: a system: user is never an agent/],

    ['pae @missing', /STATEMENT: cannot read .*missing: no such file/],
    ['pae @statement.json', /statement.json: \/apiVersion expected obstat.dev\/v1alpha1/],
    ['envelope @statement.json', /expected STATEMENT SIGNATURE/],

    ['serve', /--url is missing: outside a cluster the API server needs it, for example https:/],
    ['serve --url http://example.org', /--url expected https:\/\/HOST:PORT .*got "http:\/\/example.org"/],
    ['serve --url https://127.0.0.1:9443 --listen nonsense', /--listen expected HOST:PORT such as .*got "nonsense"/],
    ['serve --url https://127.0.0.1:9443 --listen 127.0.0.1:99999', /--listen expected HOST:PORT/],
    ['serve --url https://127.0.0.1:9443 --kubeconfig @missing', /cannot use .*missing: .*no such file/],
    ['serve --standalone @missing', /--standalone .*missing: expected a folder that can be read/],
    ['install --url ftp://example.org', /--url: expected https:\/\/HOST:PORT, got "ftp:\/\/example.org"/],
    ['install --namespace Obstat --print', /--namespace: expected the name of a Namespace, got "Obstat"/],
  ]
  for (const [words, says] of cases)
    it(`obstat ${words}`, async () => {
      expectUsage(await obstat(words), says)
    })

  it('a malformed object in a folder: every mistake at once, each with its file and field', async () => {
    for (const command of ['queue', 'serve'])
      expectUsage(
        await obstat(`${command} --standalone @objects`),
        /bot.yaml: spec.colour .*bot.yaml: spec.subjects .*bot.yaml: spec.trustPhase expected one of Shadow,/,
      )
  })

  it('a file in a folder that is no YAML', async () => {
    expectUsage(await obstat('serve --standalone @broken'), /bot.yaml/)
  })

  it('a port that somebody has: serve says so and ends', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const taken = (server.address() as AddressInfo).port
    try {
      const free = await freePort()
      const flags = ['--listen', '--metrics-listen']
      for (const [first = '', second = ''] of [flags, [...flags].reverse()]) {
        const words = `serve --standalone @empty ${first} 127.0.0.1:${taken} ${second} 127.0.0.1:${free}`
        expectUsage(await obstat(words), new RegExp(`cannot listen on 127.0.0.1:${taken}: somebody listens there`))
      }
    } finally {
      server.close()
    }
  })

  it('an unknown request is no usage error: exit code 1', async () => {
    const { code, stderr } = await obstat('show ar-nope --standalone @empty')
    expect([code, stderr]).to.deep.equal([
      1,
      'obstat show: there is no ApprovalRequest ar-nope; obstat queue lists them\n',
    ])
  })

  it('no command at all: the overview, and exit code 2', async () => {
    const { code, stdout, stderr } = await run(binary, [], { env: plainEnvironment(dir) })
    expect([code, stderr]).to.deep.equal([2, ''])
    expect(stdout).to.contain('obstat COMMAND --help tells more')
  })
})
