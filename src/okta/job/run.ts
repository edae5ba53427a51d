import { executePlan } from '../../entra/planning/plan.ts'
import type { Target } from '../../entra/target.ts'
import type { App } from '../app.ts'
import type { OktaDirectory } from '../directory/okta-directory.ts'
import { assignUser, deactivateUser, updateUser } from '../planning/provision-user.ts'
import { deleteGroup, linkGroup, type Members, pushMembers } from '../planning/push-group.ts'
import { type Failure, type Task, taskSentence } from '../planning/task.ts'
import { withPauses } from '../throttling.ts'
import { type GroupChange, keyOf, type UserChange } from './changes.ts'
import type { GroupRecord, OktaStore, UserRecord } from './job-state.ts'
import type { LogEntry, OktaLog } from './log.ts'
import { type Counts, noCounts } from './report.ts'

export type JobDeps = {
  readonly app: App
  readonly store: OktaStore
  /** `oktaTarget({ url, token })`, with a rate limit. */
  readonly target: Target
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Waits until a time by that clock. Resolves to false if the signal aborts meanwhile. */
  readonly waitUntil: (time: number, signal: AbortSignal | undefined) => Promise<boolean>
  readonly log: OktaLog
  /** A filler for the attribute `password` of a new user. */
  readonly newPassword: () => string
}

/** One run of the job: it sends changes one after the other, and stores the result of each. */
export type Run = {
  readonly counts: Counts
  readonly target: Target
  /** Sends a change of a user. Resolves to false if it failed or was stopped. */
  sendUser(change: UserChange): Promise<boolean>
  /** Sends a change of a group. `now`: all members, as Push now does. */
  sendGroup(change: GroupChange, directory: OktaDirectory, mode: 'changes' | 'now'): Promise<boolean>
  isStopped(): boolean
  log(entry: Omit<LogEntry, 'time'>): void
}

export function createRun(deps: JobDeps, signal: AbortSignal | undefined): Run {
  const { app, store, clock } = deps
  const { state } = store
  const counts = noCounts()
  const log = (entry: Omit<LogEntry, 'time'>) =>
    deps.log.write({ time: new Date(clock()).toISOString(), ...entry })
  const counted: Target = request => {
    counts.requests++
    return deps.target(request)
  }
  const target = withPauses(counted, {
    clock,
    waitUntil: time => deps.waitUntil(time, signal),
    onPause: ({ wait }) => {
      counts.pauses++
      log({ event: 'paused', result: 'skipped', detail: `429: paused for ${wait / 1000} s.` })
    },
  })
  const isStopped = () => signal?.aborted === true

  /** A 429 whose pause was interrupted is no result. */
  const isInterrupted = ({ cause }: Failure) => isStopped() && cause.kind === 'status' && cause.status === 429

  const taskOf = (failure: Failure, record: { task?: Task } | undefined): Task => ({
    ...failure,
    at: clock(),
    attempts: (record?.task?.attempts ?? 0) + 1,
  })

  /** Stores the result of one object. A process that is killed afterwards does not send it again. */
  const save = async () => {
    state.clock = clock()
    deps.log.flush()
    await store.save()
  }

  async function sendUser(change: UserChange): Promise<boolean> {
    const { id, user } = change
    const record = state.users.get(id)
    const outcome = await executePlan(planOfUser(change, record, deps), target)
    const name = user?.displayName ?? record?.name ?? id
    const login = user?.login ?? record?.login ?? ''
    if ('failure' in outcome) {
      const { failure } = outcome
      if (isInterrupted(failure)) return false
      counts.failed++
      log({
        event: eventOf[change.kind],
        result: 'failure',
        id,
        name: login,
        ...(record?.target !== undefined && { target: record.target }),
        detail: taskSentence(failure, name, app.label),
      })
      const before: UserRecord = record ?? { name, login, active: false }
      state.users.set(id, { ...before, name, failed: keyOf(change), task: taskOf(failure, record) })
      await save()
      return false
    }
    const { effect, target: link } = outcome
    counts.users[effect]++
    log({ event: `user ${effect}`, result: 'success', id, name: login, target: link })
    const active = effect !== 'deactivated'
    // The name in the app stays what was sent last.
    const sent = change.kind === 'deactivate' ? (record?.login ?? login) : login
    state.users.set(id, {
      name,
      login: sent,
      target: link,
      active,
      ...('fingerprint' in change && { fingerprint: change.fingerprint }),
    })
    await save()
    return true
  }

  async function sendGroup(
    change: GroupChange,
    directory: OktaDirectory,
    mode: 'changes' | 'now',
  ): Promise<boolean> {
    return change.kind === 'release' ? releaseGroup(change.id) : pushGroup(change, directory, mode)
  }

  async function failGroup(change: GroupChange, record: GroupRecord, failure: Failure): Promise<boolean> {
    if (isInterrupted(failure)) return false
    counts.failed++
    const { fingerprint: _, ...rest } = record
    log({
      event: change.kind === 'release' ? 'group deleted' : 'group pushed',
      result: 'failure',
      id: change.id,
      name: record.name,
      ...(record.target !== undefined && { target: record.target }),
      detail: taskSentence(failure, record.name, app.label),
    })
    state.groups.set(change.id, { ...rest, failed: keyOf(change), task: taskOf(failure, record) })
    await save()
    return false
  }

  async function releaseGroup(id: string): Promise<boolean> {
    const record = state.groups.get(id)
    if (!record) return true
    const entry = { id, name: record.name, ...(record.target !== undefined && { target: record.target }) }
    if (record.target !== undefined && app.deletedGroups === 'delete') {
      const failure = await executePlan(deleteGroup(record.target), target)
      if (failure) return failGroup({ kind: 'release', id }, record, failure)
      counts.groups.deleted++
      log({ event: 'group deleted', result: 'success', ...entry })
    } else log({ event: 'group left in the app', result: 'success', ...entry })
    state.groups.delete(id)
    state.pushed.delete(id)
    await save()
    return true
  }

  async function pushGroup(
    change: GroupChange & { kind: 'push' },
    directory: OktaDirectory,
    mode: 'changes' | 'now',
  ): Promise<boolean> {
    const { id, group, fingerprint } = change
    const before = state.groups.get(id) ?? { name: group.name, members: {}, leftOut: [] }
    const linked = before.target === undefined ? await link(change, before) : before
    if (linked?.target === undefined) return false
    const { wanted, inactive, leftOut } = membersOf(change, directory)
    const outcome = await executePlan(
      pushMembers(
        {
          name: group.name,
          target: linked.target,
          pushed: new Map(Object.entries(linked.members)),
          wanted,
          inactive,
          isRenamed: linked.name !== group.name,
          mode,
        },
        app,
      ),
      target,
    )
    counts.membersAdded += outcome.added
    counts.membersRemoved += outcome.removed
    const { task: _, failed: __, ...rest } = linked
    const members = Object.fromEntries(outcome.members)
    if (outcome.failure) return failGroup(change, { ...linked, members }, outcome.failure)
    for (const member of leftOut) logLeftOut(member, group.name, directory)
    counts.leftOut += leftOut.length
    state.groups.set(id, { ...rest, name: group.name, members, leftOut: [...leftOut], fingerprint })
    log({ event: 'group pushed', result: 'success', id, name: group.name, target: linked.target })
    await save()
    return true
  }

  async function link(
    change: GroupChange & { kind: 'push' },
    before: GroupRecord,
  ): Promise<GroupRecord | undefined> {
    const { id, group } = change
    const imported = new Map(Object.entries(state.imported?.groups ?? {}))
    const { found, failure } = await executePlan(linkGroup(group.name, app, imported), target)
    if (failure) {
      await failGroup(change, { ...before, name: group.name }, failure)
      return undefined
    }
    const { target: link, effect } = found
    counts.groups[effect]++
    log({ event: `group ${effect}`, result: 'success', id, name: group.name, target: link })
    const record = { ...before, name: group.name, target: link }
    state.groups.set(id, record)
    await save()
    return record
  }

  /** Members with an active account in the app, those with an inactive one, and those who can't be pushed now. */
  function membersOf({ id, group }: GroupChange & { kind: 'push' }, directory: OktaDirectory) {
    const pushed = state.groups.get(id)?.members ?? {}
    const wanted = new Map<string, Members extends ReadonlyMap<string, infer One> ? One : never>()
    const inactive = new Map(wanted)
    const leftOut: string[] = []
    for (const member of group.members) {
      const record = directory.groups.has(member) ? undefined : state.users.get(member)
      const account =
        record?.target === undefined ? undefined : { value: record.target, display: record.login }
      if (account && record?.active) wanted.set(member, account)
      else {
        if (account) inactive.set(member, account)
        if (pushed[member] === undefined) leftOut.push(member)
      }
    }
    return { wanted, inactive, leftOut }
  }

  function logLeftOut(member: string, group: string, { users, groups }: OktaDirectory): void {
    const nested = groups.get(member)
    const name = nested?.name ?? users.get(member)?.login ?? member
    const reason = nested ? 'Okta has no nested groups' : 'no active account in the app'
    log({
      event: 'member left out',
      result: 'skipped',
      id: member,
      name,
      detail: `Not added to ${group}: ${reason}.`,
    })
  }

  return { counts, target, sendUser, sendGroup, isStopped, log }
}

const eventOf = {
  assign: 'user created',
  reactivate: 'user reactivated',
  update: 'user updated',
  deactivate: 'user deactivated',
} as const satisfies Record<UserChange['kind'], LogEntry['event']>

function planOfUser(change: UserChange, record: UserRecord | undefined, { app, newPassword }: JobDeps) {
  switch (change.kind) {
    case 'assign':
      return assignUser(change.user, { app, newPassword }, { isBack: false })
    case 'reactivate':
      return assignUser(change.user, { app, newPassword }, { isBack: true })
    case 'update':
      return updateUser(change.user, linkOf(record), app)
    case 'deactivate':
      return deactivateUser(linkOf(record), app)
  }
}

function linkOf(record: UserRecord | undefined): string {
  if (record?.target === undefined) throw new Error('A change of a linked user needs the link.')
  return record.target
}
