import { agentAdd } from './agent-add.ts'
import { approve } from './approve.ts'
import { approverAdd } from './approver-add.ts'
import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { EXIT, Refused } from './command.ts'
import { decisionLog } from './decision-log.ts'
import type { Said, Stage } from './demo-stage.ts'
import { setStage } from './demo-stage.ts'
import type { World } from './ports.ts'
import { fold } from './fold.ts'
import { printableLines } from './printable.ts'
import { queue } from './queue.ts'
import { show } from './show.ts'
import { wrap } from './wrap.ts'

export const demo: Command = {
  name: 'demo',
  summary: 'one agent, one person, one signed approval, in a few seconds and without a cluster',
  operands: '',
  arity: [0, 0],
  flags: {},
  notes: `A real webhook runs over a temporary folder of YAML, on free ports of this
machine. What reaches it was recorded: AdmissionReviews, byte for byte as a real
kube-apiserver sent them for the kubectl commands that are shown. Exit code 1
where something comes out otherwise than told.`,
  run: async (_, world) => {
    say(world, PROLOGUE)
    const stage = await open(world)
    try {
      await play(stage, world)
    } finally {
      await stage.stop()
    }
    say(world, EPILOGUE)
    return EXIT.ok
  },
}

const PROLOGUE = `obstat is the webhook that the Kubernetes API server asks about every write of
an AI agent. Here it runs over a folder of YAML instead of a cluster. The
agents' kubectl commands were run against a real API server before; what that
sent then is sent again now, over HTTPS. alice's key is made now and thrown
away. The obstat commands are real; --standalone DIR is left out of them.`

const EPILOGUE = `All came out as told. The webhook has stopped and its folder is gone. The same
with a real control plane and a live kubectl: make demo-cluster`

/** Agents and Approver are made with the commands that a person would type; then the webhook starts. */
const open = (world: World): Promise<Stage> =>
  setStage(world, async (directory, key) => {
    title(world, '1. A person says who is an agent, and whose signature counts')
    const admin = { who: 'admin', world, directory }
    const trust = ['--phase=AutonomousL1', '--scope=shop,payments:deployments.apps,statefulsets.apps', '--apply']
    for (const name of ['sre-bot', 'deploy-bot'])
      await type(admin, agentAdd, [name, `--serviceaccount=agents/${name}`, ...trust])
    await type(admin, approverAdd, ['alice', `--key=${key}.pub`, '--role=platform', '--apply'])
  })

const DELETE = 'kubectl delete statefulset orders-db -n payments'
const ESCAPE = 'kubectl patch governedagent sre-bot --type=merge -p \'{"spec":{"enforcement":"Audit"}}\''

async function play(stage: Stage, world: World): Promise<void> {
  const alice: Person = { who: 'alice', world, directory: stage.directory }
  const asks = (...step: Parameters<typeof ask>[2]): Promise<string> => ask(stage, world, step)

  title(world, '2. The agent restarts an ordinary Deployment: nobody is asked')
  await asks('sre-bot', 'kubectl rollout restart deployment/cart -n shop', 'restart', '')

  title(world, '3. It deletes a database in a protected namespace: it must wait')
  const id = await asks('sre-bot', DELETE, 'delete', 'ApprovalRequired')

  title(world, '4. A person finds the request, looks, and signs exactly this act')
  await type(alice, queue, [])
  await type(alice, show, [id])
  await sign(alice, id, stage.key, '--reason=ticket 4711')

  title(world, '5. The signature is good for no other object and for no other agent')
  const other = 'kubectl delete statefulset ledger-db -n payments'
  await asks('sre-bot', other, 'delete-another-object', 'ApprovalRequired', 'brief')
  await asks('deploy-bot', DELETE, 'delete-by-another-agent', 'ApprovalRequired', 'brief')

  title(world, '6. The agent repeats its command, and it goes through')
  await asks('sre-bot', DELETE, 'delete-repeated', '')
  stage.remove('orders-db.yaml')

  title(world, '7. Once. A person makes the database anew: same name, another object')
  stage.restore('orders-db.yaml')
  const again = await asks('sre-bot', DELETE, 'delete-recreated', 'ApprovalRequired', 'brief')
  if (again === id) throw new Refused('a new object was given the old request')

  title(world, '8. alice signs that too, for one second; the agent comes too late')
  await sign(alice, again, stage.key, '--reason=ticket 4712', '--ttl=1s')
  await world.pause(1000)
  await asks('sre-bot', DELETE, 'delete-late', 'ApprovalExpired', 'brief')

  title(world, '9. The agent tries to get rid of its guard: no signature opens that')
  await asks('sre-bot', ESCAPE, 'escape', 'NeverAllowed')

  title(world, '10. Every decision is on record')
  await log(stage, world)
}

/** Signs without asking: the card was shown just before. */
const sign = (person: Person, id: string, key: string, ...more: readonly string[]): Promise<void> =>
  type({ ...person, isQuiet: true }, approve, [id, `--key=${key}`, ...more, '--yes'])

/** One record for each command of an agent above. */
const RECORDS = 8

async function log(stage: Stage, world: World): Promise<void> {
  const lines = await stage.records(RECORDS)
  world.out(decisionLog(lines))
  say(world, 'One of them, the approved deletion, as the webhook wrote it on standard output:')
  for (const line of lines.filter((one) => one.includes('"reason":"Approved"')))
    for (const part of fold(line, WIDTH)) world.out(`  ${part}\n`)
}

const title = (world: World, words: string): void => {
  world.out(`\n=== ${words}\n\n`)
}

const say = (world: World, words: string): void => {
  world.out(`\n${wrap(words, 80).join('\n')}\n`)
}

const WIDTH = 76

/** Somebody at the command line. */
interface Person {
  readonly who: string
  readonly world: World
  readonly directory: string
  /** Whether to leave out what is not data. */
  readonly isQuiet?: boolean
}

/** Types a command as a person would. What it says beside its data comes in the same stream, since this is a story. */
async function type(
  { who, world, directory, isQuiet = false }: Person,
  command: Command,
  args: readonly string[],
): Promise<void> {
  const lines = command === queue ? (line: string): readonly string[] => [line] : hanging
  const print = (text: string): void => {
    for (const line of text.replace(/\n$/, '').replaceAll(`${directory}/`, '').split('\n').flatMap(lines))
      world.out(line === '' ? '\n' : `  ${line}\n`)
  }
  const typed = args.map((word) => quoted(word.replace(`${directory}/`, ''))).join(' ')
  world.out(`${wrap(`${who}$ obstat ${command.name} ${typed}`, WIDTH).join(' \\\n    ')}\n`)
  const there: World = {
    ...world,
    out: print,
    say: (line) => {
      if (!isQuiet) print(`${line}\n`)
    },
  }
  const code = await command.run(readArguments(command, [...args, '--standalone', directory]), there)
  if (code !== EXIT.ok) throw new Refused(`obstat ${command.name} ended with ${code}`)
}

/** A line that is too long goes on below, under where its text began; one with a word that is too long stays. */
function hanging(line: string): readonly string[] {
  const [start = ''] = /^ *(?:\S+ {2,})?/.exec(line) ?? []
  const width = WIDTH - start.length
  const body = line.slice(start.length)
  if (line.length <= WIDTH || body.split(' ').some((word) => word.length > width)) return [line]
  return wrap(body, width).map((part, at) => (at === 0 ? start : ' '.repeat(start.length)) + part)
}

const quoted = (word: string): string => {
  const [flag = '', ...value] = word.split('=')
  return word.includes(' ') ? `${flag}="${value.join('=')}"` : word
}

/**
 * One command of an agent, and the webhook's answer to what the API server sent for it: all of it, or its first line.
 * Throws when the answer is not the one that was told; `reason` '' is an Allow. Answers the ApprovalRequest that a
 * refusal names, or ''.
 */
async function ask(
  stage: Stage,
  world: World,
  [who, command, review, reason, length]: readonly [
    who: string,
    command: string,
    review: string,
    reason: string,
    length?: 'brief',
  ],
): Promise<string> {
  world.out(`${wrap(`${who}$ ${command}`, WIDTH).join(' \\\n    ')}\n`)
  const said = await stage.send(review)
  if (said.isAllowed !== (reason === '') || said.reason !== reason)
    throw new Refused(`expected ${reason || 'an Allow'}, got ${said.reason || 'an Allow'}: ${said.message}`)
  world.out(said.isAllowed ? '  allowed\n' : `  refused, ${said.reason}:\n`)
  const lines = printableLines(said.message)
  for (const line of (length === 'brief' ? lines.slice(0, 1) : lines).flatMap((one) => fold(one, WIDTH)))
    world.out(`  ${line}\n`)
  if (length === 'brief') world.out('  (and three lines more, as above)\n')
  const id = idIn(said)
  if (reason.startsWith('Approval') && id === '') throw new Refused('the refusal names no ApprovalRequest')
  return id
}

const idIn = ({ message }: Said): string => /APPROVAL_REQUIRED (ar-[a-z0-9]+)/.exec(message)?.[1] ?? ''
