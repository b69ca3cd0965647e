import { basename } from 'node:path'
import { expect } from 'chai'
import { review } from '../../src/admission/review.ts'
import type { Json } from '../../src/api/json.ts'
import type { Facts } from '../../src/policy/facts.ts'
import type { Read } from '../../src/policy/read.ts'
import { keyOf, UnreadFact } from '../../src/policy/read.ts'
import type { Request } from '../../src/policy/request.ts'
import { factsOf } from '../../src/suites/facts.ts'
import { catalogue, run } from '../../src/suites/judge.ts'
import { loadSuites } from '../../src/suites/load.ts'
import { MemoryCluster, reviewOf } from '../admission/memory.ts'
import { fixtures } from '../policy/case.ts'

/** The AdmissionReview that the API server would have sent. */
const bodyOf = ({ group, version, resource, subresource, user, isCollectionItem, isDryRun, ...rest }: Request): Json =>
  reviewOf({
    operation: rest.operation,
    resource: { group, version, resource },
    kind: rest.kind,
    ...(subresource === '' ? {} : { subResource: subresource }),
    ...(rest.namespace === '' ? {} : { namespace: rest.namespace }),
    ...(isCollectionItem ? {} : { name: rest.name }),
    userInfo: { username: user.username, uid: user.uid, groups: user.groups },
    dryRun: isDryRun,
    object: rest.object,
    oldObject: rest.oldObject,
    options: rest.options,
  })

const answerOf = ({ live }: Facts, read: Read): Json => {
  try {
    return read.verb === 'list' ? live.list(read) : live.get(read)
  } catch (cause) {
    if (!(cause instanceof UnreadFact)) throw cause
    return read.verb === 'list' ? [] : null
  }
}

/** A cluster in which these facts are all there is. */
function clusterOf(facts: Facts): MemoryCluster {
  const cluster = new MemoryCluster()
  cluster.agents = [...facts.agents]
  cluster.policy = facts.policy
  cluster.namespaces = new Map(facts.namespaces)
  cluster.reader.read = (reads) => Promise.resolve(new Map(reads.map((read) => [keyOf(read), answerOf(facts, read)])))
  return cluster
}

describe('a policy test and the webhook', () => {
  it('say the same of every case', async () => {
    const faults: unknown[] = []
    for (const test of loadSuites(fixtures).tests) {
      const cluster = clusterOf(factsOf(test.request, test.facts, catalogue))
      const reviewer = {
        ports: cluster,
        catalogue,
        ownNamespace: 'obstat-system',
        fault: (_: string, cause: unknown) => faults.push(cause),
      }
      const { response } = await review('case', bodyOf(test.request), reviewer, new AbortController().signal)
      const [record] = cluster.records
      const { verdict, reason, class: worst, findings } = run(test).got
      const seen = [record?.verdict, record?.reason, record?.class, record?.findings]
      expect(seen, basename(test.file)).to.deep.equal([verdict, reason, worst, findings])
      expect(response.allowed).to.equal(verdict === 'Allow')
    }
    expect(faults).to.deep.equal([])
  })
})
