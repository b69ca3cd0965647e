import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { STATIC_FOLDER } from '../../src/enforcement/static.ts'
import { administrator, done, serviceAccount } from './harness/actors.ts'
import type { Actor } from './harness/actors.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { obstat } from './harness/obstat.ts'
import { until } from './harness/wait.ts'

/** What `obstat install --print-static admission` prints, with the folder of this control plane in it. */
const CONFIGURATION = `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: ValidatingAdmissionPolicy
    configuration:
      apiVersion: apiserver.config.k8s.io/v1
      kind: ValidatingAdmissionPolicyConfiguration
      staticManifestsDir: ${STATIC_FOLDER}
`
const POLICY = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'planted.example' },
  spec: {
    matchConstraints: {
      resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }],
    },
    validations: [{ expression: 'true' }],
  },
}

/** obstat does not run here: the files hold without it, and without etcd. */
describe('the policies of install --print-static', () => {
  let plane: ControlPlane
  let admin: Actor
  let bot: Actor
  let folder: string

  before(async () => {
    plane = await startControlPlane({
      controllers: false,
      nodesFake: false,
      apiserverFlags: (dir) => {
        folder = join(dir, 'static')
        mkdirSync(folder)
        const file = join(dir, 'admission.yaml')
        writeFileSync(file, CONFIGURATION.replace(STATIC_FOLDER, folder))
        return ['--feature-gates=ManifestBasedAdmissionControlConfig=true', `--admission-control-config-file=${file}`]
      },
    })
    admin = administrator(plane)
    await done(admin.obstat('install --url https://127.0.0.1:1'))
    bot = await serviceAccount(plane, 'agents', 'sre-bot')
    await done(admin.obstat('agent add sre-bot --serviceaccount agents/sre-bot --apply'))
  })

  after(() => plane.stop())

  it('come with the configuration that kube-apiserver 1.36 takes', async () => {
    expect((await obstat(plane, ['install', '--print-static', 'admission'])).stdout).to.equal(CONFIGURATION)
  })

  it('keep agents off webhook configurations and policies, and nobody else', async () => {
    const create = (who: Actor) => who.pipe('create -f -', POLICY)
    expect((await create(bot)).code, 'before').to.equal(0)
    await done(admin.kubectl('delete validatingadmissionpolicy planted.example'))

    // kube-apiserver looks at its folder when something in it changes: a whole file at once.
    const printed = await done(admin.obstat('install --print-static policies'))
    writeFileSync(join(plane.dir, 'policies.yaml'), printed)
    renameSync(join(plane.dir, 'policies.yaml'), join(folder, 'policies.yaml'))
    const refused = await until(
      'kube-apiserver to read the folder',
      async () => {
        const ran = await create(bot)
        if (ran.code !== 0) return ran.stderr
        await done(admin.kubectl('delete validatingadmissionpolicy planted.example'))
        return null
      },
      { timeoutMs: 90_000, everyMs: 500 },
    )
    expect(refused).to.include('NeverAllowed: agents do not write webhook configurations or admission policies')

    await done(create(admin))
    for (const words of [
      'delete validatingadmissionpolicy planted.example',
      'delete validatingadmissionpolicies --all',
    ])
      expect((await bot.kubectl(words)).stderr).to.include('NeverAllowed')
    await done(admin.kubectl('delete validatingadmissionpolicy planted.example'))
  })

  it('cannot be taken away by the API', async () => {
    const listed = await done(admin.kubectl('get validatingadmissionpolicies -o name'))
    expect(listed).to.not.include('static.k8s.io')
  })
})
