import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { renderAll } from '../../scripts/generate.ts'

const root = join(import.meta.dirname, '../..')

describe('generated files', () => {
  it('are what the manifests and the help texts say', async () => {
    const files = await renderAll(root)
    for (const [path, text] of files)
      expect(readFileSync(join(root, path), 'utf8'), `${path} is stale; run: make generate`).to.equal(text)
  })
})
