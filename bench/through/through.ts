import { join } from 'node:path'
import { startControlPlane } from '../../test/e2e/harness/control-plane.ts'
import { Family } from '../../test/e2e/harness/family.ts'
import { ensurePrograms } from '../../test/e2e/harness/programs.ts'
import type { Block } from '../block.ts'
import { measureBlock } from '../block.ts'
import type { Bench } from '../side-by-side.ts'
import { orderOf } from '../statistics.ts'
import type { Site, Writer } from './site.ts'
import { furnishSite, WRITERS } from './site.ts'

/** Writes through the API server, so many at once, by all writers in turn. */
export interface Writes {
  readonly connections: number
  readonly writers: ReadonlyMap<Writer, readonly Block[]>
}

/**
 * How much longer a write takes when a webhook is asked about it: the same patch by three ServiceAccounts of one real
 * control plane, in ABBA order. Nothing is pinned: API server, etcd and webhook share the machine, as they do in life.
 */
export async function measureThrough(bench: Bench, connections: readonly number[]): Promise<readonly Writes[]> {
  ensurePrograms('core')
  bench.say('starting a control plane')
  const plane = await startControlPlane({ controllers: false, nodesFake: false })
  const family = new Family()
  try {
    const site = await furnishSite(plane, family, bench.programs, Math.max(...connections))
    try {
      const all: Writes[] = []
      for (const count of connections) all.push(await measureWrites(bench, site, count))
      return all
    } finally {
      await site.stop()
    }
  } finally {
    await family.stopAll()
    await plane.stop()
  }
}

async function measureWrites(bench: Bench, site: Site, connections: number): Promise<Writes> {
  bench.say(`writes, ${connections} at once`)
  const blocks = new Map<Writer, Block[]>()
  // Pass -1 warms everything up.
  for (let round = -1; round < bench.pace.rounds; round++)
    for (const writer of orderOf(WRITERS, round)) {
      bench.signal.throwIfAborted()
      const load = {
        program: join(bench.programs, 'load'),
        core: undefined,
        ...{ url: site.url, bodyFile: site.bodyFile, certificateFile: site.certificateFile, connections },
        ...({ expect: 'written', reasons: [], more: site.flagsOf(writer), signal: bench.signal } as const),
      }
      const block = await measureBlock(site.pidOf(writer), round, load, bench.pace)
      if (round >= 0) blocks.set(writer, [...(blocks.get(writer) ?? []), block])
    }
  return { connections, writers: blocks }
}
