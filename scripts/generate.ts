import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderAll } from './generate/all.ts'

const root = join(import.meta.dirname, '..')
for (const [path, text] of await renderAll(root)) writeFileSync(join(root, path), text)
