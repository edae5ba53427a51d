import type { JsonObject } from '../scim/json.ts'
import type { Failure } from './error-codes.ts'
import type {
  ModifiedProperty,
  ProvisioningAction,
  ProvisioningStatus,
  ProvisioningStep,
} from './provisioning-log.ts'
import type { WireAnswer, WireRequest } from './wire.ts'

/** What to send next, given what was answered: pure, so that sequences can be played by hand. */
export type Plan<Result> = Generator<WireRequest, Result, WireAnswer>

/** What became of one object. */
export type Outcome = {
  readonly action: ProvisioningAction
  readonly status: ProvisioningStatus
  readonly did: 'created' | 'matched' | 'updated' | 'disabled' | 'deleted' | 'nothing'
  /** Its id in the target after this, also when a write failed after it had been found. */
  readonly target: string | undefined
  readonly failure?: Failure
  readonly steps: readonly ProvisioningStep[]
  readonly modified: readonly ModifiedProperty[]
  /** What was read, if nothing was written after it: references can be compared without another read. */
  readonly current?: JsonObject
  /** References differ from what they should be, or couldn't be compared: they are left to a request of their own. */
  readonly referencesDiffer: boolean
}
