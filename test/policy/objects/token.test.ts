import { expect } from 'chai'
import type { JsonObject } from '../../../src/api/json.ts'
import { tokenExcess } from '../../../src/policy/objects/token.ts'
import { requestOf } from '../case.ts'

const bound = { apiVersion: 'v1', kind: 'Pod', name: 'run-1', uid: '5c1b' }
const ask = (spec: JsonObject, extra: readonly (readonly [string, readonly string[]])[] = []): string => {
  const request = requestOf({
    request: {
      operation: 'CREATE',
      resource: 'serviceaccounts',
      subresource: 'token',
      namespace: 'sre',
      name: 'sre-bot',
      object: { spec },
    },
    expect: { verdict: 'Allow' },
  })
  return tokenExcess({ ...request, user: { ...request.user, extra: new Map(extra) } })
}

describe('policy/objects/token', () => {
  it('finds nothing to say against the token of its own pod', () => {
    expect(
      ask({ boundObjectRef: bound, audiences: ['https://kubernetes.default.svc'], expirationSeconds: 3600 }),
    ).to.equal('')
  })

  it('holds the pod against what the API server knows of the asker', () => {
    const known = (name: string, uid: string): string =>
      ask({ boundObjectRef: bound }, [
        ['authentication.kubernetes.io/pod-name', [name]],
        ['authentication.kubernetes.io/pod-uid', [uid]],
      ])
    expect(known('run-1', '5c1b')).to.equal('')
    expect(known('run-2', '5c1b')).to.equal('bound to another pod')
    expect(known('run-1', 'ffff')).to.equal('bound to another pod')
  })

  it('wants the uid of the pod and a number of seconds', () => {
    expect(ask({ boundObjectRef: { ...bound, uid: '' } })).not.to.equal('')
    expect(ask({ boundObjectRef: bound, expirationSeconds: '60' })).not.to.equal('')
    expect(ask({ boundObjectRef: bound, expirationSeconds: 3601 })).not.to.equal('')
  })

  it('takes no audience that only looks like this API server', () => {
    for (const audience of ['https://kubernetes.default.svc.evil/x', 'https://kubernetes.defaults', 'vault', 7])
      expect(ask({ boundObjectRef: bound, audiences: [audience] })).not.to.equal('')
  })
})
