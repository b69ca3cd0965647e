import { decode, UnknownReview } from '../admission/decode.ts'
import type { Request } from '../policy/request.ts'
import type { Problem } from './files.ts'
import { readDocuments } from './files.ts'

/** The request of an AdmissionReview in a file, as the webhook reads it, or in words why there is none. */
export function readReview(file: string): Request | string {
  const problems: Problem[] = []
  const [found] = readDocuments(file, problems)
  const [problem] = problems
  if (problem !== undefined) return `${problem.file}:${problem.line}: ${problem.message}`
  try {
    return decode(found?.doc.value ?? null)
  } catch (cause) {
    if (cause instanceof UnknownReview) return `${file}: ${cause.message}`
    throw cause
  }
}
