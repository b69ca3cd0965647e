import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import { isRetentionCut } from '../../../src/policy/objects/retention.ts'
import { isDestructive, isHalting } from '../../../src/policy/objects/switches.ts'

const turn = (
  key: string,
  from: Json | undefined,
  to: Json | undefined,
  path = `/spec/${key}`,
): Parameters<typeof isHalting>[0] => ({
  path,
  key,
  from,
  to,
})

describe('policy/objects/switches', () => {
  for (const [key, from, to] of [
    ['prune', undefined, true],
    ['prune', 'false', 'true'],
    ['allowEmpty', false, true],
    ['deleteClaim', false, true],
    ['forceDestroy', undefined, true],
    ['skipFinalSnapshot', false, true],
    ['removeOSDsIfOutAndSafeToRemove', undefined, true],
    ['deletionProtection', true, false],
    ['skipPrune', true, undefined],
    ['deletionPolicy', 'Retain', 'Delete'],
    ['deletionPolicy', 'Orphan', undefined],
    ['deletionPolicy', undefined, 'Delete'],
    ['volumeClaimDeletePolicy', 'DeleteOnScaledownOnly', 'DeleteOnScaledownAndClusterDeletion'],
    ['whenScaled', 'Retain', 'Delete'],
    ['confirmation', undefined, 'yes-really-destroy-data'],
    ['syncOptions', undefined, 'Replace=true'],
    ['managementPolicies', 'Observe', '*'],
    ['managementPolicies', 'Observe', undefined],
  ] as const)
    it(`${key} from ${String(from)} to ${String(to)} destroys`, () => {
      expect(isDestructive(turn(key, from, to))).to.equal(true)
    })

  for (const [key, from, to] of [
    ['prune', true, false],
    ['prune', true, true],
    ['deletionProtection', false, true],
    ['deletionPolicy', 'Delete', 'Retain'],
    ['forcePathStyle', false, true],
    ['database', 'main', 'main-purge'],
    ['methods', undefined, 'DELETE'],
    ['managementPolicies', '*', 'Observe'],
    ['description', undefined, 'delete'],
    ['syncOptions', undefined, 'CreateNamespace=true'],
    ['weight', 40, 60],
  ] as const)
    it(`${key} from ${String(from)} to ${String(to)} destroys nothing`, () => {
      expect(isDestructive(turn(key, from, to))).to.equal(false)
    })

  for (const [key, from, to] of [
    ['paused', undefined, true],
    ['pause', 'false', 'true'],
    ['shutdown', undefined, 'Stop'],
    ['runStrategy', 'Always', 'Halted'],
    ['powerState', 'Running', 'Hibernating'],
    ['stopPolicy', 'None', 'Hold'],
    ['status', undefined, 'StoppedRunFinally'],
    ['running', true, false],
    ['enabled', true, false],
    ['online', undefined, false],
    ['disabled', false, true],
  ] as const)
    it(`${key} from ${String(from)} to ${String(to)} stops it`, () => {
      expect(isHalting(turn(key, from, to))).to.equal(true)
    })

  for (const [key, from, to] of [
    ['paused', true, false],
    ['paused', true, undefined],
    ['stopPolicy', 'Hold', 'None'],
    ['running', false, true],
    ['enabled', false, true],
    ['updateMode', 'Auto', 'Off'],
    ['pause', undefined, {}],
  ] as const)
    it(`${key} from ${String(from)} to ${JSON.stringify(to)} stops nothing`, () => {
      expect(isHalting(turn(key, from, to))).to.equal(false)
    })

  it('asks what is switched off where it stands deeper', () => {
    expect(isHalting(turn('enabled', true, false, '/spec/tls/enabled'))).to.equal(true)
    expect(isHalting(turn('enabled', true, false, '/spec/metrics/enabled'))).to.equal(false)
  })

  it('lets a rollout be paused half way', () => {
    expect(isHalting(turn('paused', undefined, true, '/spec/updateStrategy/paused'))).to.equal(false)
  })

  for (const [from, to, isCut] of [
    ['720h', '1s', true],
    ['720h', '30d', false],
    ['30d', '720h1m', false],
    ['2h', '119m', true],
    [10, 3, true],
    [3, 10, false],
    ['7d', 'soon', true],
    [undefined, '1d', true],
    ['7d', undefined, false],
  ] as const)
    it(`a retention from ${String(from)} to ${String(to)} is ${isCut ? '' : 'not '}cut`, () => {
      expect(isRetentionCut(turn('retention', from, to))).to.equal(isCut)
    })
})
