import { administrator, done, person, read, runningPods, serviceAccount } from '../harness/actors.ts'
import type { Actor } from '../harness/actors.ts'
import type { ControlPlane } from '../harness/control-plane.ts'
import { field } from '../../../src/api/json.ts'
import { until } from '../harness/wait.ts'
import { deployment, statefulSet } from '../harness/workloads.ts'

/** Who plays in the demo; obstat's CRDs and ClusterRoles must be installed. */
export interface Cast {
  readonly admin: Actor
  /** A person who approves. */
  readonly alice: Actor
  readonly sreBot: Actor
  readonly deployBot: Actor
}

/** What `obstat agent add` is told about the two agents. */
export const AGENTS = ['sre-bot', 'deploy-bot'].map(
  (name) =>
    `agent add ${name} --serviceaccount agents/${name} --phase AutonomousL1 --scope shop,payments:deployments.apps,statefulsets.apps`,
)

export const DATABASES = ['orders-db', 'ledger-db'] as const

/** The database that a person makes, and makes again under the same name. */
export async function makeDatabase({ admin, alice }: Pick<Cast, 'admin' | 'alice'>, name: string): Promise<void> {
  await done(alice.pipe('apply -f -', statefulSet('payments', name)))
  await until(`the pod of ${name}`, async () => {
    const object = await read(admin, `statefulset ${name} -n payments`)
    return field(object, 'status', 'readyReplicas') === 1
  })
}

/** Two Namespaces, one of them protected; a Deployment and two databases that run. */
export async function setScene(plane: ControlPlane): Promise<Cast> {
  const admin = administrator(plane)
  const alice = await person(plane)
  const sreBot = await serviceAccount(plane, 'agents', 'sre-bot')
  const deployBot = await serviceAccount(plane, 'agents', 'deploy-bot')
  for (const namespace of ['shop', 'payments']) await done(admin.kubectl(`create namespace ${namespace}`))
  await done(admin.kubectl('label namespace payments obstat.dev/protected=true'))
  await done(alice.pipe('apply -f -', deployment('shop', 'cart')))
  for (const name of DATABASES) await makeDatabase({ admin, alice }, name)
  await until('the Deployment to settle', async () => {
    const object = await read(admin, 'deployment cart -n shop')
    return field(object, 'status', 'readyReplicas') === 3
  })
  await until('three pods', async () => (await runningPods(admin, 'shop', 'cart')).length === 3)
  return { admin, alice, sreBot, deployBot }
}
