import { connect as dial } from 'node:net'
import type { Socket } from 'node:net'
import { connect as dialTls } from 'node:tls'

/**
 * Somebody who connects to the webhook and does not behave. Resolves when the connection is over, with the time that
 * took in ms.
 */
export type BadClient = (port: number) => Promise<number>

async function untilClosed(socket: Socket, trickle?: () => void): Promise<number> {
  const startedAt = performance.now()
  const timer = trickle === undefined ? undefined : setInterval(trickle, 200)
  socket.on('error', () => socket.destroy())
  socket.resume()
  await new Promise((resolve) => socket.once('close', resolve))
  clearInterval(timer)
  return performance.now() - startedAt
}

const nothing = (): void => undefined

const plain =
  (begin: (socket: Socket) => void): BadClient =>
  (port) => {
    const socket = dial(port, '127.0.0.1')
    socket.once('connect', () => {
      begin(socket)
    })
    return untilClosed(socket)
  }

const overTls =
  (begin: (socket: Socket, raw: Socket) => void, trickle: (socket: Socket) => void = nothing): BadClient =>
  (port) => {
    const raw = dial(port, '127.0.0.1')
    raw.on('error', () => raw.destroy())
    const socket = dialTls({ socket: raw, rejectUnauthorized: false })
    socket.once('secureConnect', () => {
      begin(socket, raw)
    })
    return untilClosed(socket, () => {
      if (socket.writable) trickle(socket)
    })
  }

const head = (length: number): string =>
  `POST /agents?timeout=5s HTTP/1.1\r\nHost: obstat\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`
/** A review whose body stops in the middle of its uid. */
const half = '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"705ab'

/** Each kind of misbehaviour there is a test for, by what it does. */
export const BAD_CLIENTS: Readonly<Record<string, BadClient>> = {
  'connects and says nothing': plain(nothing),
  'ends TLS and says nothing': overTls(nothing),
  'speaks HTTP without TLS': plain((socket) => socket.write(head(2) + '{}')),
  'sends garbage instead of TLS': plain((socket) => socket.write(Buffer.alloc(4096, 0xa5))),
  'sends garbage over TLS': overTls((socket) => socket.write(Buffer.alloc(4096, 0xa5))),
  'opens HTTP/2 by its preface': overTls((socket) =>
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'),
  ),
  'sends its header byte by byte': overTls(
    (socket) => socket.write('POST /agents HTTP/1.1\r\nX-A: '),
    (socket) => socket.write('a'),
  ),
  'sends its body byte by byte': overTls(
    (socket) => socket.write(head(1_000_000) + half),
    (socket) => socket.write('a'),
  ),
  'promises 32 MiB and sends nothing of it': overTls((socket) => socket.write(head(32 * 1024 * 1024))),
  'promises less than it sends': overTls((socket) => socket.write(`${head(10)}${half}${half}`)),
  'resets the connection in the middle of a body': overTls((socket, raw) => {
    socket.write(head(1_000_000) + half, () => raw.resetAndDestroy())
  }),
  'closes its side in the middle of a body': overTls((socket) => socket.end(head(1_000_000) + half)),
  'sends 64 KiB of headers': overTls((socket) =>
    socket.write(`POST /agents HTTP/1.1\r\nX-A: ${'a'.repeat(65_536)}\r\n\r\n`),
  ),
  'sends chunks that are none': overTls((socket) =>
    socket.write('POST /agents HTTP/1.1\r\nHost: o\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nno\r\n'),
  ),
  'sends a length and chunks': overTls((socket) =>
    socket.write(
      'POST /agents HTTP/1.1\r\nHost: o\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ),
  ),
  'asks for an upgrade': overTls((socket) =>
    socket.write('GET /agents HTTP/1.1\r\nHost: o\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n'),
  ),
  'asks for a tunnel': overTls((socket) => socket.write('CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: o\r\n\r\n')),
}
