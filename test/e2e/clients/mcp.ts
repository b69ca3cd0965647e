import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Json } from '../../../src/api/json.ts'
import { field, list, text } from '../../../src/api/json.ts'

/** An MCP server that runs as a child, as an agent's framework starts it. */
export interface McpServer {
  /** What the tool answered to the model: its texts, and whether the server calls it an error. */
  readonly call: (tool: string, args: object) => Promise<{ readonly text: string; readonly isError: boolean }>
  readonly stop: () => Promise<void>
}

/** Revision of the Model Context Protocol that is spoken: https://modelcontextprotocol.io/specification/2025-06-18 */
const REVISION = '2025-06-18'
const PATIENCE_MS = 60_000

/** Starts `program` and shakes hands: JSON-RPC 2.0 over stdio, one message a line. */
export async function startMcpServer(program: string, env: NodeJS.ProcessEnv): Promise<McpServer> {
  const child = spawn(program, [], { env, stdio: ['pipe', 'pipe', 'ignore'] })
  const waiting = new Map<number, (message: Json) => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    // Some servers, and what they run, write their log there as well.
    if (!line.startsWith('{')) return
    const message = JSON.parse(line) as Json
    const id = field(message, 'id')
    if (typeof id === 'number') waiting.get(id)?.(message)
  })
  const send = (message: object): void => void child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  let last = 0
  const ask = async (method: string, params: object): Promise<Json> => {
    const id = ++last
    const answer = new Promise<Json>((resolve, reject) => {
      waiting.set(id, resolve)
      child.once('exit', () => {
        reject(new Error(`${program} ended`))
      })
      setTimeout(() => {
        reject(new Error(`${program} did not answer ${method}`))
      }, PATIENCE_MS).unref()
    })
    send({ id, method, params })
    return answer
  }
  await ask('initialize', {
    protocolVersion: REVISION,
    capabilities: {},
    clientInfo: { name: 'obstat-test', version: '1' },
  })
  send({ method: 'notifications/initialized' })
  return {
    call: async (name, args) => {
      const answer = await ask('tools/call', { name, arguments: args })
      const texts = list(answer, 'result', 'content').map((part) => text(part, 'text'))
      const isError = field(field(answer, 'result'), 'isError') === true || field(answer, 'error') !== undefined
      return { text: [...texts, text(answer, 'error', 'message')].join('\n').trim(), isError }
    },
    stop: async () => {
      child.stdin.end()
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}
