import type { ActionPolicy } from '../api/objects.ts'
import { POLICY_NAME } from '../api/names.ts'
import type { Issue } from '../api/result.ts'
import { compile } from './cel.ts'
import type { Class } from './class.ts'

type Spec = ActionPolicy['spec']
export type Raise = NonNullable<Spec['raise']>[number]
export type CelRule = NonNullable<Spec['cel']>[number]

/** The policy that counts, or null: one object of a fixed name, so that no other can weaken or outvote it. */
export const policyOf = (policies: Iterable<ActionPolicy>): ActionPolicy | null =>
  [...policies].find(({ metadata }) => metadata.name === POLICY_NAME) ?? null

/** Absent is everywhere, empty is nowhere; "" is cluster-scoped objects. */
export const coversNamespace = (namespaces: readonly string[] | undefined, namespace: string): boolean =>
  namespaces === undefined || namespaces.includes('*') || namespaces.includes(namespace)

/**
 * Must whoever approves acts of this class in these namespaces be proved to be there? Of a class that is not known only
 * entries for every class ask it.
 */
export const asksPresence = (
  policy: ActionPolicy | null,
  worst: Class | null,
  namespaces: readonly string[],
): boolean =>
  (policy?.spec.userPresence ?? []).some(
    (entry) =>
      (entry.classes === undefined || entry.classes.some((one) => one === worst)) &&
      namespaces.some((namespace) => coversNamespace(entry.namespaces, namespace)),
  )

/**
 * Kinds of keys whose every signature says that somebody touched the authenticator: the verifier insists on that flag.
 */
export const provesPresence = (type: string): boolean => type.startsWith('sk-') || type === 'webauthn'

/** Expressions that do not compile. At use, such a rule raises every request. */
export const expressionIssues = (policy: ActionPolicy): readonly Issue[] =>
  (policy.spec.cel ?? []).flatMap(({ expression }, at) => {
    const compiled = compile(expression)
    return compiled.ok ? [] : compiled.issues.map(({ message }) => ({ path: `/spec/cel/${at}/expression`, message }))
  })
