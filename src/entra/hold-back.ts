import type { Trouble } from './course.ts'
import { isDeparture } from './decide.ts'
import type { JobConfig } from './job-config.ts'
import type { JobState } from './job-state.ts'
import type { Outcome } from './plan.ts'
import type { Run } from './run.ts'
import { type Subject, titleOf } from './subject.ts'
import { subjectOf } from './subject-of.ts'
import type { Item, Survey } from './survey.ts'
import { startTrail } from './trail.ts'

/** Above the threshold, disables and deletions aren't done but shown, until somebody allows them. */
export function holdBack(
  state: JobState,
  config: JobConfig,
  { users, groups }: Pick<Survey, 'users' | 'groups'>,
) {
  const departures = [...users, ...groups].filter(({ decision }) => isDeparture(decision))
  const limit = config.accidentalDeletionThreshold ?? Number.POSITIVE_INFINITY
  if (departures.length <= limit || state.deletionsAllowed) return { held: [], users, groups }
  const others = ({ decision }: Item) => !isDeparture(decision)
  return { held: departures, users: users.filter(others), groups: groups.filter(others) }
}

export function tooManyDeletes(count: number, { accidentalDeletionThreshold }: JobConfig): Trouble {
  const reason =
    `${count} objects would be disabled or deleted, which is more than the threshold of ` +
    `${accidentalDeletionThreshold}. They wait until the deletions are allowed, or undone in the directory.`
  return { reason: 'TooManyDeletes', failure: { code: 'TooManyDeletes', reason } }
}

export function reportStaged(run: Run, item: Item): void {
  const subject = subjectOf(run, item)
  run.report(subject, staged(subject), run.now())
}

function staged(subject: Subject): Outcome {
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
