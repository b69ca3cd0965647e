import type { Approver } from '../../api/objects.ts'

/** One who signed. Approvers that share a key or a username are one person. */
export interface Signatory {
  readonly approver: Approver
  /** See Bound. */
  readonly marks: readonly string[]
}

export interface Person {
  readonly names: readonly string[]
  readonly roles: readonly string[]
}

/** How many people, and which roles among them. */
export interface Required {
  readonly count: number
  readonly roles: readonly string[]
}

/** The larger of what was asked at filing and what is asked now. */
export const strictest = (a: Required, b: Required | undefined): Required =>
  b === undefined ? a : { count: Math.max(a.count, b.count), roles: [...new Set([...a.roles, ...b.roles])] }

/** People are counted, not keys or Approver objects. */
export function peopleOf(signatories: readonly Signatory[]): readonly Person[] {
  interface Merged extends Person {
    readonly marks: ReadonlySet<string>
  }
  return signatories.reduce<readonly Merged[]>((people, { approver, marks }) => {
    const same = people.filter((person) => marks.some((mark) => person.marks.has(mark)))
    const merged: Merged = {
      names: [...new Set([...same.flatMap((person) => person.names), approver.metadata.name])],
      roles: [...new Set([...same.flatMap((person) => person.roles), ...(approver.spec.roles ?? [])])],
      marks: new Set([...same.flatMap((person) => [...person.marks]), ...marks]),
    }
    return [...people.filter((person) => !same.includes(person)), merged]
  }, [])
}

/** Roles that none of these people holds. */
export const absentRoles = (people: readonly Person[], { roles }: Required): readonly string[] =>
  roles.filter((role) => !people.some((person) => person.roles.includes(role)))
