import { expect } from 'chai'
import type { Json, JsonObject } from '../../../src/api/json.ts'
import type { FactsSoFar } from '../../../src/policy/facts.ts'
import { cutsGrace, isOrphaning, removalReads, turnOf, whyReplaced } from '../../../src/policy/objects/pod-removal.ts'
import { Answers, keyOf } from '../../../src/policy/read.ts'
import { facts, request } from '../given.ts'

const OWNER = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'rs', controller: true }
const CONDITIONS = [
  { type: 'PodScheduled', status: 'True' },
  { type: 'Ready', status: 'True' },
]

/** A pod that serves; `more` is laid over its metadata and status. */
const pod = (uid: string, metadata: JsonObject = {}, status: JsonObject = {}): JsonObject => ({
  metadata: { name: uid, uid, ownerReferences: [OWNER], ...metadata },
  spec: { nodeName: 'node-a' },
  status: { phase: 'Running', conditions: CONDITIONS, ...status },
})
const unready = {
  conditions: [
    { type: 'PodScheduled', status: 'True' },
    { type: 'Ready', status: 'False' },
  ],
}
const set = (replicas: number, metadata: JsonObject = {}): JsonObject => ({
  metadata: { name: 'web', uid: 'rs', ...metadata },
  spec: { replicas },
})

interface World {
  /** The pod as the request has it; `now`, as it is by now. */
  readonly gone?: JsonObject
  readonly now?: Json
  readonly controller?: Json
  readonly pods?: readonly Json[]
  readonly claimed?: FactsSoFar['claimed']
}

/** Everything that `whyReplaced` reads, answered from this world: by default, one of two replicas that both serve. */
function answers({ gone = pod('a'), now = gone, controller = set(2), pods = [gone, pod('b')], claimed }: World) {
  const asked = request({ operation: 'DELETE', group: '', resource: 'pods', name: 'a', oldObject: gone, object: null })
  const empty: FactsSoFar = { ...facts(), live: new Answers(new Map()) }
  const answer = new Map(
    removalReads(asked, empty).map((read) => [
      keyOf(read),
      read.verb === 'list' ? pods : read.resource === 'pods' ? now : controller,
    ]),
  )
  const known: FactsSoFar = { ...empty, live: new Answers(answer), ...(claimed && { claimed }) }
  return { why: whyReplaced(asked, known), turn: turnOf(asked, known), reads: answer.size }
}
const why = (world: World): string => answers(world).why

const REST_SERVES = 'it is replaced and every other replica is ready'
const UNREADY = 'it is not ready and is replaced'
const GOING = { deletionTimestamp: '2026-11-20T08:00:00Z' }

describe('policy/objects/pod-removal', () => {
  it('lets one of two go while the other serves', () => {
    expect(why({})).to.equal(REST_SERVES)
  })

  it('wants a controller that is there, wants two or more and is not going', () => {
    expect(why({ controller: set(1) })).to.equal('')
    expect(why({ controller: set(0) })).to.equal('')
    expect(why({ controller: { metadata: { name: 'web', uid: 'rs' } } })).to.equal('')
    expect(why({ controller: null })).to.equal('')
    expect(why({ controller: set(2, { uid: 'another' }) })).to.equal('')
    expect(why({ controller: set(2, GOING) })).to.equal('')
  })

  it('wants an owner that is its controller, by uid, of a kind that replaces pods', () => {
    const ofOwner = (owner: JsonObject): string =>
      why({ gone: pod('a', { ownerReferences: [{ ...OWNER, ...owner }] }) })
    expect(ofOwner({})).to.equal(REST_SERVES)
    expect(ofOwner({ controller: false })).to.equal('')
    expect(ofOwner({ uid: '' })).to.equal('')
    expect(ofOwner({ kind: 'Widget' })).to.equal('')
    expect(ofOwner({ apiVersion: 'lab.example/v1' })).to.equal('')
    expect(why({ gone: pod('a', { ownerReferences: [] }) })).to.equal('')
    expect(
      why({ gone: pod('a', { ownerReferences: [{ ...OWNER, uid: '' }] }), controller: set(2, { uid: '' }) }),
    ).to.equal('')
  })

  it('counts the other pods of this controller alone, those that have not finished', () => {
    expect(why({ pods: [pod('a')] })).to.equal('')
    expect(why({ pods: [pod('a'), pod('b', { ownerReferences: [{ ...OWNER, uid: 'other' }] })] })).to.equal('')
    expect(why({ pods: [pod('a'), pod('b', {}, { phase: 'Failed' })] })).to.equal('')
    const foreign = pod('c', { ownerReferences: [{ ...OWNER, uid: 'other' }] }, unready)
    expect(why({ pods: [pod('a'), pod('b'), foreign] })).to.equal(REST_SERVES)
    expect(why({ pods: [pod('a'), pod('b'), pod('d', {}, { phase: 'Succeeded', ...unready })] })).to.equal(REST_SERVES)
  })

  it('lets none go while another is not ready or is going', () => {
    expect(why({ pods: [pod('a'), pod('b', {}, unready)] })).to.equal('')
    expect(why({ pods: [pod('a'), pod('b', {}, { conditions: [] })] })).to.equal('')
    expect(why({ pods: [pod('a'), pod('b', GOING)] })).to.equal('')
  })

  it('lets one go that is not ready, has finished or is going, whatever the others do', () => {
    const down = pod('b', {}, unready)
    expect(why({ gone: pod('a', {}, unready), pods: [pod('a', {}, unready), down] })).to.equal(UNREADY)
    expect(why({ gone: pod('a', {}, unready), controller: set(1) })).to.equal('')
    expect(why({ gone: pod('a', {}, { phase: 'Succeeded' }), controller: null })).to.equal('it has finished')
    expect(why({ gone: pod('a', GOING), controller: null })).to.equal('it is going already')
  })

  it('sees by a live read that the pod is gone, is another by now, or is going', () => {
    for (const now of [null, pod('another'), pod('a', GOING)])
      expect(why({ now, pods: [] })).to.equal('it is going already')
  })

  it('claims the turn of the workload for a pod that serves, and for no other', () => {
    expect(answers({}).turn).to.deep.equal({ key: 'rs', item: 'a' })
    for (const gone of [pod('a', {}, unready), pod('a', GOING), pod('a', {}, { phase: 'Failed' })])
      expect(answers({ gone }).turn).to.equal(null)
    expect(answers({ controller: set(1) }).turn).to.equal(null)
  })

  it('waits while another pod of the workload has the turn and is still there', () => {
    const turn = (item: string): World => ({ claimed: new Map([['rs', item]]) })
    expect(why(turn('b'))).to.equal('')
    expect(why(turn('a'))).to.equal(REST_SERVES)
    expect(why(turn('gone by now'))).to.equal(REST_SERVES)
    expect(why({ claimed: new Map([['another', 'b']]) })).to.equal(REST_SERVES)
    const foreign = pod('c', { ...GOING, ownerReferences: [] })
    expect(why({ claimed: new Map([['rs', 'c']]), pods: [pod('a'), pod('b'), foreign] })).to.equal(REST_SERVES)
  })

  it('reads nothing for a pod that has finished, is going or that nobody replaces', () => {
    expect(answers({}).reads).to.equal(3)
    for (const gone of [pod('a', GOING), pod('a', {}, { phase: 'Failed' }), pod('a', { ownerReferences: [] })])
      expect(answers({ gone }).reads).to.equal(0)
  })

  it('sees that less grace is asked for than the pod has, however it is written', () => {
    const running = (spec: JsonObject, metadata: JsonObject = {}): Json => ({
      metadata,
      spec: { nodeName: 'n', ...spec },
    })
    const cuts = (of: Json, gracePeriodSeconds: Json): boolean => cutsGrace(of, { gracePeriodSeconds })
    expect(cuts(running({}), 30)).to.equal(false)
    expect(cuts(running({}), 29)).to.equal(true)
    expect(cuts(running({ terminationGracePeriodSeconds: 60 }), 59)).to.equal(true)
    expect(cuts(running({ terminationGracePeriodSeconds: 60 }, { deletionGracePeriodSeconds: 5 }), 5)).to.equal(false)
    expect(cuts(running({ terminationGracePeriodSeconds: 60 }, { deletionGracePeriodSeconds: 5 }), 4)).to.equal(true)
    expect(cuts(running({}), 'none')).to.equal(true)
    expect(cuts(running({ terminationGracePeriodSeconds: 'none' }), 60)).to.equal(true)
    expect(cutsGrace(running({}), {})).to.equal(false)
    expect(cuts({ spec: {} }, 0)).to.equal(false)
    expect(cuts({ spec: { nodeName: 'n' }, status: { phase: 'Failed' } }, 0)).to.equal(false)
  })

  it('knows both spellings of leaving dependents behind', () => {
    expect(isOrphaning({ propagationPolicy: 'Orphan' })).to.equal(true)
    expect(isOrphaning({ orphanDependents: true })).to.equal(true)
    expect(isOrphaning({ propagationPolicy: 'Background', orphanDependents: false })).to.equal(false)
  })
})
