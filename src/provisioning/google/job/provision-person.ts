import { causeText, nextAttempt, unusable } from '../../kit/failure.ts'
import { executePlan } from '../../kit/plan.ts'
import type { Target } from '../../kit/target.ts'
import type { App } from '../app.ts'
import { occasionLabels } from '../deprovisioning.ts'
import type { GoogleDirectory } from '../directory/google-directory.ts'
import { assignUser, deleteUser, type Failure, type Planned, updateUser } from '../planning/provision-user.ts'
import { type Change, changeOf, outOf } from './changes.ts'
import type { GoogleState, PersonRecord } from './job-state.ts'
import type { LogEntry } from './log.ts'
import type { Counts, Effect } from './report.ts'

/** One run of the job, which sends changes one after the other. */
export type Run = {
  readonly app: App
  readonly directory: GoogleDirectory
  readonly state: GoogleState
  readonly startedAt: number
  readonly counts: Counts
  readonly target: Target
  now(): number
  log(entry: Omit<LogEntry, 'time'>): void
  /** Stores the result of one person. A process that is killed afterwards does not send it again. */
  save(): Promise<void>
}

/** Sends what a person needs, and stores the result. Returns the failure. */
export async function provisionPerson(run: Run, id: string): Promise<Failure | undefined> {
  const { directory, state, app, startedAt, counts } = run
  const user = directory.get(id)
  const before = state.people.get(id)
  const change = changeOf(user, before, app, startedAt)
  const record = withScope(before, outOf(user, before, startedAt), user?.primaryEmail ?? before?.email ?? id)
  if (record.out && record.out !== before?.out && record.target !== undefined)
    log(run, id, record, { event: 'user out of scope', detail: occasionLabels[record.out.why] })
  if (!change) {
    if (record.target === undefined) state.people.delete(id)
    else state.people.set(id, record)
    return undefined
  }
  const result = await send(run, change, record)
  if (result.failure) {
    counts.failed++
    state.people.set(id, { ...record, failure: nextAttempt(result.failure, before?.failure, run.now()) })
    log(run, id, record, { event: 'user failed', detail: causeText(result.failure.cause) })
  } else store(run, id, record, result)
  await run.save()
  return result.failure
}

/** The record without the last failure, with the present address. */
function withScope(before: PersonRecord | undefined, out: PersonRecord['out'], email: string): PersonRecord {
  const { failure: _, out: __, ...rest } = before ?? {}
  return { ...rest, email, ...(out && { out }) }
}

/** The new record; undefined for a deleted user. */
type Done = { readonly effect: Effect; readonly record: PersonRecord | undefined }

function store(run: Run, id: string, before: PersonRecord, { effect, record }: Done): void {
  run.counts.users[effect]++
  if (record) run.state.people.set(id, record)
  else run.state.people.delete(id)
  log(run, id, record ?? before, { event: `user ${effect}` })
}

async function send({ app, target }: Run, change: Change, record: PersonRecord): Promise<Planned<Done>> {
  switch (change.kind) {
    case 'unsendable':
      return unusable('mapping', `The mapping has no value for the mandatory attribute ${change.missing}.`)
    case 'assign': {
      const assigned = await executePlan(assignUser(change.body, app), target)
      if (assigned.failure) return assigned
      return { effect: assigned.effect, record: { ...record, target: assigned.target, sent: change.body } }
    }
    case 'update': {
      const { body, target: linked } = change
      const failure = await executePlan(updateUser(body, record.sent, linked, app), target)
      return failure
        ? { failure }
        : { effect: effectOf(record, body.active), record: { ...record, sent: body } }
    }
    case 'delete': {
      const failure = await executePlan(deleteUser(change.target), target)
      return failure ? { failure } : { effect: 'deleted', record: undefined }
    }
  }
}

function effectOf({ sent }: PersonRecord, active: unknown): Effect {
  if (sent?.active === active) return 'updated'
  return active === true ? 'reactivated' : 'suspended'
}

const log = (
  run: Run,
  id: string,
  { email, target }: PersonRecord,
  entry: Pick<LogEntry, 'event' | 'detail'>,
): void => run.log({ id, email, ...(target !== undefined && { target }), ...entry })
