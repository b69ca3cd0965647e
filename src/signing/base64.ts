/**
 * Bytes of canonical, padded base64 in the standard alphabet (RFC 4648 section 4), or undefined: one text for each
 * value.
 */
export function base64Bytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

/** Bytes of canonical base64url without padding (RFC 4648 section 5), or undefined. */
export function base64urlBytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** Base64 without padding, as OpenSSH prints fingerprints. */
export const unpaddedBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '')
