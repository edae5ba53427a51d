import type { Test } from 'tap'
import type { Directory } from '../../src/domain/ports/directory.ts'
import type {
  Draft,
  MemberPolicy,
  Place,
  Removal,
  ResourceStore,
  Slice,
} from '../../src/domain/ports/resources.ts'
import { type AttributePath, resolveAttribute } from '../../src/scim/attribute.ts'
import { groupType, userType } from '../../src/scim/core-schemas.ts'
import { prepareResource } from '../../src/scim/document.ts'
import { ScimError } from '../../src/scim/error.ts'
import { parseFilter, parseValueFilter } from '../../src/scim/filter/bind.ts'
import type { Json } from '../../src/scim/json.ts'
import type { MembershipEdit } from '../../src/scim/patch/elements.ts'
import { toResourceId } from '../../src/scim/resource.ts'
import type { ResourceType } from '../../src/scim/resource-types.ts'
import { strictReads } from '../support/request-policy.ts'

export type OpenStore = (t: Test) => {
  readonly store: ResourceStore
  readonly directory: Directory
  readonly flush: () => Promise<void>
  /** Deletes the data of a tenant. */
  readonly clear: (tenant: number) => Promise<void>
}

export const tenant = 1
export const refuse: MemberPolicy = { types: ['User', 'Group'], unknown: 'refuse' }
export const keep: MemberPolicy = { types: ['User', 'Group'], unknown: 'keep' }
export const first = (count: number): Slice => ({ by: 'index', offset: 0, count })
export const retaining: Removal = { onDelete: 'retain', references: [] }
export const removing: Removal = { onDelete: 'remove', references: [] }
export const add = (...members: readonly string[]): MembershipEdit => ({ kind: 'add', members })

export const place = (type: 'User' | 'Group', id: string): Place => ({ tenant, type, id: toResourceId(id) })
const limits = { filterLength: 10_000, filterDepth: 10 }
export const filterOn = (type: ResourceType, text: string) => parseFilter(text, type, strictReads, limits)

export function pathOn(type: ResourceType, name: string): AttributePath {
  const path = resolveAttribute(type, name)
  if (!path) throw new Error(`No ${type.name} has ${name}.`)
  return path
}

/** As in the brackets of a PATCH path. */
export function memberFilter(text: string) {
  const members = groupType.attributes.find(({ relation }) => relation === 'members')
  if (!members) throw new Error('Groups have no members.')
  return parseValueFilter(text, members, strictReads, limits)
}

type Values = Readonly<Record<string, Json>>

export const userDraft = (id: string, values: Values = {}): Draft => ({
  next: prepareResource(userType, toResourceId(id), { userName: id, displayName: `User ${id}`, ...values }),
  memberships: [],
  members: refuse,
})

export const groupDraft = (
  id: string,
  memberships: readonly MembershipEdit[] = [],
  members: MemberPolicy = refuse,
): Draft => ({
  next: prepareResource(groupType, toResourceId(id), { displayName: `Group ${id}` }),
  memberships,
  members,
})

/** The reason of a rejection. */
export const rejectionOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'it was not rejected',
    error => (error instanceof ScimError ? error.reason : String(error)),
  )

/** Short forms of requests, at increasing times. */
export function actionsOn(store: ResourceStore) {
  let now = 1000
  const cause = () => ({ now: ++now, exchange: `x${now}` })
  return {
    addUser: (id: string, values: Values = {}) =>
      store.insert(place('User', id), cause(), userDraft(id, values), 1000),
    addGroup: (id: string, members: readonly string[] = [], policy = refuse) =>
      store.insert(place('Group', id), cause(), groupDraft(id, [add(...members)], policy), 1000),
    changeUser: (id: string, values: Values) =>
      store.update(place('User', id), cause(), () => userDraft(id, values)),
    edit: (id: string, ...edits: readonly MembershipEdit[]) =>
      store.update(place('Group', id), cause(), () => groupDraft(id, edits)),
    remove: (type: 'User' | 'Group', id: string, removal = retaining) =>
      store.remove(place(type, id), cause(), removal),
    membersOf: async (id: string) => {
      const group = await store.find(place('Group', id))
      if (!group) return undefined
      const related = await store.related(tenant, 'members', [group.key])
      return related.get(group.key)?.map(member => member.id)
    },
  }
}
