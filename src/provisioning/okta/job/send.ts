import { executePlan } from '../../kit/run.ts'
import type { OktaDirectory } from '../directory.ts'
import {
  assignUser,
  deactivateUser,
  deleteGroup,
  linkGroup,
  type Members,
  pushMembers,
  updateUser,
} from '../planning/plans.ts'
import { type Failure, type Member, taskSentence } from '../planning/requests.ts'
import {
  type GroupChange,
  type GroupRecord,
  keyOf,
  type OktaState,
  type UserChange,
  type UserRecord,
} from './changes.ts'
import type { LogEntry, Run } from './run.ts'

type Push = Extract<GroupChange, { kind: 'push' }>

export const sendGroup = (
  run: Run,
  change: GroupChange,
  directory: OktaDirectory,
  mode: 'changes' | 'now',
): Promise<void> =>
  change.kind === 'release' ? releaseGroup(run, change.id) : pushGroup(run, change, directory, mode)

async function releaseGroup(run: Run, id: string): Promise<void> {
  const { state, app } = run
  const record = state.groups.get(id)
  if (!record) return
  const entry = { id, name: record.name, ...(record.target !== undefined && { target: record.target }) }
  if (record.target !== undefined && app.deletedGroups === 'delete') {
    const failure = await executePlan(deleteGroup(record.target), run.target)
    if (failure) return failGroup(run, { kind: 'release', id }, record, failure)
    run.counts.groups.deleted++
    run.log({ event: 'group deleted', result: 'success', ...entry })
  } else run.log({ event: 'group left in the app', result: 'success', ...entry })
  state.groups.delete(id)
  state.pushed.delete(id)
  return run.save()
}

async function pushGroup(
  run: Run,
  change: Push,
  directory: OktaDirectory,
  mode: 'changes' | 'now',
): Promise<void> {
  const { state, counts } = run
  const { id, group, fingerprint } = change
  const before = state.groups.get(id) ?? { name: group.name, members: {}, leftOut: [] }
  const linked = before.target === undefined ? await link(run, change, before) : before
  if (linked?.target === undefined) return
  const { wanted, inactive, leftOut } = membersOf(change, directory, state)
  const push = {
    name: group.name,
    target: linked.target,
    pushed: new Map(Object.entries(linked.members)),
    wanted,
    inactive,
    isRenamed: linked.name !== group.name,
    mode,
  }
  const outcome = await executePlan(pushMembers(push, run.app), run.target)
  counts.membersAdded += outcome.added
  counts.membersRemoved += outcome.removed
  const members = Object.fromEntries(outcome.members)
  if (outcome.failure) return failGroup(run, change, { ...linked, members }, outcome.failure)
  for (const member of leftOut) logLeftOut(run, member, group.name, directory)
  counts.leftOut += leftOut.length
  run.log({ event: 'group pushed', result: 'success', id, name: group.name, target: linked.target })
  state.groups.set(id, {
    name: group.name,
    target: linked.target,
    members,
    leftOut: [...leftOut],
    fingerprint,
  })
  return run.save()
}

/** Stores the link before members are sent. Undefined after a failure. */
async function link(run: Run, change: Push, before: GroupRecord): Promise<GroupRecord | undefined> {
  const { state, app, counts } = run
  const { id, group } = change
  const imported = new Map(Object.entries(state.imported?.groups ?? {}))
  const { found, failure } = await executePlan(linkGroup(group.name, app, imported), run.target)
  if (failure) {
    await failGroup(run, change, { ...before, name: group.name }, failure)
    return undefined
  }
  const { target, effect } = found
  counts.groups[effect]++
  run.log({ event: `group ${effect}`, result: 'success', id, name: group.name, target })
  const record = { ...before, name: group.name, target }
  state.groups.set(id, record)
  await run.save()
  return record
}

async function failGroup(
  run: Run,
  change: GroupChange,
  record: GroupRecord,
  failure: Failure,
): Promise<void> {
  if (run.isInterrupted(failure)) return
  run.counts.failed++
  run.log({
    event: change.kind === 'release' ? 'group deleted' : 'group pushed',
    result: 'failure',
    id: change.id,
    name: record.name,
    ...(record.target !== undefined && { target: record.target }),
    detail: taskSentence(failure, record.name, run.app.label),
  })
  // Without a fingerprint, the group is due for `retry` even if it did not change.
  const { fingerprint: _, ...rest } = record
  run.state.groups.set(change.id, { ...rest, failed: keyOf(change), task: run.taskOf(failure, record) })
  return run.save()
}

function membersOf(
  { id, group }: Push,
  directory: OktaDirectory,
  state: OktaState,
): { readonly wanted: Members; readonly inactive: Members; readonly leftOut: readonly string[] } {
  const pushed = state.groups.get(id)?.members ?? {}
  const wanted = new Map<string, Member>()
  const inactive = new Map<string, Member>()
  const leftOut: string[] = []
  for (const member of group.members) {
    const record = directory.groups.has(member) ? undefined : state.users.get(member)
    const account = record?.target === undefined ? undefined : { value: record.target, display: record.login }
    if (account && record?.active) wanted.set(member, account)
    else {
      if (account) inactive.set(member, account)
      if (pushed[member] === undefined) leftOut.push(member)
    }
  }
  return { wanted, inactive, leftOut }
}

function logLeftOut(run: Run, member: string, group: string, { users, groups }: OktaDirectory): void {
  const nested = groups.get(member)
  const reason = nested ? 'Okta has no nested groups' : 'no active account in the app'
  run.log({
    event: 'member left out',
    result: 'skipped',
    id: member,
    name: nested?.name ?? users.get(member)?.login ?? member,
    detail: `Not added to ${group}: ${reason}.`,
  })
}

export async function sendUser(run: Run, change: UserChange): Promise<void> {
  const { state, counts } = run
  const { id, user } = change
  const record = state.users.get(id)
  const outcome = await executePlan(planOf(run, change, record), run.target)
  const name = user?.displayName ?? record?.name ?? id
  const login = user?.login ?? record?.login ?? ''
  if ('failure' in outcome) {
    const { failure } = outcome
    if (run.isInterrupted(failure)) return
    counts.failed++
    run.log({
      event: events[change.kind],
      result: 'failure',
      id,
      name: login,
      ...(record?.target !== undefined && { target: record.target }),
      detail: taskSentence(failure, name, run.app.label),
    })
    const before: UserRecord = record ?? { name, login, active: false }
    state.users.set(id, { ...before, name, failed: keyOf(change), task: run.taskOf(failure, record) })
    return run.save()
  }
  const { effect, target } = outcome
  counts.users[effect]++
  run.log({ event: `user ${effect}`, result: 'success', id, name: login, target })
  state.users.set(id, {
    name,
    // A deactivation leaves the user name in the app.
    login: change.kind === 'deactivate' ? (record?.login ?? login) : login,
    target,
    active: effect !== 'deactivated',
    ...('fingerprint' in change && { fingerprint: change.fingerprint }),
  })
  return run.save()
}

const events = {
  assign: 'user created',
  reactivate: 'user reactivated',
  update: 'user updated',
  deactivate: 'user deactivated',
} as const satisfies Record<UserChange['kind'], LogEntry['event']>

function planOf(context: Run, change: UserChange, record: UserRecord | undefined) {
  switch (change.kind) {
    case 'assign':
      return assignUser(change.user, context, { isBack: false })
    case 'reactivate':
      return assignUser(change.user, context, { isBack: true })
    case 'update':
      return updateUser(change.user, linkOf(record), context.app)
    case 'deactivate':
      return deactivateUser(linkOf(record), context.app)
  }
}

function linkOf(record: UserRecord | undefined): string {
  if (record?.target === undefined) throw new Error('A change of a linked user needs the link.')
  return record.target
}
