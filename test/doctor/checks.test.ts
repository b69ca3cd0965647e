import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { issueAuthority } from '../../src/certificates/x509.ts'
import { linesOf } from '../../src/cli/findings.ts'
import { quoted } from '../../src/doctor/close.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { CHECKS, examine } from '../../src/doctor/index.ts'
import type { Api, Way } from '../../src/doctor/look.ts'

const NOW = new Date('2026-11-20T07:00:00Z')

class Status extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

type Answers = Readonly<Record<string, unknown>>

/** An API server that holds these objects by path, and these lists under the same paths. */
function apiOf(answers: Answers, more: Partial<Api> = {}): Api {
  const answer = (path: string): unknown => {
    const found = answers[path.split('?')[0] ?? '']
    if (found === undefined) throw new Status(404, `${path} not found`)
    if (found instanceof Error) throw found
    return found
  }
  return {
    server: 'https://one',
    get: (path) => Promise.resolve().then(() => answer(path) as Json),
    list: (path) => Promise.resolve().then(() => answer(path) as { readonly items: readonly Json[] }),
    text: (path) => Promise.resolve().then(() => answer(path) as string),
    create: () => Promise.reject(new Error('nobody may call this')),
    close: () => undefined,
    ...more,
  }
}

function find(id: string, api: Api, by: (way: Way) => Api = () => api): Promise<readonly Finding[]> {
  const look = { api, live: api, by, namespace: 'obstat-system', now: () => NOW, pause: () => Promise.resolve() }
  return examine(
    look,
    CHECKS.filter((check) => check.id === id),
  )
}

const ids = (findings: readonly Finding[]): readonly string[] => findings.map((finding) => finding.id)

describe('checks', () => {
  it('stand in order of id, each once', () => {
    const names = CHECKS.map(({ id }) => id)
    expect(names).to.deep.equal([...new Set(names)].sort())
  })

  it('say what they may not read, and fail where nobody answers', async () => {
    const forbidden = apiOf({ '/metrics': new Status(403, 'forbidden: User "alice" cannot get path "/metrics"') })
    const [finding] = await find('metrics', forbidden)
    expect([finding?.id, finding?.level, finding?.subject]).to.deep.equal(['unchecked', 'warning', 'check metrics'])
    const silent = apiOf({ '/metrics': new Error('cannot reach it') })
    const failure = await find('metrics', silent).catch((cause: unknown) => String(cause))
    expect(failure).to.equal('Error: cannot reach it')
  })
})

describe('the canary', () => {
  const agent = {
    metadata: { name: 'bot' },
    spec: { subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'bot' }], trustPhase: 'Shadow' },
  }
  const slice = { endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: ['fd00::1'] }], ports: [{ port: 6443 }] }
  const api = apiOf({
    '/apis/obstat.dev/v1alpha1/governedagents': { items: [agent] },
    '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices': { items: [slice] },
  })
  const REFUSED = new Status(403, 'POST /: admission webhook "agents.obstat.dev" denied the request: NEVER_ALLOWED')

  const tried = async (at: (endpoint: string | undefined) => Promise<Json>): Promise<readonly Finding[]> =>
    find('canary', api, ({ endpoint }) => apiOf({}, { create: () => at(endpoint) }))

  it('asks every API server that the Service names, as the agent', async () => {
    const ways: Way[] = []
    await find('canary', api, (way) => {
      ways.push(way)
      return apiOf({}, { create: () => Promise.reject(REFUSED) })
    })
    const as = { username: 'system:serviceaccount:agents:bot' }
    expect(ways).to.deep.equal([{ as }, { as, endpoint: '10.0.0.1:6443' }, { as, endpoint: '[fd00::1]:6443' }])
  })

  it('finds the one that asks nobody', async () => {
    const findings = await tried((at) => (at === '10.0.0.1:6443' ? Promise.resolve({}) : Promise.reject(REFUSED)))
    expect(findings.map(({ id, level, subject }) => [id, level, subject])).to.deep.equal([
      ['canary/unasked', 'critical', 'API server 10.0.0.1:6443'],
    ])
  })

  const outcomes: readonly (readonly [string, Error, readonly string[]])[] = [
    [
      'is not told of a refusal by another webhook',
      new Status(403, 'admission webhook "a.shop" denied the request: no'),
      ['canary/not-tried'],
    ],
    ['may not impersonate', new Status(403, 'users "bot" is forbidden: cannot impersonate'), ['canary/not-tried']],
    ['gets no answer of obstat', new Status(500, 'failed calling webhook "agents.obstat.dev"'), ['canary/unanswered']],
    ['cannot reach it', new Error('connect ETIMEDOUT'), ['canary/unreachable']],
  ]
  for (const [what, cause, expected] of outcomes)
    it(`does not take it for good when it ${what}`, async () => {
      const findings = await tried((at) => Promise.reject(at === '10.0.0.1:6443' ? cause : REFUSED))
      expect(ids(findings)).to.deep.equal(expected)
    })

  it('fails where even the kubeconfig’s own API server does not answer', async () => {
    const failure = await tried(() => Promise.reject(new Error('refused'))).catch((cause: unknown) => String(cause))
    expect(failure).to.equal('Error: refused')
  })
})

describe('what is older than it should be', () => {
  const DAY_MS = 86_400_000
  const signed = (fromDays: number, toDays: number): string =>
    Buffer.from(
      issueAuthority('test', {
        notBefore: new Date(NOW.getTime() + fromDays * DAY_MS),
        notAfter: new Date(NOW.getTime() + toDays * DAY_MS),
      }).certificate,
    ).toString('base64')
  const withCertificates = (authority: string, server: string): Api =>
    apiOf({
      '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/obstat': {
        webhooks: [{ clientConfig: { caBundle: authority } }],
      },
      '/api/v1/namespaces/obstat-system/secrets/obstat-tls': { data: { 'tls.crt': server } },
    })

  it('is found among certificates once renewal is late', async () => {
    expect(await find('certificates', withCertificates(signed(-200, 165), signed(-60, 30)))).to.deep.equal([])
    const findings = await find('certificates', withCertificates(signed(-300, 65), signed(-100, -1)))
    expect(ids(findings)).to.deep.equal(['certificates/expired', 'certificates/late'])
  })

  it('is found of an API server without admission policies', async () => {
    const resources = [{ name: 'validatingwebhookconfigurations' }]
    const old = apiOf({
      '/apis/admissionregistration.k8s.io/v1': { resources },
      '/version': { gitVersion: 'v1.29.0' },
    })
    expect(ids(await find('policy-api', old))).to.deep.equal(['policy-api'])
  })
})

describe('metrics of the API server', () => {
  const counted = async (line: string): Promise<readonly string[]> =>
    ids(await find('metrics', apiOf({ '/metrics': `# HELP x\n${line}\nother 1\n` })))
  const lines: readonly (readonly [string, readonly string[]])[] = [
    [
      'apiserver_admission_webhook_fail_open_count{name="agents-2.obstat.dev",type="validating"} 3',
      ['metrics/failed-open'],
    ],
    [
      'apiserver_admission_webhook_fail_open_count{name="guard.obstat.dev",type="validating"} 1',
      ['metrics/guard-failed-open'],
    ],
    ['apiserver_admission_webhook_fail_open_count{name="agents.obstat.dev",type="validating"} 0', []],
    ['apiserver_admission_webhook_fail_open_count{name="agents.obstat.dev.example",type="validating"} 3', []],
    ['apiserver_admission_webhook_rejection_count{error_type="no_error",name="agents.obstat.dev"} 9', []],
    [
      'apiserver_admission_webhook_rejection_count{error_type="calling_webhook_error",name="agents.obstat.dev"} 9',
      ['metrics/calls-failed'],
    ],
    [
      'apiserver_admission_match_condition_evaluation_errors_total{kind="webhook",name="agents.obstat.dev"} 2',
      ['metrics/conditions-failed'],
    ],
  ]
  for (const [line, expected] of lines)
    it(`mean ${expected.join() || 'nothing'}: ${line}`, async () => {
      expect(await counted(line)).to.deep.equal(expected)
    })
})

describe('a finding on a terminal', () => {
  const finding = (fix: string): Finding => ({
    id: 'rights/secrets',
    level: 'critical',
    subject: 'agent \u001b[31mbot',
    what: 'reads',
    evidence: ['seen '.repeat(40)],
    fix: [fix],
  })

  it('hides nothing and keeps to 80 columns', () => {
    const lines = linesOf(finding('Do what is right, '.repeat(20)))
    expect(lines[0]).to.include('\\u{1b}[31mbot')
    expect(lines.filter((line) => line.length > 80)).to.deep.equal([])
  })

  it('breaks a command between words, so that a shell reads the same', () => {
    const name = `it's "a" name with $(things) ${'x'.repeat(60)} in it`
    const command = `kubectl patch clusterrole ${quoted(name)} --type=json -p '[{"op": "remove"}]'`
    const printed = linesOf(finding(command)).slice(-4).join('\n').replace('fix', '')
    const words = (text: string): string =>
      text
        .replaceAll(/\\\n\s*/g, '')
        .trim()
        .replaceAll(/ +/g, ' ')
    expect(words(printed)).to.include(words(command))
    expect(quoted('job/x; rm -rf /')).to.equal("'job/x; rm -rf /'")
  })
})
