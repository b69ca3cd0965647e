import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { entries, isArray, isObject } from '../../src/api/json.ts'
import { startControlPlane } from './harness/control-plane.ts'
import { record } from './demo/recordings.ts'
import type { Recordings } from './demo/recordings.ts'

const folder = join(import.meta.dirname, '../../examples/demo')

/** Keys, types and everything that is no id, time, version or status: what stays the same from one run to the next. */
function shape(value: Json, path = ''): readonly string[] {
  if (/\/(managedFields|status)$/.test(path)) return []
  if (isArray(value)) return value.flatMap((item, index) => shape(item, `${path}/${String(index)}`))
  if (isObject(value)) return entries(value).flatMap(([key, item]) => shape(item, `${path}/${key}`))
  const isOfOneRun = /\/(uid|resourceVersion|creationTimestamp|credential-id\/0|.*restartedAt)$/.test(path)
  return [`${path}: ${isOfOneRun ? typeof value : JSON.stringify(value)}`]
}

describe('what `obstat demo` sends', () => {
  let now: Recordings
  const names = readdirSync(join(folder, 'reviews')).sort()

  before(async () => {
    const plane = await startControlPlane()
    try {
      now = await record(plane)
    } finally {
      await plane.stop()
    }
  })

  it('was recorded, every one of it', () => {
    const found = [...now.keys()].filter((file) => file.startsWith('reviews/')).map((file) => file.slice(8))
    expect(names).to.deep.equal(found.sort())
  })

  for (const name of names)
    it(`${name} is what this API server sends`, () => {
      const kept = readFileSync(join(folder, 'reviews', name), 'utf8')
      const sent = now.get(`reviews/${name}`)?.toString('utf8') ?? 'null'
      expect(shape(JSON.parse(kept) as Json)).to.deep.equal(shape(JSON.parse(sent) as Json))
    })
})
