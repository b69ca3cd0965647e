import { parseAllDocuments } from 'yaml'
import type { Json } from '../api/json.ts'
import type { Approver } from '../api/objects.ts'
import { parseObject } from '../api/parse.ts'
import { JsonError, parseJson } from '../signing/json.ts'
import { openEnvelope } from '../signing/open.ts'
import { CLUSTER_OR_FOLDER } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { actTitle } from '../review/view.ts'
import type { Command, ExitCode } from './command.ts'
import { EXIT, UsageError } from './command.ts'
import { readBytes } from './files.ts'
import { findRequest } from './objects.ts'
import type { World } from './ports.ts'
import { printable } from './printable.ts'
import { standingOf } from '../policy/approvals/standing.ts'
import { readPeople } from './people.ts'

export const verify: Command = {
  name: 'verify',
  summary: 'verify the signatures of a request, or of an envelope in a file',
  operands: '[ID]',
  arity: [0, 1],
  flags: {
    ...CLUSTER_OR_FOLDER,
    envelope: { type: 'string', value: 'FILE', help: 'an envelope; nothing is asked of a cluster' },
    approvers: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      help: 'YAML of the Approvers whose keys count, for --envelope',
    },
  },
  notes: `With ID: is each decision good now, by signature, time, key and role? Without:
whose keys signed the envelope, and what does it say? Exit code 1 where one is
not good.`,
  run: (given, world) => {
    const file = given.text('envelope')
    const [id] = given.operands
    if ((file === undefined) === (id === undefined)) throw new UsageError('name either a request or --envelope FILE')
    return file === undefined ? verifyRequest(id ?? '', given, world) : verifyFile(file, given, world)
  },
}

async function verifyRequest(id: string, given: Arguments, world: World): Promise<ExitCode> {
  const cluster = world.connect(given.cluster())
  try {
    const request = await findRequest(cluster, id)
    const { decisions, state } = standingOf(request, await readPeople(cluster), world.now())
    for (const [at, decision] of decisions.entries())
      world.out(
        decision.kind === 'bound'
          ? `decision ${at + 1}: good: ${decision.statement.decision} by ${decision.approver.metadata.name}, ${decision.statement.issuedAt}\n`
          : `decision ${at + 1}: ${decision.reason}: ${printable(decision.detail)}\n`,
      )
    world.out(`${request.metadata.name}: ${state.toLowerCase()}\n`)
    return decisions.every(({ kind }) => kind === 'bound') ? EXIT.ok : EXIT.refused
  } finally {
    cluster.close()
  }
}

async function verifyFile(file: string, given: Arguments, world: World): Promise<ExitCode> {
  const approvers = (await Promise.all(given.texts('approvers').map((path) => readApprovers(path, world)))).flat()
  if (approvers.length === 0)
    throw new UsageError('--approvers is missing: name a file with the Approvers whose keys count')
  const envelope = await readJson(file, world)
  const keys = approvers.map(({ metadata, spec }) => ({ approver: metadata.name, keys: spec.keys }))
  const opened = openEnvelope(envelope, keys)
  if (!opened.ok) {
    world.out(`${opened.check}: ${opened.message}\n`)
    return EXIT.refused
  }
  const { decision, approver, agent, request, acts, notAfter } = opened.statement
  const signers = [...new Set(opened.signers.map((signer) => signer.approver))]
  world.out(`signed by ${signers.join(', ')}\n`)
  world.out(
    printable(
      `${decision} by ${approver} for agent ${agent}, request ${request || '(pre-approval)'}, until ${notAfter}`,
    ) + '\n',
  )
  for (const act of acts) world.out(`${actTitle(act)}\n`)
  return signers.includes(approver) ? EXIT.ok : EXIT.refused
}

async function readJson(path: string, world: World): Promise<Json> {
  try {
    return parseJson((await readBytes(world, '--envelope', path)).toString('utf8').trim())
  } catch (cause) {
    if (cause instanceof JsonError) throw new UsageError(`--envelope: ${path}: ${cause.message}`, { cause })
    throw cause
  }
}

async function readApprovers(path: string, world: World): Promise<readonly Approver[]> {
  const documents = parseAllDocuments((await readBytes(world, '--approvers', path)).toString('utf8'))
  return [...documents].map((document) => {
    const read = parseObject('Approver', document.toJS() as Json)
    if (read.ok) return read.value
    const [first] = read.issues
    throw new UsageError(`--approvers: ${path}: ${first?.path ?? ''} ${first?.message ?? ''}`)
  })
}
