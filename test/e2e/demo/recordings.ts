import type { Actor } from '../harness/actors.ts'
import { administrator, done } from '../harness/actors.ts'
import type { ControlPlane } from '../harness/control-plane.ts'
import { obstat } from '../harness/obstat.ts'
import { until } from '../harness/wait.ts'
import { startRecorder } from './recorder.ts'
import type { Recorder, Verdict } from './recorder.ts'
import { AGENTS, DATABASES, makeDatabase, setScene } from './scene.ts'
import type { Cast } from './scene.ts'

/** Files under `examples/demo/`, and their bytes. */
export type Recordings = ReadonlyMap<string, Buffer>

const DELETE = 'delete statefulset orders-db -n payments'
/** The agent takes itself out of force. */
const ESCAPE = 'patch governedagent sre-bot --type=merge -p {"spec":{"enforcement":"Audit"}}'

/**
 * Plays what `obstat demo` tells, on a real control plane with real kubectl, and keeps what the API server sent. Nobody
 * judges here: each command is refused or let through as told, so that the story goes on.
 */
export async function record(plane: ControlPlane): Promise<Recordings> {
  const admin = administrator(plane)
  await done(obstat(plane, ['install', '--kubeconfig', plane.adminKubeconfig, '--url', 'https://127.0.0.1:9443']))
  const cast = await setScene(plane)
  for (const agent of AGENTS) await done(admin.obstat(`${agent} --apply`))
  const scene = await objects(admin)
  const recorder = await startRecorder(
    plane,
    ['sre-bot', 'deploy-bot'].map((bot) => `system:serviceaccount:agents:${bot}`),
  )
  try {
    await until('the recorder to be asked', async () => (await probe(recorder, cast.sreBot)).length > 0)
    return new Map([...scene, ...(await reviews(recorder, cast))])
  } finally {
    await recorder.stop()
  }
}

const probe = (recorder: Recorder, bot: Actor): Promise<readonly Buffer[]> =>
  recorder.during('allow', () => bot.kubectl('create configmap probe -n shop --dry-run=server'))

async function reviews(recorder: Recorder, cast: Cast): Promise<Recordings> {
  const { admin, sreBot, deployBot } = cast
  const files = new Map<string, Buffer>()
  const keep = async (name: string, verdict: Verdict, bot: Actor, words: string): Promise<void> => {
    const [first] = await recorder.during(verdict, () => bot.kubectl(words))
    if (first === undefined) throw new Error(`no review of: kubectl ${words}`)
    files.set(`reviews/${name}.json`, first)
  }
  await keep('restart', 'allow', sreBot, 'rollout restart deployment/cart -n shop')
  await keep('delete', 'deny', sreBot, DELETE)
  await keep('delete-another-object', 'deny', sreBot, 'delete statefulset ledger-db -n payments')
  await keep('delete-by-another-agent', 'deny', deployBot, DELETE)
  await keep('delete-repeated', 'allow', sreBot, DELETE)
  await until(
    'the database to be gone',
    async () => (await admin.kubectl('get statefulset orders-db -n payments')).code === 1,
  )
  await makeDatabase(cast, 'orders-db')
  files.set('later/orders-db.yaml', await yaml(admin, 'statefulset orders-db -n payments'))
  await keep('delete-recreated', 'deny', sreBot, DELETE)
  await keep('delete-late', 'deny', sreBot, DELETE)
  await keep('escape', 'deny', sreBot, ESCAPE)
  return files
}

/** What the demo's folder holds at the start: objects as kubectl prints them. */
async function objects(admin: Actor): Promise<Recordings> {
  const names = [
    ...['kube-system', 'agents', 'shop', 'payments'].map((name) => `namespace ${name}`),
    'deployment cart -n shop',
    ...DATABASES.map((name) => `statefulset ${name} -n payments`),
  ]
  const read = names.map(async (words): Promise<[string, Buffer]> => {
    const [kind = '', name = ''] = words.split(' ')
    return [`cluster/${kind === 'namespace' ? `namespace-${name}` : name}.yaml`, await yaml(admin, words)]
  })
  return new Map(await Promise.all(read))
}

const yaml = async (admin: Actor, words: string): Promise<Buffer> =>
  Buffer.from(await done(admin.kubectl(`get -o yaml ${words}`)))
