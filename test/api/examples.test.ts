import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parseAllDocuments } from 'yaml'
import type { Json } from '../../src/api/json.ts'
import { text } from '../../src/api/json.ts'
import { KINDS } from '../../src/api/names.ts'
import { parseObject } from '../../src/api/parse.ts'
import type { Approver } from '../../src/api/objects.ts'
import { readKey } from '../../src/signing/keys.ts'

const folder = join(import.meta.dirname, '../../examples')
const objects = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .flatMap((file) =>
    [...parseAllDocuments(readFileSync(join(folder, file), 'utf8'))].map(
      (document) => [file, document.toJS() as Json] as const,
    ),
  )

describe('the examples', () => {
  for (const [file, object] of objects)
    it(`${file} is what the API server accepts`, () => {
      const kind = KINDS.find((known) => known === text(object, 'kind'))
      const read = parseObject(kind ?? 'GovernedAgent', object)
      expect(read).to.have.property('ok', true)
    })

  it('hold keys that can be read', () => {
    const keys = objects
      .filter(([, object]) => text(object, 'kind') === 'Approver')
      .flatMap(([, object]) => (object as unknown as Approver).spec.keys)
    expect(keys).to.not.be.empty
    for (const key of keys) expect(readKey(key).ok).to.equal(true)
  })
})
