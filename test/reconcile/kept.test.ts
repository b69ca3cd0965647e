import { expect } from 'chai'
import type { Json, JsonObject } from '../../src/api/json.ts'
import { list } from '../../src/api/json.ts'
import type { Client } from '../../src/cluster/client.ts'
import { ApiError } from '../../src/cluster/errors.ts'
import { standbyBinding } from '../../src/enforcement/standby.ts'
import { KeptObjects } from '../../src/reconcile/kept.ts'
import { Standby } from '../../src/reconcile/standby.ts'

const NAME = 'agents-standby.obstat.dev'

const stored = (object: JsonObject, resourceVersion: string): JsonObject => ({
  ...object,
  metadata: { ...(object['metadata'] as JsonObject), resourceVersion },
})

/** An API server that holds one binding, which a person changes before the leader's first write arrives. */
function overtaken(before: JsonObject, after: JsonObject): { readonly client: Client; readonly written: Json[] } {
  const written: Json[] = []
  const unused = (): never => {
    throw new Error('must not be called')
  }
  return {
    written,
    client: {
      server: 'https://fake',
      list: () => Promise.resolve({ items: [before], resourceVersion: '1' }),
      // Silent until it is closed.
      watch: (_, options) =>
        new Promise((__, reject) => {
          options?.signal?.addEventListener('abort', () => {
            reject(new Error('closed'))
          })
        }),
      get: () => Promise.resolve(after),
      replace: (_, body) => {
        if (written.push(body as Json) === 1) return Promise.reject(new ApiError(409, 'Conflict', 'it has changed'))
        return Promise.resolve(body as Json)
      },
      text: unused,
      create: unused,
      patch: unused,
      delete: unused,
      close: () => undefined,
    },
  }
}

describe('what the leader keeps', () => {
  it('is left to the person who had the standby policy enforced while the leader was writing', async () => {
    const waiting = stored(standbyBinding(NAME, 'Waiting'), '1')
    const { client, written } = overtaken(waiting, stored(standbyBinding(NAME, 'EnforcedByPerson'), '2'))
    const standby = new Standby(() => undefined)
    let hasRead = (): void => undefined
    const read = new Promise<void>((resolve) => (hasRead = resolve))
    const kept = new KeptObjects(
      {
        kind: 'ValidatingAdmissionPolicyBinding',
        resource: 'validatingadmissionpolicybindings',
        part: 'spec',
        selector: '',
        isOurs: (name) => name === NAME,
      },
      {
        client,
        log: () => undefined,
        changed: () => {
          hasRead()
        },
        restored: () => undefined,
      },
    )
    kept.start()
    try {
      await read
      standby.decide({ failure: 'forbidden', blindness: null, nowMs: 0 })
      await kept.keep([standbyBinding(NAME, 'Waiting')], new AbortController().signal, standby.fit)
      expect(written.map((binding) => list(binding, 'spec', 'validationActions'))).to.deep.equal([['Deny', 'Audit']])
    } finally {
      await kept.stop()
    }
  })
})
