import { readFileSync } from 'node:fs'
import type { Issue } from '../api/result.ts'
import type { Doc } from './documents.ts'
import { documentsOf, isMistake } from './documents.ts'

/** Something in a file that is no use as it is. */
export interface Problem {
  readonly file: string
  /** 1 is the first line. */
  readonly line: number
  /** The field and what to do, or what is not YAML. */
  readonly message: string
}

/** A document, and where it stands. */
export interface Found {
  readonly file: string
  /** Of the document in its file, from 0. */
  readonly number: number
  readonly doc: Doc
}

/** The documents of a file. What cannot be read is added to `problems`. */
export function readDocuments(file: string, problems: Problem[]): readonly Found[] {
  try {
    return documentsIn(file, readFileSync(file, 'utf8'), problems)
  } catch (cause) {
    problems.push({ file, line: 1, message: `cannot be read (${codeOf(cause)})` })
    return []
  }
}

/** The same of a text; `file` is what to call it. */
export const documentsIn = (file: string, content: string, problems: Problem[]): readonly Found[] =>
  documentsOf(file, content).flatMap((one, number) => {
    if (!isMistake(one)) return [{ file, number, doc: one }]
    problems.push({ file, ...one })
    return []
  })

/** Issues of a document, or of what is at `path` in it, with their lines. */
export const problemsOf = ({ file, doc }: Found, issues: readonly Issue[], path = ''): readonly Problem[] =>
  issues.map((one) => {
    const where = path + one.path
    return { file, line: doc.lineOf(where), message: `${dotted(where)}${where === '' ? '' : ' '}${one.message}` }
  })

/** `/facts/objects/0/kind` as people write it: `facts.objects[0].kind`. */
const dotted = (path: string): string =>
  path
    .slice(1)
    .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replaceAll('/', '.')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~')

/** What the file system says is wrong. Throws on anything else. */
export function codeOf(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause) return WORDS.get(cause.code) ?? String(cause.code)
  throw cause
}

const WORDS = new Map<unknown, string>([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'not a folder'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a folder'],
])
