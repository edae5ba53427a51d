import { executePlan } from '../../kit/plan.ts'
import { assignUser, deactivateUser, updateUser } from '../planning/provision-user.ts'
import { taskSentence } from '../planning/task.ts'
import { keyOf, type UserChange } from './changes.ts'
import type { UserRecord } from './job-state.ts'
import type { LogEntry, Run } from './run.ts'

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
