import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'
import { parseAllDocuments } from 'yaml'
import type { Json } from '../../src/api/json.ts'
import { text } from '../../src/api/json.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { Obstat } from './harness/obstat.ts'
import { obstat, startObstat } from './harness/obstat.ts'
import type { Outcome } from './harness/run.ts'
import { until } from './harness/wait.ts'

const keyOf = (object: Json): string => `${text(object, 'kind')}/${text(object, 'metadata', 'name')}`
const HELD = /APPROVAL_REQUIRED (ar-[a-z0-9]+)/

describe('an installation', () => {
  let plane: ControlPlane
  let webhook: Obstat
  let bot: string

  const cli = async (...args: readonly string[]): Promise<string> => {
    const ran = await obstat(plane, args)
    expect(ran.code, ran.stderr).to.equal(0)
    return ran.stdout
  }
  const admin = async (...args: readonly string[]): Promise<string> => {
    const ran = await plane.kubectl(args)
    expect(ran.code, ran.stderr).to.equal(0)
    return ran.stdout
  }
  const asBot = (...args: readonly string[]): Promise<Outcome> => plane.kubectl(args, { kubeconfig: bot })

  before(async () => {
    plane = await startControlPlane({ nodesFake: false })
    await cli('install', '--url', 'https://127.0.0.1:1')
    // obstat runs with the rights that the manifests give it, not with the administrator's.
    const own = await plane.serviceAccountKubeconfig('obstat-system', 'obstat')
    webhook = await startObstat(plane, { args: ['--kubeconfig', own] })
    await admin('create', 'namespace', 'agents')
    await admin('create', 'namespace', 'shop')
    await admin('create', 'serviceaccount', 'sre-bot', '-n', 'agents')
    await admin('create', 'clusterrolebinding', 'sre-bot', '--clusterrole=edit', '--serviceaccount=agents:sre-bot')
    await admin('create', 'clusterrolebinding', 'people', '--clusterrole=obstat-approver', '--group=platform')
    bot = await plane.serviceAccountKubeconfig('agents', 'sre-bot')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(plane.dir, 'alice')])
  })

  after(async () => {
    await webhook.stop()
    await plane.stop()
  })

  it('changes nothing the second time', async () => {
    const again = await cli('install', '--url', 'https://127.0.0.1:1')
    expect(again.split('\n').filter((line) => line !== '' && !line.endsWith(' unchanged'))).to.deep.equal([])
  })

  it('lists its kinds under one category', async () => {
    expect(await admin('api-resources', '--categories=obstat', '-o', 'name')).to.equal(
      'actionpolicies.obstat.dev\napprovalrequests.obstat.dev\napprovers.obstat.dev\ngovernedagents.obstat.dev\n',
    )
    expect(await admin('explain', 'gagent.spec.trustPhase')).to.include('How far the agent is trusted')
  })

  it('is accepted whole, Deployment and Service too', async () => {
    const printed = await cli('install', '--print')
    const ran = await plane.kubectl(['apply', '--server-side', '--dry-run=server', '--force-conflicts', '-f', '-'], {
      input: printed,
    })
    expect(ran.code, ran.stderr).to.equal(0)
    expect(ran.stderr).to.not.include('Warning')
    expect(ran.stdout).to.include('deployment.apps/obstat serverside-applied')
  })

  it('is what kustomize makes of the base', async () => {
    const base = join(import.meta.dirname, '../../manifests')
    const built = await plane.kubectl(['kustomize', base])
    expect(built.code, built.stderr).to.equal(0)
    const objects = (yaml: string): readonly Json[] =>
      [...parseAllDocuments(yaml)]
        .map((document) => document.toJS() as Json)
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    expect(objects(built.stdout)).to.deep.equal(objects(await cli('install', '--print')))
  })

  it('holds an agent up until a person has signed, with no more rights than the manifests give', async () => {
    const alice = join(plane.dir, 'alice')
    await cli(
      'agent',
      'add',
      'sre-bot',
      '--serviceaccount',
      'agents/sre-bot',
      '--phase',
      'LimitedRemediation',
      '--scope',
      'shop:configmaps',
      '--apply',
    )
    await cli(
      'approver',
      'add',
      'alice',
      '--key',
      `${alice}.pub`,
      '--role',
      'platform',
      '--username',
      'alice',
      '--apply',
    )
    await admin('create', 'configmap', 'prices', '-n', 'shop')
    const held = await until('the agent to be held up', async () =>
      HELD.exec((await asBot('label', 'configmap', 'prices', '-n', 'shop', `at=${Date.now()}`)).stderr),
    )
    expect(held[1]).to.match(/^ar-/)

    const refused = await asBot('delete', 'configmap', 'prices', '-n', 'shop')
    const id = HELD.exec(refused.stderr)?.[1] ?? ''
    expect(await cli('queue', '-o', 'name')).to.include(`approvalrequest.obstat.dev/${id}\n`)
    const person = ['--kubeconfig', plane.humanKubeconfig]
    expect((await obstat(plane, ['wait', id, '--timeout', '0', ...person])).code).to.equal(3)
    expect(await cli('approve', id, '--key', alice, '--reason', 'ticket 4711', '--yes', ...person)).to.include(
      `${id} approved by alice`,
    )
    await cli('wait', id, ...person)
    expect((await asBot('delete', 'configmap', 'prices', '-n', 'shop')).code).to.equal(0)
    expect(await cli('verify', id, ...person)).to.include('good: Approve by alice')
    expect(await cli('queue', '--all', ...person)).to.match(new RegExp(`${id} .* Used `))
  })

  it('takes a decision that ssh-keygen and kubectl made', async () => {
    await admin('create', 'configmap', 'rates', '-n', 'shop')
    const id = HELD.exec((await asBot('delete', 'configmap', 'rates', '-n', 'shop')).stderr)?.[1] ?? ''
    const statement = await cli('statement', id, '--approver', 'alice', '--reason', 'by hand')
    const pae = (await obstat(plane, ['pae', '-'], statement)).stdout
    const sign = ['-q', '-Y', 'sign', '-n', 'approval@obstat.dev', '-f', join(plane.dir, 'alice')]
    const signature = execFileSync('ssh-keygen', sign, { input: pae, encoding: 'utf8' })
    const folder = plane.dir
    execFileSync('sh', ['-c', 'cat > "$0/st.sig"', folder], { input: signature })
    execFileSync('sh', ['-c', 'cat > "$0/st.json"', folder], { input: statement })
    const envelope = await cli('envelope', join(folder, 'st.json'), join(folder, 'st.sig'))
    const patch = `[{"op":"add","path":"/spec/decisions/-","value":{"envelope":${envelope}}}]`
    await admin('patch', 'areq', id, '--type=json', '-p', patch)
    expect((await asBot('delete', 'configmap', 'rates', '-n', 'shop')).code).to.equal(0)
  })

  it('refuses a person what does not verify, and says why', async () => {
    await admin('create', 'configmap', 'fees', '-n', 'shop')
    const id = HELD.exec((await asBot('delete', 'configmap', 'fees', '-n', 'shop')).stderr)?.[1] ?? ''
    const envelope =
      '{"payloadType":"application/vnd.obstat.approval.v1+json","payload":"e30=","signatures":[{"sig":"AAAA"}]}'
    const patch = `[{"op":"add","path":"/spec/decisions/-","value":{"envelope":${envelope}}}]`
    const ran = await plane.kubectl(['patch', 'areq', id, '--type=json', '-p', patch], {
      kubeconfig: plane.humanKubeconfig,
    })
    expect(ran.code).to.equal(1)
    expect(ran.stderr).to.include('SignatureInvalid')
  })

  it('goes away without a trace but the CRDs, and nobody is held up any more', async () => {
    await webhook.stop()
    const removed = await cli('uninstall', '--yes')
    expect(removed.split('\n')[0]).to.equal('validatingwebhookconfigurations/obstat deleted')
    expect((await asBot('delete', 'configmap', 'fees', '-n', 'shop')).code).to.equal(0)
    const left = await plane.call('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies')
    expect(JSON.stringify(left.json)).to.not.include('obstat.dev')
    expect(
      text(
        (await plane.call('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/approvers.obstat.dev')).json,
        'kind',
      ),
    ).to.equal('CustomResourceDefinition')
  })
})
