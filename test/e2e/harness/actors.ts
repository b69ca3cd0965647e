import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import { field, list, text } from '../../../src/api/json.ts'
import type { ControlPlane } from './control-plane.ts'
import { plainEnvironment } from './family.ts'
import { obstat } from './obstat.ts'
import { run } from './run.ts'
import type { Outcome } from './run.ts'

/** Somebody at the API server, with credentials of their own. */
export interface Actor {
  readonly kubeconfig: string
  /** kubectl with these words; an argument with spaces in it follows them. */
  readonly kubectl: (words: string, ...more: readonly string[]) => Promise<Outcome>
  /** kubectl that reads objects or anything else from standard input. */
  readonly pipe: (words: string, input: string | object) => Promise<Outcome>
  readonly obstat: (words: string, ...more: readonly string[]) => Promise<Outcome>
}

const split = (words: string): readonly string[] => words.split(' ')

export const actor = (plane: ControlPlane, kubeconfig: string): Actor => ({
  kubeconfig,
  kubectl: (words, ...more) => plane.kubectl([...split(words), ...more], { kubeconfig }),
  pipe: (words, input) =>
    plane.kubectl(split(words), { kubeconfig, input: typeof input === 'string' ? input : JSON.stringify(input) }),
  obstat: (words, ...more) => obstat(plane, [...split(words), ...more, '--kubeconfig', kubeconfig]),
})

/** What a command printed on stdout; it must have worked. */
export async function done(outcome: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await outcome
  expect(code, stderr).to.equal(0)
  return stdout
}

export const administrator = (plane: ControlPlane): Actor => actor(plane, plane.adminKubeconfig)

/** alice, who may approve, and edit workloads everywhere; obstat must be installed. */
export async function person(plane: ControlPlane): Promise<Actor> {
  const admin = administrator(plane)
  for (const role of ['obstat-approver', 'admin'])
    await done(admin.kubectl(`create clusterrolebinding alice-${role} --clusterrole=${role} --user=alice`))
  return actor(plane, plane.humanKubeconfig)
}

/** A ServiceAccount that RBAC gives everything, so that no refusal is RBAC's; makes its Namespace if need be. */
export async function serviceAccount(plane: ControlPlane, namespace: string, name: string): Promise<Actor> {
  const admin = administrator(plane)
  await done(admin.pipe('apply -f -', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }))
  await done(admin.kubectl(`create serviceaccount ${name} -n ${namespace}`))
  const account = `--serviceaccount=${namespace}:${name}`
  await done(admin.kubectl(`create clusterrolebinding ${namespace}-${name} --clusterrole=cluster-admin ${account}`))
  return actor(plane, await plane.serviceAccountKubeconfig(namespace, name))
}

/** A key pair of `ssh-keygen` without passphrase in the folder of the control plane; answers the private key's path. */
export async function newKey(plane: ControlPlane, type: 'ed25519' | 'ecdsa'): Promise<string> {
  const file = join(plane.dir, `key-${type}-${randomUUID()}`)
  await done(
    run('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'test', '-f', file], { env: plainEnvironment(plane.dir) }),
  )
  return file
}

/** What the last line of a refusal says to machines. */
export interface Refusal {
  readonly reason: string
  /** Name of the ApprovalRequest, or ''. */
  readonly request: string
  readonly class: string
  readonly phase: string
  readonly rules: readonly string[]
}

/** The refusal that a client printed. Fails with the whole output when there is none. */
export function refusalIn({ code, stdout, stderr }: Outcome): Refusal {
  const line = stderr.split('\n').find((one) => one.includes('{"apiVersion":"obstat.dev/v1alpha1"'))
  expect(line, `expected a refusal by obstat, got exit code ${code}: ${stderr}${stdout}`).to.be.a('string')
  const [json = ''] = /\{"apiVersion".*\}/.exec(line ?? '') ?? []
  const machine = JSON.parse(json) as Json
  return {
    reason: text(machine, 'reason'),
    request: text(machine, 'request'),
    class: text(machine, 'class'),
    phase: text(machine, 'phase'),
    rules: list(machine, 'rules').filter((rule) => typeof rule === 'string'),
  }
}

/** The refusal that a command must meet. */
export const refused = async (outcome: Promise<Outcome>): Promise<Refusal> => refusalIn(await outcome)

/** One object as JSON; null when it does not exist. */
export async function read(by: Actor, words: string): Promise<Json> {
  const { code, stdout, stderr } = await by.kubectl(`get -o json ${words}`)
  if (code !== 0 && stderr.includes('NotFound')) return null
  expect(code, stderr).to.equal(0)
  return JSON.parse(stdout) as Json
}

/** uids of the pods with this label `app` that run. */
export async function runningPods(by: Actor, namespace: string, app: string): Promise<readonly string[]> {
  const pods = list(await read(by, `pods -n ${namespace} -l app=${app}`), 'items')
  const isRunning = (pod: Json): boolean =>
    text(pod, 'status', 'phase') === 'Running' && field(pod, 'metadata', 'deletionTimestamp') === undefined
  return pods.filter(isRunning).map((pod) => text(pod, 'metadata', 'uid'))
}
