import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import type { Client } from '../../src/cluster/client.ts'
import { ApiError } from '../../src/cluster/errors.ts'
import { BadPath } from '../../src/cluster/paths.ts'
import { clusterReader } from '../../src/cluster/reader.ts'
import { get, keyOf, listOf } from '../../src/policy/read.ts'

const never = new AbortController().signal
const refuse = (): never => {
  throw new Error('nobody may call this')
}

/** A client whose reads are the test's. */
const clientOf = (answers: Pick<Client, 'get' | 'list'>): Client => ({
  server: '',
  text: refuse,
  create: refuse,
  replace: refuse,
  patch: refuse,
  delete: refuse,
  watch: refuse,
  close: refuse,
  ...answers,
})

const faultOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (cause: unknown) => cause,
  )

describe('live reads', () => {
  it('go to the paths of the API server', async () => {
    const paths: string[] = []
    const client = clientOf({
      get: (path) => {
        paths.push(path)
        return Promise.resolve({ path })
      },
      list: (path) => {
        paths.push(path)
        return Promise.resolve({ items: [{ path }], resourceVersion: '1' })
      },
    })
    const reads = [
      get('', 'v1', 'pods', 'shop', 'cart'),
      get('rbac.authorization.k8s.io', 'v1', 'clusterroles', '', 'system:node'),
      listOf('apps', 'v1', 'deployments', 'shop'),
      listOf('', 'v1', 'nodes', ''),
    ]
    const answers = await clusterReader(client).read(reads, never)
    expect(paths).to.have.members([
      '/api/v1/namespaces/shop/pods/cart',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
      '/apis/apps/v1/namespaces/shop/deployments',
      '/api/v1/nodes',
    ])
    expect(answers.get(keyOf(reads[0]!))).to.deep.equal({ path: paths[0] })
    expect(answers.get(keyOf(reads[3]!))).to.deep.equal([{ path: '/api/v1/nodes' }])
  })

  for (const name of ['', '.', '..', 'a/b', 'a%2fb', '\ud800'])
    it(`do not happen for the name ${JSON.stringify(name)}, which would be another path`, async () => {
      const client = clientOf({ get: refuse, list: refuse })
      expect(await faultOf(clusterReader(client).read([get('', 'v1', 'pods', 'shop', name)], never))).to.be.instanceOf(
        BadPath,
      )
    })

  it('answer null where obstat may not look, but only for kinds that may be hidden from it', async () => {
    const forbidden = new ApiError(403, 'Forbidden', 'rollouts.argoproj.io "web" is forbidden')
    const reader = clusterReader(clientOf({ get: () => Promise.reject(forbidden), list: refuse }))
    const hidden = { ...get('argoproj.io', 'v1alpha1', 'rollouts', 'shop', 'web'), mayBeHidden: true } as const
    expect((await reader.read([hidden], never)).get(keyOf(hidden))).to.equal(null)
    expect(await faultOf(reader.read([get('apps', 'v1', 'deployments', 'shop', 'web')], never))).to.equal(forbidden)
  })

  it('happen once for each question, and a few at a time', async () => {
    let now = 0
    let most = 0
    let calls = 0
    const client = clientOf({
      get: async () => {
        calls++
        most = Math.max(most, ++now)
        await new Promise((resolve) => setImmediate(resolve))
        now--
        return null
      },
      list: refuse,
    })
    const reads = Array.from({ length: 40 }, (_, i) => get('', 'v1', 'pods', 'shop', `p${i % 20}`))
    expect((await clusterReader(client).read(reads, never)).size).to.equal(20)
    expect(calls).to.equal(20)
    expect(most).to.equal(8)
  })

  it('throw when one fails, and end the others', async () => {
    let ended = 0
    const client = clientOf({
      get: (path, options) =>
        path.endsWith('bad')
          ? Promise.reject(new ApiError(500, '', 'no'))
          : new Promise<Json>((_, reject) => {
              options?.signal?.addEventListener('abort', () => {
                ended++
                reject(new Error('ended'))
              })
            }),
      list: refuse,
    })
    const reads = ['a', 'b', 'bad'].map((name) => get('', 'v1', 'pods', 'shop', name))
    expect(await faultOf(clusterReader(client).read(reads, never))).to.include({ message: 'no' })
    expect(ended).to.equal(2)
  })

  it('take a refusal for a fault, never for nothing there', async () => {
    const denied = (): Promise<never> => Promise.reject(new ApiError(403, 'Forbidden', 'no'))
    const reader = clusterReader(clientOf({ get: denied, list: denied }))
    for (const read of [get('', 'v1', 'pods', 'shop', 'a'), listOf('', 'v1', 'pods', 'shop')])
      expect(await faultOf(reader.read([read], never))).to.include({ status: 403 })
    expect(await faultOf(reader.approvers(never))).to.include({ status: 403 })
    expect(await faultOf(reader.approvalRequest('ar-a', never))).to.include({ status: 403 })
  })

  it('refuse an object of obstat that is not one', async () => {
    const reader = clusterReader(clientOf({ get: () => Promise.resolve({ kind: 'Pod' }), list: refuse }))
    expect(await faultOf(reader.approvalRequest('ar-a', never))).to.include({ code: 'Malformed' })
  })
})
