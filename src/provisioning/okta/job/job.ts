import { executePlan, type RunOptions } from '../../kit/run.ts'
import { causeText } from '../../kit/scim-request.ts'
import type { Target, TargetResponse } from '../../kit/target.ts'
import type { OktaDirectory } from '../directory.ts'
import { type ReadAll, readAll, type Task, taskSentence, testConnection } from '../planning/requests.ts'
import {
  changeOfGroup,
  changeOfUser,
  dueGroups,
  dueUsers,
  fingerprintOfUser,
  type OktaState,
  pushOf,
  type UserChange,
} from './changes.ts'
import { createRun, type JobDeps, type Report } from './run.ts'
import { sendGroup, sendUser } from './send.ts'

export type TaskView = {
  readonly kind: 'user' | 'group'
  readonly id: string
  readonly name: string
  readonly login?: string
  readonly sentence: string
  readonly at: string
  readonly attempts: number
}

export class OktaUseError extends Error {
  override name = 'OktaUseError'
}

type Options = RunOptions & { readonly directory: OktaDirectory }

type OneObject = Omit<Options, 'onProgress'> & { readonly id: string }

export type ConnectionTest =
  | { readonly ok: true; readonly users: number; readonly groups: number }
  | { readonly ok: false; readonly message: string }

/**
 * Okta's provisioning of one app. Only one of its methods may run at a time; each sends changes one after the other. A change
 * that fails becomes a task, and is not sent again until it is retried or the object changes.
 */
export type OktaJob = {
  test(): Promise<ConnectionTest>
  sync(options: Options): Promise<Report>
  /** Assigns a user: searches, then links or creates. Throws OktaUseError for a user who is not active. */
  assign(options: OneObject): Promise<Report>
  /** Unassigns a user, which deactivates the account. Throws OktaUseError if the directory assigns the user. */
  unassign(options: OneObject): Promise<Report>
  /** Pushes a group from now on. `now`: sends all members, not only changes. */
  push(options: OneObject & { readonly mode: 'changes' | 'now' }): Promise<Report>
  unlink(options: OneObject): Promise<Report>
  importAll(options: Options): Promise<ImportReport>
  tasks(): readonly TaskView[]
  retry(options: Options & { readonly ids?: readonly string[] }): Promise<Report>
}

export function createJob(deps: JobDeps): OktaJob {
  const { app, store, clock } = deps
  const { state } = store

  return {
    async test() {
      const { target } = createRun(deps, {})
      const { found, failure } = await executePlan(testConnection(), target)
      if (failure) return { ok: false, message: causeText(failure.cause) }
      return { ok: true, users: found.users.totalResults, groups: found.groups.totalResults }
    },

    async sync({ directory, ...options }) {
      const run = createRun(deps, options)
      await run.each('users', dueUsers(directory, state, app), change => sendUser(run, change))
      await run.each('groups', dueGroups(directory, state), change =>
        sendGroup(run, change, directory, 'changes'),
      )
      return run.report()
    },

    async assign({ directory, id, signal }) {
      const run = createRun(deps, { signal })
      const change = assignmentOf(id, directory, state, deps)
      state.assigned.add(id)
      await sendUser(run, change)
      return run.report()
    },

    async unassign({ directory, id, signal }) {
      const run = createRun(deps, { signal })
      if (directory.assigned.has(id)) {
        throw new OktaUseError('The directory assigns the user to the app. Remove the assignment there.')
      }
      state.assigned.delete(id)
      const change = changeOfUser(id, directory, state, app)
      if (change) await sendUser(run, change)
      else await store.save()
      return run.report()
    },

    async push({ directory, id, mode, signal }) {
      const run = createRun(deps, { signal })
      const group = directory.groups.get(id)
      if (!group) throw new OktaUseError('Only a group of the directory can be pushed.')
      state.pushed.add(id)
      await sendGroup(run, pushOf(group), directory, mode)
      return run.report()
    },

    async unlink({ directory, id, signal }) {
      const run = createRun(deps, { signal })
      if (!state.groups.has(id)) throw new OktaUseError('The group is not pushed.')
      await sendGroup(run, { kind: 'release', id }, directory, 'changes')
      return run.report()
    },

    async importAll({ directory, signal }) {
      const run = createRun(deps, { signal })
      const target: Target = request => (run.isStopped() ? Promise.resolve(interrupted) : run.target(request))
      const users = await executePlan(readAll('Users'), target)
      if (users.failure) return { kind: 'failed', message: causeText(users.failure.cause) }
      const groups = await executePlan(readAll('Groups'), target)
      if (groups.failure) return { kind: 'failed', message: causeText(groups.failure.cause) }
      const report = importUsers(users.found, groups.found, directory, state)
      if (report.kind === 'stopped') {
        run.log({ event: 'import', result: 'failure', detail: 'The import would unassign too many users.' })
      } else {
        state.imported = {
          at: clock(),
          groups: Object.fromEntries(
            groups.found.resources.map(({ id, displayName }) => [String(displayName), id]),
          ),
        }
        run.log({ event: 'import', result: 'success' })
      }
      await run.save()
      return report
    },

    tasks: () => tasksIn(state, app.label),

    async retry({ directory, ids, ...options }) {
      const run = createRun(deps, options)
      const isChosen = (id: string) => ids === undefined || ids.includes(id)
      const failed = (records: ReadonlyMap<string, { task?: unknown }>) =>
        [...records].flatMap(([id, { task }]) => (task !== undefined && isChosen(id) ? [id] : []))
      await run.each('users', failed(state.users), async id => {
        const change = changeOfUser(id, directory, state, app)
        if (change) return sendUser(run, change)
        const record = state.users.get(id)
        if (record) state.users.set(id, withoutTask(record))
      })
      await run.each('groups', failed(state.groups), async id => {
        const change = changeOfGroup(id, directory, state)
        if (change) return sendGroup(run, change, directory, 'changes')
      })
      await store.save()
      return run.report()
    },
  }
}

/** In the place of a response, so that an import of many pages ends. */
const interrupted: TargetResponse = { kind: 'none', reason: 'connection', text: 'It was interrupted.' }

function withoutTask<Record extends { task?: unknown; failed?: unknown }>({
  task: _,
  failed: __,
  ...rest
}: Record) {
  return rest
}

function assignmentOf(id: string, directory: OktaDirectory, state: OktaState, { app }: JobDeps): UserChange {
  const user = directory.users.get(id)
  if (user?.lifecycle !== 'active') {
    throw new OktaUseError(
      `Okta sends nothing for a user who is ${user?.lifecycle ?? 'not in the directory'}.`,
    )
  }
  const isBack = state.users.get(id)?.active === false && state.users.get(id)?.target !== undefined
  return { kind: isBack ? 'reactivate' : 'assign', id, user, fingerprint: fingerprintOfUser(user, app) }
}

export function tasksIn({ users, groups }: OktaState, app: string): readonly TaskView[] {
  const view =
    (kind: TaskView['kind']) =>
    ([id, { name, login, task }]: [string, { name: string; login?: string; task?: Task }]) =>
      task
        ? [
            {
              kind,
              id,
              name,
              ...(login !== undefined && { login }),
              sentence: taskSentence(task, name, app),
              at: new Date(task.at).toISOString(),
              attempts: task.attempts,
            },
          ]
        : []
  return [...[...users].flatMap(view('user')), ...[...groups].flatMap(view('group'))]
}

/** The pushed groups with members who were left out and have an active account by now. Okta adds them with the next push. */
export function groupsToPushAgain({ users, groups }: OktaState): readonly string[] {
  return [...groups.values()].flatMap(({ name, leftOut }) =>
    leftOut.some(id => users.get(id)?.active === true && users.get(id)?.target !== undefined) ? [name] : [],
  )
}

export type ImportReport =
  | { readonly kind: 'failed'; readonly message: string }
  | {
      /** `stopped`: the safeguard prevented the import, which changed nothing. */
      readonly kind: 'completed' | 'stopped'
      readonly users: {
        readonly seen: number
        readonly matched: number
        readonly unassigned: number
        /** Accounts without a link: of no user of the directory, or inactive, so that Okta does not link them. */
        readonly others: number
      }
      readonly groups: number
    }

/** The share of linked users that an import may unassign (Okta's SCIM concepts). */
const safeguard = 0.2

/**
 * Compares the accounts of the app with the links: unassigns linked users whose accounts are missing, and links users of the
 * directory to active accounts with their user name. An inactive account is not linked by an import.
 */
function importUsers(
  users: ReadAll,
  groups: ReadAll,
  directory: OktaDirectory,
  state: OktaState,
): Exclude<ImportReport, { kind: 'failed' }> {
  const seen = new Set(users.resources.map(({ id }) => id))
  const linked = [...state.users].filter(([, { target, active }]) => target !== undefined && active)
  const missing = linked.filter(([, { target }]) => !seen.has(target ?? ''))
  const taken = new Set([...state.users.values()].map(({ target }) => target))
  const byLogin = new Map(
    [...directory.users.values()]
      .filter(({ id, lifecycle }) => lifecycle === 'active' && state.users.get(id)?.target === undefined)
      .map(user => [user.login.toLowerCase(), user]),
  )
  const matches = users.resources.flatMap(({ id, userName, active }) => {
    const user = byLogin.get(String(userName).toLowerCase())
    return user && !taken.has(id) && active !== false ? [{ user, target: id, login: String(userName) }] : []
  })
  const isStopped = missing.length > linked.length * safeguard
  if (!isStopped) {
    for (const [id, { name, login }] of missing) state.users.set(id, { name, login, active: false })
    for (const { user, target, login } of matches) {
      state.assigned.add(user.id)
      state.users.set(user.id, { name: user.displayName, login, target, active: true })
    }
  }
  return {
    kind: isStopped ? 'stopped' : 'completed',
    users: {
      seen: users.resources.length,
      matched: matches.length,
      unassigned: missing.length,
      others: users.resources.filter(({ id }) => !taken.has(id)).length - matches.length,
    },
    groups: groups.resources.length,
  }
}
