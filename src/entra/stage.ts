import type { Outcome } from './plan.ts'
import { type Subject, titleOf } from './subject.ts'
import { startTrail } from './trail.ts'

/** A departure that is held back, for the log. */
export function staged(subject: Subject): Outcome {
  const trail = startTrail()
  const why = `${titleOf(subject)} would be disabled or deleted, and waits until deletions are allowed.`
  trail.step('processing', 'Delete', 'skipped', why)
  return {
    action: 'stageddelete',
    status: 'skipped',
    did: 'nothing',
    target: subject.target,
    steps: trail.steps,
    modified: [],
    referencesDiffer: false,
  }
}
