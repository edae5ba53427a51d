import { createHash } from 'node:crypto'
import {
  assignedIn,
  type SourceDirectory,
  type SourceGroup,
  type SourceUser,
} from '../../kit/directory/source-directory.ts'

export type OktaUser = {
  readonly id: string
  readonly oktaId: string
  /** `suspended`: Okta sends nothing for the user. `inactive`: staged, deactivated or deleted. */
  readonly lifecycle: 'active' | 'suspended' | 'inactive'
  readonly login: string
  readonly displayName: string
  readonly attributes: SourceUser['attributes']
}

export type OktaGroup = {
  readonly id: string
  readonly name: string
  readonly members: readonly string[]
}

export type OktaDirectory = {
  readonly users: ReadonlyMap<string, OktaUser>
  readonly groups: ReadonlyMap<string, OktaGroup>
  readonly assigned: ReadonlySet<string>
  readonly pushed: ReadonlySet<string>
}

/** Groups with `"pushed": true` are pushed; if no group says so, the assigned groups are. */
export function toOktaDirectory(directory: SourceDirectory): OktaDirectory {
  const { present, membersOf, assigned } = assignedIn(directory)
  const declared = present.filter(({ attributes }) => attributes.pushed !== undefined)
  const pushed =
    declared.length > 0
      ? declared.filter(({ attributes }) => String(attributes.pushed) === 'true').map(idOf)
      : directory.assignments.map(({ principal }) => principal).filter(each => membersOf.has(each))
  return {
    users: new Map(directory.users.map(user => [user.objectId, toOktaUser(user)])),
    groups: new Map(present.map(group => [group.objectId, toOktaGroup(group)])),
    assigned,
    pushed: new Set(pushed),
  }
}

const idOf = ({ objectId }: SourceGroup) => objectId

function toOktaUser(user: SourceUser): OktaUser {
  const { objectId, attributes } = user
  const login = String(attributes.userPrincipalName)
  const names = [attributes.givenName, attributes.surname].filter(Boolean).join(' ')
  return {
    id: objectId,
    oktaId: oktaIdOf(objectId),
    lifecycle: lifecycleOf(user),
    login,
    displayName: String(attributes.displayName ?? (names === '' ? login : names)),
    attributes,
  }
}

function lifecycleOf({ accountEnabled, deletedAt, attributes }: SourceUser): OktaUser['lifecycle'] {
  if (!accountEnabled || deletedAt !== undefined) return 'inactive'
  return String(attributes.status).toUpperCase() === 'SUSPENDED' ? 'suspended' : 'active'
}

const toOktaGroup = ({ objectId, attributes, members }: SourceGroup): OktaGroup => ({
  id: objectId,
  name: String(attributes.displayName),
  members,
})

const oktaIdPattern = /^00u[0-9A-Za-z]{17}$/
const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** IDs of Okta's users begin with `00u` and have 20 characters. Another ID is turned into such a one. */
function oktaIdOf(id: string): string {
  if (oktaIdPattern.test(id)) return id
  const bytes = createHash('sha256').update(id).digest().subarray(0, 17)
  return `00u${[...bytes].map(byte => letters[byte % letters.length]).join('')}`
}
