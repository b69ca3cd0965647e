import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { decisionLog } from '../../../src/cli/decision-log.ts'
import { newKey } from '../harness/actors.ts'
import type { ControlPlane } from '../harness/control-plane.ts'
import type { Obstat } from '../harness/obstat.ts'
import { isRefused, remark, title, type, works } from './narrator.ts'
import type { Typist } from './narrator.ts'
import { AGENTS, makeDatabase, setScene } from './scene.ts'
import type { Cast } from './scene.ts'

const DELETE = 'kubectl delete statefulset orders-db -n payments'
const GET = 'kubectl get statefulsets -n payments'
const ESCAPE = 'kubectl patch governedagent sre-bot --type=merge -p {"spec":{"enforcement":"Audit"}}'
/** A refusal has four lines; the first one, where the others were shown before. */
const BRIEF = { shown: 'first' } as const

/** Tells the story and throws where it comes out otherwise. */
export async function play(plane: ControlPlane, webhook: Obstat): Promise<void> {
  const cast = await setScene(plane)
  const key = await keyOfAlice(plane)
  const people = typists(cast, plane.dir)
  remark('obstat is installed and runs beside the cluster, with the rights of its own ServiceAccount. ')
  remark("RBAC lets both agents do everything, so that no refusal below is RBAC's.")
  await sayWhoIsWho(people, key)
  await firstAct(people, key)
  await elsewhere(people)
  await onceOnly(cast, people, key)
  await escapes(people)
  await dead(people, webhook)
  log(webhook)
}

type People = Readonly<Record<'admin' | 'alice' | 'sreBot' | 'deployBot', Typist>>

const typists = ({ admin, alice, sreBot, deployBot }: Cast, home: string): People => ({
  admin: { who: 'admin', actor: admin, home },
  alice: { who: 'alice', actor: alice, home },
  sreBot: { who: 'sre-bot', actor: sreBot, home },
  deployBot: { who: 'deploy-bot', actor: deployBot, home },
})

/** A key of this run alone, under a name that reads well. */
async function keyOfAlice(plane: ControlPlane): Promise<string> {
  const made = await newKey(plane, 'ed25519')
  const key = join(plane.dir, 'alice')
  renameSync(made, key)
  renameSync(`${made}.pub`, `${key}.pub`)
  return key
}

async function sayWhoIsWho({ admin }: People, key: string): Promise<void> {
  title('1. A person says who is an agent, and whose signature counts')
  await works(admin, 'kubectl get namespaces -L obstat.dev/protected agents shop payments')
  const [first = '', ...others] = AGENTS
  await works(admin, `obstat ${first} --apply`)
  for (const other of others) await works(admin, `obstat ${other} --apply`, BRIEF)
  await works(admin, `obstat approver add alice --key ${key}.pub --role platform --username alice --apply`)
  await works(admin, 'kubectl wait --for=condition=Enforced governedagent --all --timeout=10s')
}

async function firstAct({ alice, sreBot }: People, key: string): Promise<void> {
  title('2. The agent restarts an ordinary Deployment: nobody is asked')
  await works(sreBot, 'kubectl rollout restart deployment/cart -n shop')
  await works(sreBot, 'kubectl rollout status deployment/cart -n shop --timeout=30s', { shown: 'last' })

  title('3. It deletes a database in a protected namespace: it must wait')
  const { request } = await isRefused('ApprovalRequired', sreBot, DELETE)
  await works(alice, GET)

  title('4. A person finds the request, looks, and signs exactly this act')
  await works(alice, 'obstat queue')
  await works(alice, `obstat show ${request}`)
  await works(alice, `obstat approve ${request} --key ${key} --yes --reason`, { more: ['ticket 4711'], shown: 'first' })
}

async function elsewhere({ sreBot, deployBot }: People): Promise<void> {
  title('5. The signature is good for no other object and for no other agent')
  await isRefused('ApprovalRequired', sreBot, 'kubectl delete statefulset ledger-db -n payments', BRIEF)
  await isRefused('ApprovalRequired', deployBot, DELETE, BRIEF)
}

async function onceOnly(cast: Cast, { alice, sreBot }: People, key: string): Promise<void> {
  title('6. The agent repeats its command, and it goes through')
  await works(sreBot, DELETE)
  await works(alice, GET)

  title('7. Once. A person makes the database anew: same name, another object')
  await makeDatabase(cast, 'orders-db')
  const { request } = await isRefused('ApprovalRequired', sreBot, DELETE, BRIEF)

  title('8. alice signs that too, for one second; the agent comes too late')
  await works(alice, `obstat approve ${request} --key ${key} --ttl 1s --yes --reason`, {
    more: ['ticket 4712'],
    shown: 'first',
  })
  await delay(1000)
  await isRefused('ApprovalExpired', sreBot, DELETE, BRIEF)
}

async function escapes({ sreBot }: People): Promise<void> {
  title('9. The agent tries to get rid of its guard: no signature opens that')
  await isRefused('NeverAllowed', sreBot, ESCAPE)
  const webhook = await type(sreBot, 'kubectl delete validatingwebhookconfiguration obstat')
  if (webhook.code === 0) throw new Error('expected a refusal, got none')
}

async function dead({ alice, sreBot }: People, webhook: Obstat): Promise<void> {
  title('10. obstat is killed: the agents stop, and nobody else does')
  await webhook.kill()
  const stopped = await type(sreBot, 'kubectl rollout restart deployment/cart -n shop')
  if (!stopped.stderr.includes('failed calling webhook')) throw new Error('expected that the agent is stopped')
  await works(alice, 'kubectl delete statefulset ledger-db -n payments')
}

function log(webhook: Obstat): void {
  title('11. Every decision is on record')
  const lines = readFileSync(webhook.log, 'utf8').split('\n')
  process.stdout.write(decisionLog(lines.filter((line) => line.startsWith('{'))))
}
