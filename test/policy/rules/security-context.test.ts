import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import { securityContext } from '../../../src/policy/rules/security-context.ts'
import { facts, request } from '../given.ts'

const deployment = (...containers: readonly Json[]): Json => ({ spec: { template: { spec: { containers } } } })

/** Is a container found that is new in a Deployment, for its security context? */
const isFound = (context: Json): boolean =>
  securityContext.find(
    request({
      oldObject: deployment({ name: 'main' }),
      object: deployment({ name: 'main' }, { name: 'new', securityContext: context }),
    }),
    facts(),
  ) !== null

describe('policy/rules/security-context', () => {
  it('lets a new container give rights up', () => {
    const strict: readonly Json[] = [
      {},
      null,
      { runAsUser: null },
      { runAsNonRoot: true, runAsUser: 1, runAsGroup: 1000 },
      { allowPrivilegeEscalation: false, privileged: false },
      { readOnlyRootFilesystem: true },
      { readOnlyRootFilesystem: false },
      { capabilities: { drop: ['ALL'] } },
      { capabilities: { add: [] } },
      { seccompProfile: { type: 'RuntimeDefault' }, appArmorProfile: { type: 'RuntimeDefault' } },
    ]
    for (const context of strict) expect(isFound(context), JSON.stringify(context)).to.equal(false)
  })

  it('finds whatever else a new container has', () => {
    const loose: readonly Json[] = [
      { runAsNonRoot: false },
      { runAsUser: 0 },
      { runAsGroup: 0 },
      { runAsUser: -1 },
      { runAsUser: '1000' },
      { allowPrivilegeEscalation: true },
      { allowPrivilegeEscalation: 'false' },
      { privileged: true },
      { readOnlyRootFilesystem: 'true' },
      { capabilities: { add: ['CHOWN'] } },
      { seccompProfile: { type: 'Localhost', localhostProfile: 'a' } },
      { appArmorProfile: { type: 'Unconfined' } },
      { seccompProfile: {} },
      { seLinuxOptions: { level: 's0' } },
      { procMount: 'Default' },
      { runAsUser: 1000, aFieldToCome: true },
    ]
    for (const context of loose) expect(isFound(context), JSON.stringify(context)).to.equal(true)
  })
})
