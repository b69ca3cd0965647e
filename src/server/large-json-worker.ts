import { parentPort } from 'node:worker_threads'
import { decodeUtf8, JsonError } from '../signing/json.ts'
import { readNatively } from '../signing/json-bytes.ts'
import type { Reply } from './large-json.ts'
import { isWorthSending } from './large-json.ts'

/** Where large reviews are read, beside the thread that answers: one message in, one Reply out, in order. */
parentPort?.on('message', (shared: SharedArrayBuffer) => {
  parentPort?.postMessage(replyTo(Buffer.from(shared)))
})

function replyTo(bytes: Buffer): Reply {
  try {
    const read = readNatively(bytes, decodeUtf8(bytes))
    return read !== null && isWorthSending(bytes.length, read.members) ? { value: read.value } : {}
  } catch (cause) {
    if (cause instanceof JsonError) return {}
    throw cause
  }
}
