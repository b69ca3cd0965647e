import { readFileSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import type { ApprovalRequest } from '../../src/api/objects.ts'
import { connectFiles } from '../../src/files/client.ts'
import { fileOf } from '../../src/files/folder.ts'
import { FolderReader } from '../../src/files/reading.ts'
import { startFiles } from '../../src/files/start.ts'
import { pluralOf } from '../../src/api/plural.ts'
import { get, keyOf, listOf } from '../../src/policy/read.ts'
import { objectCases } from '../api/object-cases.ts'
import { BASE, inFolder } from './folder.ts'

const signal = new AbortController().signal
const request = (name = 'ar-7f3k2m9q'): ApprovalRequest => ({
  ...(objectCases('ApprovalRequest')[0]?.object as unknown as ApprovalRequest),
  metadata: { name },
})
const AT = new Date('2026-11-20T07:00:00Z')
const digest = request().spec.acts[0]?.intentSha256 ?? ''
const use = {
  act: 0,
  reviewUid: 'r',
  objectUid: 'o',
  generation: 1,
  resourceVersion: '2',
  at: '2026-11-20T07:00:00.000000Z',
}

describe('the state over a folder', () => {
  it('is what the files say, agents in order of name', () =>
    inFolder(BASE, (directory) => {
      const state = startFiles(directory).state.snapshot()
      expect(state?.cluster).to.equal('cluster-uid')
      expect(state?.agents.map(({ metadata }) => metadata.name)).to.deep.equal(['a-bot', 'z-bot'])
      expect(state?.namespaces.get('shop')?.get('obstat.dev/protected')).to.equal('true')
      expect(state?.namespaces.has('pay')).to.equal(false)
    }))

  it('has the policy named cluster, whatever others there are, or none', () => {
    const policy = (name: string): string =>
      `apiVersion: obstat.dev/v1alpha1\nkind: ActionPolicy\nmetadata: { name: ${name} }\nspec: { scaleDown: {} }\n`
    const policyIn = (files: Readonly<Record<string, string>>) =>
      inFolder({ ...BASE, ...files }, (directory) => startFiles(directory).state.snapshot()?.policy)
    return Promise.all([
      policyIn({ 'a.yaml': policy('other'), 'b.yaml': policy('cluster') }).then((found) => {
        expect(found?.metadata.name).to.equal('cluster')
        expect(found?.spec.scaleDown).to.deep.equal({ maxPercent: 50, minReplicas: 2 })
      }),
      policyIn({ 'a.yaml': policy('other') }).then((found) => {
        expect(found).to.equal(null)
      }),
    ])
  })

  it('fills in what a GovernedAgent does not say', () =>
    inFolder(BASE, (directory) => {
      expect(startFiles(directory).state.snapshot()?.agents[0]?.spec.approval?.approvalTtlSeconds).to.equal(900)
    }))

  it('stands for one cluster, from the first start on', () =>
    inFolder({}, (directory) => {
      const first = startFiles(directory).state.snapshot()?.cluster
      expect(first).to.match(/^[0-9a-f-]{36}$/)
      expect(startFiles(directory).state.snapshot()?.cluster).to.equal(first)
    }))

  const broken: readonly (readonly [title: string, files: Readonly<Record<string, string>>, said: string])[] = [
    ['a file that is no YAML', { 'a.yaml': 'a: [b\nc' }, 'a.yaml: line '],
    ['a duplicate key', { 'a.yaml': 'kind: A\nkind: B\n' }, 'a.yaml: line '],
    ['something that is no object', { 'a.yaml': '- 1\n' }, 'a.yaml: expected an object with kind and metadata.name'],
    [
      'a kind that there is not',
      { 'a.yaml': 'apiVersion: obstat.dev/v1alpha1\nkind: Agent\nmetadata: { name: a }\n' },
      'a.yaml: kind: ',
    ],
    [
      'a wrong field',
      {
        'a.yaml':
          'apiVersion: obstat.dev/v1alpha1\nkind: Approver\nmetadata: { name: a }\nspec: { keys: [], role: x }\n',
      },
      'a.yaml: spec.role no such field',
    ],
    [
      'an object twice',
      { 'a.yaml': BASE['cluster.yaml'], 'b.yaml': BASE['cluster.yaml'] },
      'b.yaml: Namespace kube-system is in a.yaml too',
    ],
    [
      'a cluster without uid',
      { 'a.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: kube-system }\n' },
      'needs metadata.uid',
    ],
  ]
  for (const [title, files, said] of broken)
    it(`refuses ${title}, and says where`, () =>
      inFolder(files, (directory) => {
        expect(() => startFiles(directory)).to.throw(said)
      }))

  it('refuses a folder that is not there', () => {
    expect(() => startFiles('/nowhere/at/all')).to.throw(
      '--standalone /nowhere/at/all: expected a folder that can be read (ENOENT)',
    )
  })
})

describe('the ledger over a folder', () => {
  it('files a request once, and knows it afterwards', () =>
    inFolder(BASE, async (directory) => {
      const { ledger, reader, state } = startFiles(directory)
      const filed = await ledger.file(request(), signal)
      expect(filed?.metadata.uid).to.match(/^[0-9a-f-]{36}$/)
      expect(await ledger.file(request(), signal)).to.equal(null)
      expect(await reader.approvalRequest('ar-7f3k2m9q', signal)).to.deep.equal(filed)
      expect(await reader.approvalRequest('ar-zzzzzzzz', signal)).to.equal(null)
      expect(state.requestsFor('sre-bot', digest, AT)).to.deep.equal([{ name: 'ar-7f3k2m9q', isOver: false }])
      expect(state.requestsFor('other', digest, AT)).to.deep.equal([])
      expect(state.openRequests('sre-bot', AT)).to.deep.equal(['shop'])
      expect(state.openRequests('sre-bot', new Date('2026-11-20T09:00:00Z'))).to.deep.equal([])
    }))

  it('knows what was filed before it started', () =>
    inFolder(BASE, async (directory) => {
      await startFiles(directory).ledger.file(request(), signal)
      expect(startFiles(directory).state.requestsFor('sre-bot', digest, AT)).to.deep.equal([
        { name: 'ar-7f3k2m9q', isOver: false },
      ])
    }))

  it('lets one of two writers of the same version win', () =>
    inFolder(BASE, async (directory) => {
      const { ledger, reader, state } = startFiles(directory)
      const filed = await ledger.file(request(), signal)
      const used = { ...filed!, status: { uses: [use] } }
      const results = await Promise.all([ledger.writeStatus(used, signal), ledger.writeStatus(used, signal)])
      expect([...results].sort()).to.deep.equal([false, true])
      expect((await reader.approvalRequest('ar-7f3k2m9q', signal))?.status?.uses).to.deep.equal([use])
      expect(state.openRequests('sre-bot', AT)).to.deep.equal([])
    }))

  it('never writes a decision', () =>
    inFolder(BASE, async (directory) => {
      const { ledger, reader } = startFiles(directory)
      const filed = await ledger.file(request(), signal)
      const forged = {
        ...filed!,
        spec: { ...filed!.spec, decisions: [{ envelope: { payloadType: 'a', payload: 'b', signatures: [] } }] },
        status: { uses: [use] },
      }
      expect(await ledger.writeStatus(forged, signal)).to.equal(true)
      expect((await reader.approvalRequest('ar-7f3k2m9q', signal))?.spec.decisions).to.deep.equal([])
    }))

  it('writes nothing that the API server would refuse, and leaves no draft', () =>
    inFolder(BASE, async (directory) => {
      const before = readdirSync(directory)
      const bad = { ...request(), spec: { ...request().spec, acts: [] } }
      const answer = await startFiles(directory)
        .ledger.file(bad, signal)
        .catch((cause: unknown) => cause)
      expect(answer).to.be.instanceOf(Error).with.property('code', 'BadFolder')
      expect(readdirSync(directory)).to.deep.equal(before)
    }))

  it('takes no name that leaves the folder', () => {
    for (const name of ['', '.', '..', '../a', 'a/b', 'A', 'a\u0000b'])
      expect(() => fileOf('ApprovalRequest', name)).to.throw('expected the name')
  })
})

describe('the reader over a folder', () => {
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: { name: web, namespace: shop, uid: u }\n'

  it('reads what is on the disk in this turn of the event loop', () =>
    inFolder({ ...BASE, 'pod.yaml': pod }, async (directory) => {
      const { reader } = startFiles(directory)
      const one = get('', 'v1', 'pods', 'shop', 'web')
      const none = get('', 'v1', 'pods', 'pay', 'web')
      const all = listOf('', 'v1', 'pods', '')
      const sets = listOf('apps', 'v1', 'daemonsets', '')
      const answers = await reader.read([one, none, all, sets], signal)
      expect(answers.get(keyOf(one))).to.have.nested.property('metadata.uid', 'u')
      expect(answers.get(keyOf(none))).to.equal(null)
      expect(answers.get(keyOf(all))).to.have.length(1)
      expect(answers.get(keyOf(sets))).to.deep.equal([])
      writeFileSync(join(directory, 'pod.yaml'), pod.replace('uid: u', 'uid: v'))
      await turn()
      expect((await reader.read([one], signal)).get(keyOf(one))).to.have.nested.property('metadata.uid', 'v')
    }))

  it('fails as a promise when a file is spoilt meanwhile', () =>
    inFolder(BASE, async (directory) => {
      const { reader } = startFiles(directory)
      writeFileSync(join(directory, 'agents.yml'), 'a: [')
      const answer = await reader.approvers(signal).catch((cause: unknown) => cause)
      expect(answer).to.be.instanceOf(Error).with.property('code', 'BadFolder')
    }))

  it('knows the resource of every kind by its name', () => {
    const kinds = [
      'Pod',
      'Ingress',
      'NetworkPolicy',
      'Endpoints',
      'Service',
      'Approver',
      'StorageClass',
      'EndpointSlice',
    ]
    expect(kinds.map(pluralOf)).to.deep.equal([
      'pods',
      'ingresses',
      'networkpolicies',
      'endpoints',
      'services',
      'approvers',
      'storageclasses',
      'endpointslices',
    ])
  })
})

describe('a folder under API paths', () => {
  const REQUESTS = '/apis/obstat.dev/v1alpha1/approvalrequests'
  const json = { contentType: 'application/json-patch+json' }
  const value = { envelope: { payloadType: 'a', payload: 'b', signatures: [{ keyid: 'c', sig: 'd' }] } }

  it('lists, gets and takes decisions', () =>
    inFolder(BASE, async (directory) => {
      const filed = await startFiles(directory).ledger.file(request(), signal)
      const client = connectFiles(directory)
      expect((await client.list(REQUESTS)).items).to.deep.equal([filed])
      expect((await client.list('/api/v1/namespaces')).items).to.have.length(2)
      expect(await client.get('/api/v1/namespaces/shop')).to.have.nested.property('metadata.name', 'shop')
      const patch = [
        { op: 'test', path: '/metadata/uid', value: filed?.metadata.uid },
        { op: 'add', path: '/spec/decisions/-', value },
      ]
      await client.patch(`${REQUESTS}/ar-7f3k2m9q`, patch, json)
      await client.patch(`${REQUESTS}/ar-7f3k2m9q`, patch, json)
      const stored = await startFiles(directory).reader.approvalRequest('ar-7f3k2m9q', signal)
      expect(stored?.spec.decisions).to.deep.equal([value, value])
      expect(stored?.metadata.resourceVersion).to.equal('3')
    }))

  it('applies Approvers and GovernedAgents, each into its own file', () =>
    inFolder(BASE, async (directory) => {
      const client = connectFiles(directory)
      const [good] = objectCases('Approver')
      const path = '/apis/obstat.dev/v1alpha1/approvers/alice?fieldManager=obstat'
      await client.patch(path, good?.object ?? {}, { contentType: 'application/apply-patch+yaml' })
      expect(readFileSync(join(directory, 'approver-alice.yaml'), 'utf8')).to.include('kind: Approver')
      expect(await startFiles(directory).reader.approvers(signal)).to.have.length(1)
    }))

  it('answers with the status that an API server would have', () =>
    inFolder(BASE, async (directory) => {
      const client = connectFiles(directory)
      const statusOf = (answer: Promise<unknown>): Promise<unknown> =>
        answer.then(
          () => 200,
          (cause: unknown) => (cause as { status?: number }).status,
        )
      expect(await statusOf(client.get(`${REQUESTS}/ar-zzzzzzzz`))).to.equal(404)
      expect(await statusOf(client.get('/version'))).to.equal(404)
      expect(
        await statusOf(
          client.patch(`${REQUESTS}/ar-zzzzzzzz`, [{ op: 'add', path: '/spec/decisions/-', value }], json),
        ),
      ).to.equal(404)
      expect(await statusOf(client.patch(`${REQUESTS}/ar-zzzzzzzz`, [{ op: 'remove', path: '/spec' }], json))).to.equal(
        415,
      )
      expect(await statusOf(client.delete(`${REQUESTS}/a`))).to.equal(405)
      expect(await statusOf(client.create(REQUESTS, {}))).to.equal(405)
    }))
})

describe('a folder that is read again', () => {
  const named = (name: string): string => `kind: A
metadata: { name: ${name} }
`
  const namesIn = (reader: FolderReader): readonly unknown[] => reader.read().map(({ object }) => object['metadata'])
  const AGO = new Date(Date.now() - 3_600_000)

  it('gives the same objects while nothing changes', () =>
    inFolder({ 'a.yaml': named('a') }, (directory) => {
      const reader = new FolderReader(directory)
      expect(reader.read()).to.equal(reader.read())
    }))

  it('sees a file of the same size, written within the same tick of the clock', () =>
    inFolder({ 'a.yaml': named('a') }, (directory) => {
      const reader = new FolderReader(directory)
      expect(namesIn(reader)).to.deep.equal([{ name: 'a' }])
      writeFileSync(join(directory, 'a.yaml'), named('b'))
      expect(namesIn(reader)).to.deep.equal([{ name: 'b' }])
    }))

  it('sees a file that was put in the place of another, with its size and time of change', () =>
    inFolder({ 'a.yaml': named('a') }, (directory) => {
      const file = join(directory, 'a.yaml')
      utimesSync(file, AGO, AGO)
      const reader = new FolderReader(directory)
      reader.read()
      writeFileSync(`${file}.new`, named('b'))
      utimesSync(`${file}.new`, AGO, AGO)
      renameSync(`${file}.new`, file)
      expect(namesIn(reader)).to.deep.equal([{ name: 'b' }])
    }))

  it('sees files that come and go', () =>
    inFolder({ 'a.yaml': named('a'), 'b.yaml': named('b') }, (directory) => {
      const reader = new FolderReader(directory)
      expect(namesIn(reader)).to.deep.equal([{ name: 'a' }, { name: 'b' }])
      renameSync(join(directory, 'b.yaml'), join(directory, 'c.yaml'))
      expect(reader.read().map(({ file }) => file)).to.deep.equal(['a.yaml', 'c.yaml'])
      rmSync(join(directory, 'a.yaml'))
      expect(namesIn(reader)).to.deep.equal([{ name: 'b' }])
    }))

  it('tells of a spoilt file each time, until it is mended', () =>
    inFolder({ 'a.yaml': named('a'), 'b.yaml': named('a') }, (directory) => {
      const reader = new FolderReader(directory)
      expect(() => reader.read()).to.throw('b.yaml: A a is in a.yaml too')
      expect(() => reader.read()).to.throw('b.yaml: A a is in a.yaml too')
      writeFileSync(join(directory, 'b.yaml'), 'kind: [')
      expect(() => reader.read()).to.throw('b.yaml: line 1')
      expect(() => reader.read()).to.throw('b.yaml: line 1')
      writeFileSync(join(directory, 'b.yaml'), named('b'))
      expect(namesIn(reader)).to.deep.equal([{ name: 'a' }, { name: 'b' }])
    }))

  it('gives objects that nobody can change', () =>
    inFolder({ 'a.yaml': named('a') }, (directory) => {
      const [stored] = new FolderReader(directory).read()
      expect(() => Object.assign(stored?.object['metadata'] as object, { name: 'b' })).to.throw(TypeError)
    }))
})
