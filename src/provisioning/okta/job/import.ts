import type { OktaDirectory } from '../directory/okta-directory.ts'
import type { ReadAll } from '../planning/read-app.ts'
import type { OktaState } from './job-state.ts'

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
export function importUsers(
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
