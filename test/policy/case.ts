import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import type { Json } from '../../src/api/json.ts'
import type { Result } from '../../src/api/result.ts'
import type { Decision } from '../../src/policy/decision.ts'
import type { Facts } from '../../src/policy/facts.ts'
import type { Request } from '../../src/policy/request.ts'
import type { Case, CaseRequest } from '../../src/suites/case.ts'
import { over, requestOf as requestIn } from '../../src/suites/case.ts'
import { factsOf as factsIn } from '../../src/suites/facts.ts'
import { catalogue, decisionOf as decisionIn } from '../../src/suites/judge.ts'
import { parseBase, parseCase } from '../../src/suites/parse.ts'

export type { Case } from '../../src/suites/case.ts'
export { catalogue } from '../../src/suites/judge.ts'

export const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url))

const read = <T>(file: string, as: (value: Json) => Result<T>): T => {
  const found = as(parse(readFileSync(file, 'utf8')) as Json)
  if (!found.ok) throw new Error(`${file}: ${JSON.stringify(found.issues)}`)
  return found.value
}

const base = read(`${fixtures}base.yaml`, parseBase)

/** One case of `test/fixtures` as it is written. */
export const loadCase = (file: string): Case => read(file, parseCase)

export const requestOf = (it: Case): Request => requestIn(over(base, it).request as CaseRequest)

/** The facts of a case, with every live read answered from its objects. */
export const factsOf = (it: Case, request: Request): Facts => factsIn(request, over(base, it).facts ?? {}, catalogue)

/** The decision on a case; `more` are facts that differ from the case's own. */
export function decisionOf(it: Case, more: Partial<Facts> = {}): Decision {
  const request = requestOf(it)
  return decisionIn(request, { ...factsOf(it, request), ...more })
}
