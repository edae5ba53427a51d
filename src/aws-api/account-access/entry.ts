import type { Principal } from '../../domain/ports/account-assignments.ts'

export type AccessUser = {
  readonly id: string
  readonly label: string
  readonly display: string
  readonly enabled: boolean
}

/**
 * Why an assignment gives access or does not. `disabled`: the user is disabled. `no-principal`: the user or group that was
 * assigned does not exist. `no-members`: the group has no members.
 */
export type AccessResult = 'access' | 'disabled' | 'no-principal' | 'no-members'

export type AccessEntry = {
  readonly result: AccessResult
  readonly account: string
  readonly permissionSet: { readonly id: string; readonly name: string }
  readonly principal: Principal & { readonly name: string }
  readonly user?: AccessUser
  /** When the user joined the group, in milliseconds since 1970 by the tenant's clock. */
  readonly joined?: number
  /** The id of the assignment, when it was created by the tenant's clock, and by which exchange. */
  readonly assignment: { readonly id: string; readonly created: number; readonly exchange?: string }
}

export const resultOf = (user: AccessUser): AccessResult => (user.enabled ? 'access' : 'disabled')

export function describeEntry(entry: AccessEntry, isPast = false): string {
  const { result, account, permissionSet, principal, user, joined } = entry
  const way = `account ${account} with ${permissionSet.name}`
  const group = `the group ${principal.name}`
  const since = joined === undefined ? '' : ` since ${new Date(joined).toISOString()}`
  const through = principal.type === 'Group' ? `through ${group}${since}` : 'by a direct assignment'
  switch (result) {
    case 'access':
      return `${user?.label} ${isPast ? 'had' : 'has'} access to ${way} ${through}.`
    case 'disabled':
      return `${user?.label} ${isPast ? 'was' : 'is'} disabled, and would otherwise have access to ${way} ${through}.`
    case 'no-members':
      return `No user ${isPast ? 'had' : 'has'} access to ${way} through ${group}, which ${isPast ? 'had' : 'has'} no members.`
    case 'no-principal': {
      const noun = principal.type === 'Group' ? 'group' : 'user'
      return `No user ${isPast ? 'had' : 'has'} access to ${way}: the ${noun} ${principal.name} ${isPast ? 'did' : 'does'} not exist.`
    }
  }
}
