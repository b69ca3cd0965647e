import type { Json } from '../api/json.ts'
import type { ApprovalRequest, Approver } from '../api/objects.ts'
import type { People } from '../policy/approvals/standing.ts'
import type { Statement } from '../signing/statement.ts'
import type { Key } from './registration.ts'

/** What a person answers to a request, before it is a statement. */
export interface Answer {
  readonly approver: Approver
  readonly decision: Statement['decision']
  readonly reason: string
}

/** One key more, and whose: the Approver that there is, or a new one of this name and username. */
export interface NewKey {
  readonly name: string
  readonly known: Approver | undefined
  /** '' when nobody knows. */
  readonly username: string
  readonly key: Key
}

/**
 * Everything that the page reaches outside for, with the person's own rights and no others. Whatever fails is thrown;
 * `explain` has the words for it.
 */
export interface Desk {
  /** The API server, or the folder. */
  readonly server: string
  readonly now: () => Date
  /** Who the person is to the API server; '' where it does not say. */
  readonly username: string
  readonly requests: () => Promise<readonly ApprovalRequest[]>
  /** One by its whole name; null when there is none. */
  readonly request: (name: string) => Promise<ApprovalRequest | null>
  readonly people: () => Promise<People>
  /** The statement that this person would sign now. */
  readonly statement: (request: ApprovalRequest, answer: Answer, people: People) => Statement
  /** Verifies as the webhook will, appends only what verifies, and says what came of it. */
  readonly append: (request: ApprovalRequest, envelope: Json, answer: Answer, people: People) => Promise<string>
  readonly mayWriteApprovers: () => Promise<boolean>
  readonly addKey: (added: NewKey) => Promise<void>
  /** What an administrator types for the same. */
  readonly commandToAdd: (added: NewKey) => string
  readonly explain: (cause: unknown) => Explained
}

/** What went wrong, for the person, and an HTTP status for the browser. */
export interface Explained {
  readonly status: number
  readonly words: string
}

/** What was asked for cannot be done, in words for the person. */
export class NotDone extends Error {
  override readonly name = 'NotDone'
  readonly code = 'NotDone'
  /** HTTP status. */
  readonly httpStatus: 400 | 404 | 409

  constructor(words: string, httpStatus: NotDone['httpStatus'] = 409) {
    super(words)
    this.httpStatus = httpStatus
  }
}
