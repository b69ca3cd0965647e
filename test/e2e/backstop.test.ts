import { expect } from 'chai'
import { connect } from '../../src/cluster/client.ts'
import type { Client } from '../../src/cluster/client.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { startObstat } from './harness/obstat.ts'
import type { Obstat } from './harness/obstat.ts'
import { NotInTime, until } from './harness/wait.ts'

const AGENTS = '/apis/obstat.dev/v1alpha1/governedagents'
const REGISTRATION = '/apis/admissionregistration.k8s.io/v1'
const KEPT = [
  `${REGISTRATION}/validatingwebhookconfigurations/obstat`,
  `${REGISTRATION}/validatingadmissionpolicies/agents-webhooks.obstat.dev`,
]
const ROUNDS = 12
/** Without end nobody else would ever be first. */
const WRITES = 20

/** Controllers write into these objects too: the API server's own into the policy's status, CA injectors, people. */
describe('the webhook configuration and its policy, while somebody else writes into them', () => {
  let plane: ControlPlane
  let webhook: Obstat
  let client: Client

  before(async () => {
    plane = await startControlPlane({ controllers: false, nodesFake: false })
    webhook = await startObstat(plane)
    client = connect({ kubeconfig: plane.adminKubeconfig })
  })

  after(async () => {
    client.close()
    await webhook.stop()
    await plane.stop()
  })

  const covers = async (path: string, name: string): Promise<boolean> =>
    JSON.stringify(await client.get(path)).includes(`'${name}'`)

  const add = async (name: string): Promise<void> => {
    const spec = { subjects: [{ kind: 'User', name }], trustPhase: 'Shadow' }
    await client.create(AGENTS, { apiVersion: 'obstat.dev/v1alpha1', kind: 'GovernedAgent', metadata: { name }, spec })
  }

  /**
   * Writes annotations, one after the other, while the object is brought up to date for this agent; nothing after that.
   */
  async function disturb(path: string, name: string): Promise<void> {
    for (let n = 0; n < WRITES; n++) {
      const patched = await client.patch(path, { metadata: { annotations: { n: `${name}-${n}` } } })
      if (JSON.stringify(patched).includes(`'${name}'`)) return
    }
  }

  it('cover each new agent, with other writes right before and after their own', async () => {
    const uncovered: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      await add(`disturbed-${round}`)
      await Promise.all(KEPT.map((path) => disturb(path, `disturbed-${round}`)))
      await add(`quiet-${round}`)
      for (const name of [`disturbed-${round}`, `quiet-${round}`])
        for (const path of KEPT)
          await until(`${path} to cover ${name}`, () => covers(path, name), { timeoutMs: 5000 }).catch(
            (cause: unknown) => {
              if (!(cause instanceof NotInTime)) throw cause
              uncovered.push(cause.message)
            },
          )
      if (uncovered.length > 0) break
    }
    expect(uncovered).to.deep.equal([])
  })
})
