import type { Json } from '../../api/json.ts'
import { text } from '../../api/json.ts'
import { parseStatement, preApprovalName } from '../../signing/statement.ts'

/**
 * The ApprovalRequest that an envelope's statement says it belongs to, or null. Nothing is verified: it only says which
 * object to read before the signature is looked at.
 */
export function peek(envelope: Json): string | null {
  const statement = parseStatement(Buffer.from(text(envelope, 'payload'), 'base64'))
  if (!statement.ok) return null
  return statement.value.request === '' ? preApprovalName(statement.value) : statement.value.request
}
