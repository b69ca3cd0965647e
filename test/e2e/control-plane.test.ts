import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { field, list, text } from '../../src/api/json.ts'
import type { Json } from '../../src/api/json.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { until } from './harness/wait.ts'

/** Command lines that name a folder: the programs of its control plane, whoever their parent is. */
const programsOf = (dir: string): readonly string[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`${dir}/`))

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'registry.example/web:1' }] },
    },
  },
}

const isRunning = (pod: Json): boolean =>
  text(pod, 'status', 'phase') === 'Running' && text(pod, 'spec', 'nodeName').startsWith('node-')

describe('the control plane of the tests', () => {
  let first: ControlPlane
  let second: ControlPlane

  before(async () => {
    const started = await Promise.all([
      startControlPlane(),
      startControlPlane({ controllers: false, nodesFake: false }),
    ])
    ;[first, second] = started
  })

  after(async () => {
    await Promise.all([first.stop(), second.stop()])
  })

  it('runs the pods of a Deployment on fake nodes', async () => {
    const applied = await first.kubectl(['apply', '-f', '-'], { input: JSON.stringify(deployment) })
    expect(applied.stderr).to.equal('')
    await until('three running pods', async () => {
      const pods = list((await first.call('/api/v1/namespaces/default/pods?labelSelector=app=web')).json, 'items')
      return pods.length === 3 && pods.every(isRunning)
    })
    await until('the Deployment to count them', async () => {
      const { json } = await first.call('/apis/apps/v1/namespaces/default/deployments/web')
      return field(json, 'status', 'readyReplicas') === 3
    })
  })

  it('runs beside another one, and each keeps its own objects', async () => {
    expect(first.server).not.to.equal(second.server)
    const made = await second.kubectl(['create', 'configmap', 'here', '--from-literal=a=b'])
    expect(made.stdout).to.equal('configmap/here created\n')
    const elsewhere = await first.kubectl(['get', 'configmap', 'here'])
    expect(elsewhere.code).to.equal(1)
    expect(elsewhere.stderr).to.contain('NotFound')
  })

  it('knows the administrator, people, ServiceAccounts and users for whom a certificate is made', async () => {
    const whoIs = async (kubeconfig: string): Promise<Json> => {
      const answer = await first.kubectl(['auth', 'whoami', '-o', 'json'], { kubeconfig })
      expect(answer.stderr).to.equal('')
      return field(JSON.parse(answer.stdout) as Json, 'status', 'userInfo') ?? null
    }
    expect(text(await whoIs(first.adminKubeconfig), 'username')).to.equal('admin')
    const alice = await whoIs(first.humanKubeconfig)
    expect(text(alice, 'username')).to.equal('alice')
    expect(list(alice, 'groups')).to.have.members(['platform', 'system:authenticated'])
    const account = await whoIs(await first.serviceAccountKubeconfig('default', 'default'))
    expect(text(account, 'username')).to.equal('system:serviceaccount:default:default')
    const bob = await whoIs(await first.userKubeconfig('bob', ['readers', 'operations']))
    expect(text(bob, 'username')).to.equal('bob')
    expect(list(bob, 'groups')).to.have.members(['readers', 'operations', 'system:authenticated'])
  })

  it('gives people no rights by themselves', async () => {
    const refused = await first.kubectl(['get', 'pods'], { kubeconfig: first.humanKubeconfig })
    expect(refused.code).to.equal(1)
    expect(refused.stderr).to.contain('Forbidden')
  })

  it('does not answer while it is frozen, and does again after that', async () => {
    second.freeze()
    const frozen = await second.call('/readyz', { timeoutMs: 1500 }).then(
      () => 'an answer',
      (cause: unknown) => (cause instanceof Error ? cause.name : 'a fault'),
    )
    second.thaw()
    expect(frozen).to.be.oneOf(['TimeoutError', 'AbortError'])
    await until('an answer', async () => (await second.call('/readyz')).status === 200)
  })

  it('keeps its objects when kube-apiserver is started again', async () => {
    await second.kubectl(['create', 'namespace', 'kept'])
    const before = second.pids().get('kube-apiserver')
    await second.restartApiserver()
    expect(second.pids().get('kube-apiserver')).not.to.equal(before)
    expect((await second.call('/api/v1/namespaces/kept')).status).to.equal(200)
  })

  it('writes who did what into the audit log', async () => {
    await second.kubectl(['create', 'configmap', 'audited'])
    const log = second.logs().get('audit') ?? ''
    await until('a record', () => readFileSync(log, 'utf8').includes('"name":"audited"'))
  })

  it('leaves no process and no folder behind when it is stopped', async () => {
    const third = await startControlPlane({ controllers: false, nodes: 1 })
    expect(programsOf(third.dir)).to.have.lengthOf(3)
    await third.stop()
    expect(programsOf(third.dir)).to.deep.equal([])
    expect(existsSync(third.dir)).to.equal(false)
    expect(third.pids().size).to.equal(0)
  })

  it('dies with the process that started it, even when that is killed', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'obstat-killed-'))
    const starter = join(import.meta.dirname, 'harness/start.ts')
    const args = [starter, '--dir', dir, '--no-controllers', '--no-scheduler', '--nodes', '0']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(child.stdout, 'data')
    const alive = programsOf(dir)
    expect(alive.some((line) => line.includes('kube-apiserver'))).to.equal(true)
    child.kill('SIGKILL')
    await until('every program to end', () => programsOf(dir).length === 0)
    rmSync(dir, { recursive: true })
  })
})
