import type { Harmless } from '../rule.ts'
import { accessReview } from './access-review.ts'
import { approvalCarried } from './approval-carried.ts'
import { event } from './event.ts'
import { homeCleanup } from './home-cleanup.ts'
import { limitRaised } from './limit-raised.ts'
import { nodeRelief } from './node-relief.ts'
import { onePodReplaced } from './one-pod-replaced.ts'
import { ownLease } from './own-lease.ts'
import { ownToken } from './own-token.ts'
import { resumed } from './resumed.ts'
import { rolloutRestart } from './rollout-restart.ts'
import { scaleUp } from './scale-up.ts'
import { unchanged } from './unchanged.ts'

/** The one closed list of what is better than its verb, in order of id. */
export const harmless: readonly Harmless[] = [
  accessReview,
  approvalCarried,
  event,
  homeCleanup,
  limitRaised,
  nodeRelief,
  onePodReplaced,
  ownLease,
  ownToken,
  resumed,
  rolloutRestart,
  scaleUp,
  unchanged,
]
