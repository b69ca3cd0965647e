import { expect } from 'chai'
import type { ServeFlags } from '../../src/config/serve.ts'
import { readServeConfig } from '../../src/config/serve.ts'
import type { Issue } from '../../src/api/result.ts'

const NONE: ServeFlags = {
  kubeconfig: undefined,
  context: undefined,
  standalone: undefined,
  listen: undefined,
  metricsListen: undefined,
  url: undefined,
  namespace: undefined,
}
const MACHINE = { hostname: 'desk', pid: 7 }
const read = (
  flags: Partial<ServeFlags>,
  env: Readonly<Record<string, string>> = {},
): ReturnType<typeof readServeConfig> => readServeConfig({ ...NONE, ...flags }, env, MACHINE)

const issuesOf = (flags: Partial<ServeFlags>, env: Readonly<Record<string, string>> = {}): readonly Issue[] => {
  const result = read(flags, env)
  return result.ok ? [] : result.issues
}

describe('readServeConfig', () => {
  it('listens on 127.0.0.1 outside a cluster, at the URL that was given', () => {
    const result = read({ kubeconfig: 'k', url: 'https://127.0.0.1:9443' })
    expect(result).to.deep.equal({
      ok: true,
      value: {
        source: { kind: 'cluster', kubeconfig: 'k', context: undefined },
        listen: { host: '127.0.0.1', port: 9443 },
        metricsListen: { host: '127.0.0.1', port: 9090 },
        url: new URL('https://127.0.0.1:9443'),
        namespace: 'obstat-system',
        identity: 'desk-7',
      },
    })
  })

  it('listens everywhere in a pod, as the pod that it is', () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', POD_NAMESPACE: 'guard', POD_NAME: 'obstat-1' }
    const result = read({}, env)
    expect(result.ok && result.value).to.deep.include({
      listen: { host: '0.0.0.0', port: 9443 },
      metricsListen: { host: '0.0.0.0', port: 9090 },
      url: null,
      namespace: 'guard',
      identity: 'obstat-1',
    })
  })

  it('needs no URL for a folder', () => {
    const result = read({ standalone: 'demo', listen: '[::1]:1' })
    expect(result.ok && result.value).to.deep.include({
      source: { kind: 'files', directory: 'demo' },
      listen: { host: '::1', port: 1 },
      url: null,
    })
  })

  it('is frozen', () => {
    const result = read({ standalone: 'demo' })
    expect(result.ok && Object.isFrozen(result.value) && Object.isFrozen(result.value.listen)).to.equal(true)
  })

  it('names every problem at once', () => {
    const paths = issuesOf({ listen: '9443', metricsListen: 'a:b:1', url: 'http://a', namespace: 'Obstat' }).map(
      ({ path }) => path,
    )
    expect(paths).to.deep.equal(['--listen', '--metrics-listen', '--url', '--namespace'])
  })

  it('needs a URL outside a cluster', () => {
    expect(issuesOf({ kubeconfig: 'k' })).to.deep.equal([
      {
        path: '--url',
        message: 'is missing: outside a cluster the API server needs it, for example https://127.0.0.1:9443',
      },
    ])
    expect(issuesOf({ kubeconfig: 'k' }, { KUBERNETES_SERVICE_HOST: '10.0.0.1' })).to.have.length(1)
  })

  it('refuses a folder and a cluster at once', () => {
    expect(issuesOf({ standalone: 'demo', kubeconfig: 'k' })[0]?.path).to.equal('--standalone')
  })

  for (const url of ['', 'obstat:9443', 'http://a:1', 'https://a/path', 'https://a?b', 'https://u:p@a', 'https://a#b'])
    it(`refuses the URL ${JSON.stringify(url)}`, () => {
      expect(issuesOf({ url })[0]?.path).to.equal('--url')
    })

  for (const listen of ['', ':', '1:', 'a:65536', 'a b:1', '::1:80', 'a:-1', 'https://a:1'])
    it(`refuses to listen on ${JSON.stringify(listen)}`, () => {
      expect(issuesOf({ standalone: 'demo', listen })[0]?.path).to.equal('--listen')
    })
})
