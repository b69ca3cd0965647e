import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'

/** A port of 127.0.0.1 behind which several servers stand, as a Service stands before its pods. */
export interface Balancer {
  readonly url: string
  readonly stop: () => Promise<void>
}

async function dial(port: number): Promise<Socket | null> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return socket
  } catch (cause) {
    socket.destroy()
    if (cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED') return null
    throw cause
  }
}

/**
 * Hands each connection to the next server in turn, bytes unread; one that refuses connections is passed over. `ports`
 * is asked anew each time.
 */
export async function startBalancer(ports: () => readonly number[], port: number): Promise<Balancer> {
  const open = new Set<Socket>()
  let turn = 0
  const forward = async (incoming: Socket): Promise<void> => {
    const targets = ports()
    const first = turn++
    for (let tries = 0; tries < targets.length; tries++) {
      const outgoing = await dial(targets[(first + tries) % targets.length] ?? 0)
      if (outgoing === null) continue
      join(incoming, outgoing)
      return
    }
    incoming.destroy()
  }
  const join = (incoming: Socket, outgoing: Socket): void => {
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(one)
      one.setNoDelay(true)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  }
  const server = createServer((incoming) => {
    incoming.on('error', () => incoming.destroy())
    void forward(incoming)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://127.0.0.1:${port}`,
    stop: async () => {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
