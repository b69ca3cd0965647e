import { readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { JsonObject } from '../api/json.ts'
import { GROUP } from '../api/names.ts'
import type { Issue } from '../api/result.ts'
import type { Request } from '../policy/request.ts'
import type { Base, CaseFacts, Expect } from './case.ts'
import { over, requestOf } from './case.ts'
import { identityOf, isObjectDoc, isReviewDoc, itemsOf } from './existing.ts'
import type { Found, Problem } from './files.ts'
import { codeOf, problemsOf, readDocuments } from './files.ts'
import { parseBase, parseCase, parseExisting } from './parse.ts'
import { readReview } from './recorded.ts'

/** One case with everything that its folder gives it. */
export interface Test {
  /** As reports show it: the folder as it was given, and the path in it. */
  readonly file: string
  /** Where its document begins; 1 is the first line. */
  readonly line: number
  readonly name: string
  readonly request: Request
  readonly facts: CaseFacts
  readonly expect: Expect
}

export interface Loaded {
  /** In order of file and line. */
  readonly tests: readonly Test[]
  readonly problems: readonly Problem[]
  /** Files of recorded reviews that no case names. */
  readonly unused: readonly string[]
}

/** No folder, or one that cannot be read. One line. */
export class BadSuites extends Error {
  override readonly name = 'BadSuites'
  readonly code = 'BadSuites'
}

/** What is found on the way. */
interface Load {
  readonly tests: Test[]
  readonly problems: Problem[]
  readonly reviews: Set<string>
  readonly used: Set<string>
}

/**
 * Every case in the YAML and JSON files of a folder and of the folders in it. Objects in a folder (whatever has an
 * apiVersion and a kind) exist for the cases there and below, and what its `base.yaml` says holds for them; `objects`
 * exist for all. Throws BadSuites when a folder cannot be read.
 */
export function loadSuites(directory: string, objects: readonly JsonObject[] = []): Loaded {
  const load: Load = { tests: [], problems: [], reviews: new Set(), used: new Set() }
  loadFolder(directory, { facts: { objects } }, load, [])
  return {
    tests: load.tests,
    problems: load.problems.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1)),
    unused: [...load.reviews].filter((file) => !load.used.has(file)),
  }
}

/**
 * The objects of a file, or of a folder and the folders in it: what `loadSuites` takes for all cases. Whatever else
 * stands there is a problem. Throws BadSuites when a folder cannot be read.
 */
export function loadObjects(path: string, problems: Problem[]): readonly JsonObject[] {
  return existingIn(
    filesOf(path).flatMap((file) => readDocuments(file, problems)),
    problems,
  )
}

/** The same of documents that were read elsewhere. */
export function existingIn(found: readonly Found[], problems: Problem[]): readonly JsonObject[] {
  for (const one of found.filter((each) => !isObjectDoc(each)))
    problems.push(...problemsOf(one, [{ path: '', message: 'expected a Kubernetes object, with apiVersion and kind' }]))
  return objectsOf(found.filter(isObjectDoc), problems)
}

function filesOf(path: string, ancestors: readonly string[] = []): readonly string[] {
  if (!isFolder(path)) return [path]
  const here = realpathSync(path)
  if (ancestors.includes(here)) return []
  const { files, folders } = contentOf(path)
  return [...files, ...folders.flatMap((folder) => filesOf(folder, [...ancestors, here]))]
}

function loadFolder(directory: string, above: Base, load: Load, ancestors: readonly string[]): void {
  const { files, folders } = contentOf(directory)
  const here = [...ancestors, realpathSync(directory)]
  const found = files.flatMap((file) => readDocuments(file, load.problems))
  for (const { file } of found.filter(isReviewDoc)) load.reviews.add(file)
  const rest = found.filter((one) => !isReviewDoc(one))
  const objects = objectsOf(rest.filter(isObjectDoc), load.problems)
  const others = rest.filter((one) => !isObjectDoc(one))
  const bases = others.filter(({ file }) => isBase(file)).flatMap((one) => baseOf(one, load.problems))
  const base = bases.reduce(over, over(above, { facts: { objects } }))
  for (const one of others.filter(({ file }) => !isBase(file))) addTest(one, base, load)
  for (const folder of folders)
    if (here.includes(realpathSync(folder)))
      load.problems.push({ file: folder, line: 1, message: 'is a link to a folder that it is in; remove it' })
    else loadFolder(folder, base, load, here)
}

/** Files that belong to the tools that people keep such objects with. */
const FOREIGN = /^(kustomization\.ya?ml|Chart\.ya?ml|values.*\.ya?ml|package(-lock)?\.json)$/

function contentOf(directory: string): { readonly files: readonly string[]; readonly folders: readonly string[] } {
  const names = namesIn(directory).filter((name) => !name.startsWith('.') && name !== 'node_modules')
  const isBelow = new Map(names.map((name) => [name, isFolder(join(directory, name))]))
  const paths = (kept: (name: string) => boolean): readonly string[] =>
    names.filter(kept).map((name) => join(directory, name))
  return {
    files: paths((name) => isBelow.get(name) === false && /\.(ya?ml|json)$/i.test(name) && !FOREIGN.test(name)),
    folders: paths((name) => isBelow.get(name) === true),
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort()
  } catch (cause) {
    throw new BadSuites(`${directory}: expected a folder that can be read (${codeOf(cause)})`, { cause })
  }
}

/** Also a link to one. A link to nothing is a file that cannot be read. */
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const isBase = (file: string): boolean => /^base\.ya?ml$/i.test(basename(file))

/** The objects of documents, Lists unfolded. One of a kind and name stands in one place. */
function objectsOf(found: readonly Found[], problems: Problem[]): readonly JsonObject[] {
  const places = new Map<string, string>()
  return found.flatMap((one) =>
    itemsOf(one.doc.value).flatMap(({ path, object }) => {
      const read = parseExisting(object)
      const key = identityOf(object)
      const other = places.get(key)
      places.set(key, one.file)
      if (!read.ok) problems.push(...problemsOf(one, read.issues, path))
      else if (other !== undefined) problems.push(...problemsOf(one, [{ path, message: `${key} is in ${other} too` }]))
      else return [read.value]
      return []
    }),
  )
}

function baseOf(one: Found, problems: Problem[]): readonly Base[] {
  const read = parseBase(one.doc.value)
  if (read.ok) return [read.value]
  problems.push(...problemsOf(one, read.issues))
  return []
}

function addTest(one: Found, base: Base, load: Load): void {
  const read = parseCase(one.doc.value)
  const refuse = (issues: readonly Issue[]): void => {
    load.problems.push(...problemsOf(one, issues))
  }
  if (!read.ok) {
    refuse(read.issues)
    return
  }
  const { name = nameOf(one), review, request, facts = {}, expect } = over(base, read.value)
  refuse(strangersIn(facts))
  const recorded = review === undefined ? null : join(dirname(one.file), review)
  if (recorded !== null) load.used.add(recorded)
  else if (request?.user === undefined)
    refuse([{ path: '/request/user', message: 'is required: say who asks, here or in base.yaml' }])
  const asked = recorded === null ? (request?.user === undefined ? null : requestOf(request)) : readReview(recorded)
  if (asked === null) return
  if (typeof asked === 'string') refuse([{ path: '/review', message: asked }])
  else load.tests.push({ file: one.file, line: one.doc.lineOf(''), name, request: asked, facts, expect })
}

/** People who approve, and whom nobody described. */
function strangersIn({ objects = [], approvedBy = [] }: CaseFacts): readonly Issue[] {
  const known = new Set(objects.map(identityOf))
  return approvedBy.flatMap((name, at) =>
    known.has(`Approver.${GROUP} ${name}`)
      ? []
      : [{ path: `/facts/approvedBy/${at}`, message: 'expected the name of an Approver among the objects' }],
  )
}

const nameOf = ({ file, number }: Found): string =>
  `${basename(file).replace(/\.\w+$/, '')}${number === 0 ? '' : ` ${number + 1}`}`
