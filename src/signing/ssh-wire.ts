/** A field of the SSH wire format (RFC 4251 section 5): its length in four bytes, then its bytes. */
export function sshString(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** The strings that bytes are made of, exactly `count` and nothing after them; undefined otherwise. */
export function sshStrings(bytes: Uint8Array, count: number): readonly Buffer[] | undefined {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found: Buffer[] = []
  let at = 0
  while (found.length < count) {
    if (whole.length - at < 4) return undefined
    const length = whole.readUInt32BE(at)
    at += 4
    if (whole.length - at < length) return undefined
    found.push(whole.subarray(at, at + length))
    at += length
  }
  return at === whole.length ? found : undefined
}

/** Bytes as text, one character a byte: comparing it with ASCII compares the bytes. */
export const ascii = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
