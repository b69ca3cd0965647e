import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'

/**
 * Below what Linux and macOS hand out for outgoing connections, so that none of those takes a port before its server
 * does.
 */
const lowest = 20_000
const highest = 32_000

async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    return server
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') return undefined
    throw cause
  }
}

/**
 * As many different free ports of 127.0.0.1 as asked for, drawn at random: several test runs side by side rarely meet.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = new Map<number, Server>()
  while (held.size < count) {
    const port = randomInt(lowest, highest)
    const server = held.has(port) ? undefined : await listenOn(port)
    if (server !== undefined) held.set(port, server)
  }
  for (const server of held.values()) {
    server.close()
    await once(server, 'close')
  }
  return [...held.keys()]
}

/** One free port of 127.0.0.1. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1)
  if (port === undefined) throw new Error('no free port')
  return port
}
