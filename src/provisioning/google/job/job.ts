import { createRun, executePlan, type Run as KitRun, type RunDeps, type RunOptions } from '../../kit/run.ts'
import { causeText, nextAttempt, unusable } from '../../kit/scim-request.ts'
import { type GoogleDirectory, occasionLabels } from '../directory/google-directory.ts'
import {
  activate,
  assignUser,
  categoryOf,
  deleteUser,
  type Failure,
  type Planned,
  updateUser,
} from '../planning.ts'
import type { App } from '../settings.ts'
import { type Change, changeOf, type GoogleState, outOf, type PersonRecord, peopleIn } from './changes.ts'

export type JobDeps = RunDeps<GoogleState, LogEntry> & { readonly app: App }

export type Activation =
  | { readonly ok: true; readonly users?: number }
  | { readonly ok: false; readonly message: string }

/** Google's auto-provisioning of one app. Only one of its methods may run at a time. */
export type GoogleJob = {
  activate(): Promise<Activation>
  sync(options: RunOptions & { readonly directory: GoogleDirectory }): Promise<Report>
}

export const createJob = (deps: JobDeps): GoogleJob => ({
  async activate() {
    const result = await executePlan(activate(), deps.target)
    if ('cause' in result) return { ok: false, message: causeText(result.cause) }
    return { ok: true, ...(result.users !== undefined && { users: result.users }) }
  },

  async sync({ directory, ...options }) {
    const counts = noCounts()
    const run: Run = { ...createRun(deps, options), app: deps.app, directory, counts }
    let isRefused = false
    const work = async (id: string) => {
      const failure = await provisionPerson(run, id)
      // Each further request would be refused as well.
      isRefused = failure !== undefined && categoryOf(failure.cause) === 'authorization'
    }
    const isComplete = await run.each('users', peopleIn(directory, run.state), work, () => !isRefused)
    run.state.lastRunAt = run.startedAt
    await run.save()
    const ending = isRefused ? 'refused' : isComplete ? 'completed' : 'stopped'
    return { ending, startedAt: run.startedAt, requests: run.requests.all, ...counts }
  },
})

/** An entry of the job's log. Google's admin console has no such log of the requests. */
export type LogEntry = {
  /** By the job's clock, in ISO 8601. */
  readonly time: string
  readonly event:
    | 'user created'
    | 'user linked'
    | 'user updated'
    | 'user suspended'
    | 'user reactivated'
    | 'user deleted'
    | 'user failed'
    | 'user out of scope'
  readonly id: string
  readonly email: string
  readonly target?: string
  readonly detail?: string
}

type Effect = 'created' | 'linked' | 'updated' | 'suspended' | 'reactivated' | 'deleted'

const noCounts = () => ({
  users: {
    created: 0,
    linked: 0,
    updated: 0,
    suspended: 0,
    reactivated: 0,
    deleted: 0,
  } satisfies Record<Effect, number>,
  failed: 0,
})

type Counts = ReturnType<typeof noCounts>

export type Report = Counts & {
  /** `refused`: the server refused the token, and the run ended with that request. */
  readonly ending: 'completed' | 'stopped' | 'refused'
  readonly startedAt: number
  readonly requests: number
}

type Run = KitRun<GoogleState, LogEntry> & {
  readonly app: App
  readonly directory: GoogleDirectory
  readonly counts: Counts
}

async function provisionPerson(run: Run, id: string): Promise<Failure | undefined> {
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

function withScope(before: PersonRecord | undefined, out: PersonRecord['out'], email: string): PersonRecord {
  const { failure: _, out: __, ...rest } = before ?? {}
  return { ...rest, email, ...(out && { out }) }
}

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
