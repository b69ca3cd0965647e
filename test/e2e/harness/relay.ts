import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A port of 127.0.0.1 that leads to another one, bytes unread, until somebody spoils it. */
export interface Relay {
  readonly port: number
  /** Resets every connection that is open; new ones are taken. */
  readonly cut: () => void
  /** Passes nothing on and closes nothing, on old connections and new ones, as a network that swallows packets. */
  readonly hold: () => void
  readonly release: () => void
  /** Everything takes this much longer in each direction; 0 to begin with. */
  readonly delay: (ms: number) => void
  /** How many connections are open. */
  readonly open: () => number
  readonly stop: () => Promise<void>
}

/** Listens on a free port, or on the one that is told, and leads each connection to `target()` as of then. */
export async function startRelay(target: () => number, port = 0): Promise<Relay> {
  const sockets = new Set<Socket>()
  const state = { delayMs: 0, isHeld: false, waiting: [] as (() => void)[] }
  const own = (socket: Socket, other: () => Socket | undefined): void => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      whenReleased(() => other()?.destroy())
    })
  }
  const whenReleased = (work: () => void): void => {
    if (state.isHeld) state.waiting.push(work)
    else work()
  }
  const carry = (from: Socket, to: Socket): void => {
    from.on('data', (bytes) => {
      // Timers of one length fire in the order in which they were set, so bytes keep theirs.
      const pass = (): void => {
        whenReleased(() => {
          if (!to.destroyed) to.write(bytes)
        })
      }
      if (state.delayMs === 0) pass()
      else setTimeout(pass, state.delayMs)
    })
    from.on('end', () => {
      setTimeout(() => {
        whenReleased(() => to.end())
      }, state.delayMs)
    })
  }
  const server = createServer({ allowHalfOpen: true }, (incoming) => {
    let outgoing: Socket | undefined
    own(incoming, () => outgoing)
    incoming.pause()
    whenReleased(() => {
      if (incoming.destroyed) return
      outgoing = connect({ port: target(), host: '127.0.0.1', allowHalfOpen: true })
      own(outgoing, () => incoming)
      carry(incoming, outgoing)
      carry(outgoing, incoming)
      incoming.resume()
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    hold: () => {
      state.isHeld = true
    },
    release: () => {
      state.isHeld = false
      for (const work of state.waiting.splice(0)) work()
    },
    delay: (ms) => {
      state.delayMs = ms
    },
    open: () => sockets.size,
    stop: async () => {
      state.isHeld = false
      state.waiting.length = 0
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
