import { randomUUID } from 'node:crypto'
import { agentAdd } from './agent-add.ts'
import { approve } from './approve.ts'
import { approverAdd } from './approver-add.ts'
import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { EXIT, Refused } from './command.ts'
import type { Said, Stage } from './demo-stage.ts'
import { setStage } from './demo-stage.ts'
import type { World } from './ports.ts'
import { printableLines } from './printable.ts'
import { queue } from './queue.ts'
import { show } from './show.ts'

export const demo: Command = {
  name: 'demo',
  summary: 'one agent, one person, one signed approval, in a few seconds and without a cluster',
  operands: '',
  arity: [0, 0],
  flags: {},
  notes: `A real webhook runs over a temporary folder of YAML, on free ports of this
machine. An agent sends it what the API server would send. Exit code 1 where
something comes out otherwise than told.`,
  run: async (_, world) => {
    const stage = await open(world)
    try {
      await play(stage, world)
    } finally {
      await stage.stop()
    }
    return EXIT.ok
  },
}

/** Agent and Approver are made with the commands that a person would type; then the webhook starts. */
const open = (world: World): Promise<Stage> =>
  setStage(world.program, async (directory, key) => {
    title(world, 'A person says who the agent is, and whose signature counts')
    const folder = ['--apply', '--standalone', directory]
    const scope = '--scope=shop:deployments.apps/scale,configmaps'
    const agent = ['sre-bot', '--serviceaccount=agents/sre-bot', '--phase=LimitedRemediation', scope]
    await type(agentAdd, [...agent, ...folder], world)
    await type(approverAdd, ['alice', `--key=${key}.pub`, '--role=platform', ...folder], world)
  })

/** One a request that the agent sends below. */
const RECORDS = 5

async function play(stage: Stage, world: World): Promise<void> {
  const uid = randomUUID()
  stage.put('cart.yaml', cart(uid, 3, 1))

  title(world, 'The agent wants to scale Deployment cart to zero')
  const first = await stage.ask(scale(uid, 3, 0, '1'))
  told(world, first, 'ApprovalRequired')
  const id = /APPROVAL_REQUIRED (ar-[a-z0-9]+)/.exec(first.message)?.[1]
  if (id === undefined) throw new Refused('the refusal names no ApprovalRequest')

  title(world, 'A person looks at it, and signs exactly this act with an SSH key')
  await type(queue, ['--standalone', stage.directory], world)
  await type(show, [id, '--standalone', stage.directory], world)
  const reason = '--reason=the sale is over'
  await type(approve, [id, `--key=${stage.key}`, reason, '--yes', '--standalone', stage.directory], quiet(world))

  title(world, 'The approval is good for nothing else: not for the ConfigMap')
  told(world, await stage.ask(remove('prices')), 'ApprovalRequired')

  title(world, 'The agent repeats its request, and it goes through')
  told(world, await stage.ask(scale(uid, 3, 0, '1')), '')

  title(world, 'Somebody scaled it up again. The approval was used: once is once')
  stage.put('cart.yaml', cart(uid, 3, 3))
  told(world, await stage.ask(scale(uid, 3, 0, '3')), 'ApprovalUsed')

  title(world, 'What governs the agent is out of reach, signed or not')
  told(world, await stage.ask(promote()), 'NeverAllowed')

  title(world, 'Every decision is on record')
  const records = (await stage.records(RECORDS)).map((line) => JSON.parse(line) as Readonly<Record<string, string>>)
  for (const { verdict, reason: why, class: worst, operation, resource, request } of records)
    world.out(`  ${[verdict, why, worst, operation, resource, request].join(' ')}\n`)
}

const title = (world: World, words: string): void => {
  world.out(`\n=== ${words}\n`)
}

/** Types a command as a person would. */
async function type(command: Command, args: readonly string[], world: World): Promise<void> {
  const words = args.map((word) => (word.includes(' ') ? JSON.stringify(word) : word))
  world.out(`$ obstat ${command.name} ${words.join(' ')}\n`)
  const code = await command.run(readArguments(command, args), world)
  if (code !== EXIT.ok) throw new Refused(`obstat ${command.name} ended with ${code}`)
}

/** The card was shown just before. */
const quiet = (world: World): World => ({ ...world, say: () => undefined })

/** Prints an answer; throws when it is not the one that was told. '' is an Allow. */
function told(world: World, said: Said, reason: string): void {
  if (said.isAllowed !== (reason === '') || said.reason !== reason)
    throw new Refused(`expected ${reason || 'an Allow'}, got ${said.reason || 'an Allow'}: ${said.message}`)
  if (said.isAllowed) world.out('  allowed\n')
  else for (const line of printableLines(said.message)) world.out(`  ${line}\n`)
}

const metadata = (uid: string, generation: number): object => ({ name: 'cart', namespace: 'shop', uid, generation })

const cart = (uid: string, replicas: number, generation: number): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: metadata(uid, generation),
  spec: { replicas },
})

/** What the API server sends for `kubectl scale`: a Scale of zero has no `replicas`. */
function scale(uid: string, from: number, to: number, resourceVersion: string): object {
  const object = (replicas: number): object => ({
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'cart', namespace: 'shop', uid, resourceVersion },
    spec: replicas === 0 ? {} : { replicas },
  })
  return {
    operation: 'UPDATE',
    kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    requestKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    requestResource: { group: 'apps', version: 'v1', resource: 'deployments' },
    subResource: 'scale',
    requestSubResource: 'scale',
    namespace: 'shop',
    name: 'cart',
    oldObject: object(from),
    object: object(to),
    options: { apiVersion: 'meta.k8s.io/v1', kind: 'UpdateOptions' },
    dryRun: false,
  }
}

const remove = (name: string): object => ({
  operation: 'DELETE',
  kind: { group: '', version: 'v1', kind: 'ConfigMap' },
  resource: { group: '', version: 'v1', resource: 'configmaps' },
  requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
  requestResource: { group: '', version: 'v1', resource: 'configmaps' },
  namespace: 'shop',
  name,
  oldObject: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop', uid: randomUUID() } },
  object: null,
  options: { apiVersion: 'meta.k8s.io/v1', kind: 'DeleteOptions' },
  dryRun: false,
})

/** An agent that raises its own phase. */
function promote(): object {
  const agent = (trustPhase: string): object => ({
    apiVersion: 'obstat.dev/v1alpha1',
    kind: 'GovernedAgent',
    metadata: { name: 'sre-bot', uid: 'sre-bot-uid', resourceVersion: '1' },
    spec: { trustPhase },
  })
  const kind = { group: 'obstat.dev', version: 'v1alpha1', kind: 'GovernedAgent' }
  const resource = { group: 'obstat.dev', version: 'v1alpha1', resource: 'governedagents' }
  return {
    operation: 'UPDATE',
    kind,
    resource,
    requestKind: kind,
    requestResource: resource,
    name: 'sre-bot',
    oldObject: agent('LimitedRemediation'),
    object: agent('AutonomousL1'),
    options: { apiVersion: 'meta.k8s.io/v1', kind: 'UpdateOptions' },
    dryRun: false,
  }
}
