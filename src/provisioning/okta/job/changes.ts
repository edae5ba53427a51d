import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { Json } from '../../../scim/json.ts'
import { attemptSchema } from '../../kit/scim-request.ts'
import { ids, mapOf, type Store, stateFormat } from '../../kit/state-file.ts'
import type { OktaDirectory, OktaGroup, OktaUser } from '../directory.ts'
import { comparedUser } from '../planning/plans.ts'
import { steps } from '../planning/requests.ts'
import type { App } from '../settings.ts'

export type UserChange =
  | {
      readonly kind: 'assign' | 'reactivate' | 'update'
      readonly id: string
      readonly user: OktaUser
      readonly fingerprint: string
    }
  | { readonly kind: 'deactivate'; readonly id: string; readonly user: OktaUser | undefined }

/** A change of one group. `release`: the group is no longer pushed. */
export type GroupChange =
  | { readonly kind: 'push'; readonly id: string; readonly group: OktaGroup; readonly fingerprint: string }
  | { readonly kind: 'release'; readonly id: string }

const hash = (json: Json): string => createHash('sha256').update(JSON.stringify(json)).digest('base64url')

export const fingerprintOfUser = (user: OktaUser, app: App): string => hash(comparedUser(user, app))
const fingerprintOfGroup = ({ name, members }: OktaGroup): string => hash([name, members])

/** Identifies a change, so that a failed one isn't sent again by itself. */
export const keyOf = (change: UserChange | GroupChange): string =>
  'fingerprint' in change ? `${change.kind} ${change.fingerprint}` : change.kind

const isNew = (change: UserChange | GroupChange, record: UserRecord | GroupRecord | undefined): boolean =>
  record?.failed !== keyOf(change)

export function changeOfUser(
  id: string,
  directory: OktaDirectory,
  state: OktaState,
  app: App,
): UserChange | undefined {
  const user = directory.users.get(id)
  const record = state.users.get(id)
  const isAssigned = directory.assigned.has(id) || state.assigned.has(id)
  // Suspending a user sends nothing, and neither do changes of a suspended one.
  if (user?.lifecycle === 'suspended' && isAssigned) return undefined
  if (user?.lifecycle !== 'active' || !isAssigned)
    return record?.target !== undefined && record.active ? { kind: 'deactivate', id, user } : undefined
  const fingerprint = fingerprintOfUser(user, app)
  if (record?.target === undefined) return { kind: 'assign', id, user, fingerprint }
  if (!record.active) return { kind: 'reactivate', id, user, fingerprint }
  return record.fingerprint === fingerprint ? undefined : { kind: 'update', id, user, fingerprint }
}

export function dueUsers(directory: OktaDirectory, state: OktaState, app: App): readonly UserChange[] {
  const ids = new Set([...directory.users.keys(), ...state.users.keys()])
  return [...ids].flatMap(id => {
    const change = changeOfUser(id, directory, state, app)
    return change && isNew(change, state.users.get(id)) ? [change] : []
  })
}

export const isPushed = (id: string, directory: OktaDirectory, state: OktaState): boolean =>
  directory.groups.has(id) && (directory.pushed.has(id) || state.pushed.has(id))

export function changeOfGroup(
  id: string,
  directory: OktaDirectory,
  state: OktaState,
): GroupChange | undefined {
  const group = directory.groups.get(id)
  const record = state.groups.get(id)
  if (!group || !isPushed(id, directory, state)) return record ? { kind: 'release', id } : undefined
  const fingerprint = fingerprintOfGroup(group)
  return record?.target !== undefined && record.fingerprint === fingerprint
    ? undefined
    : { kind: 'push', id, group, fingerprint }
}

export const pushOf = (group: OktaGroup): GroupChange => ({
  kind: 'push',
  id: group.id,
  group,
  fingerprint: fingerprintOfGroup(group),
})

export function dueGroups(directory: OktaDirectory, state: OktaState): readonly GroupChange[] {
  const ids = new Set([...directory.groups.keys(), ...state.groups.keys()])
  return [...ids].flatMap(id => {
    const change = changeOfGroup(id, directory, state)
    return change && isNew(change, state.groups.get(id)) ? [change] : []
  })
}

const recordSchema = z.object({
  name: z.string(),
  target: z.string().exactOptional(),
  fingerprint: z.string().exactOptional(),
  /** The change that failed: it is not sent again unless a task is retried. */
  failed: z.string().exactOptional(),
  task: attemptSchema(steps).exactOptional(),
})

const userSchema = recordSchema.extend({
  login: z.string(),
  active: z.boolean(),
})

const groupSchema = recordSchema.extend({
  members: z.record(z.string(), z.object({ value: z.string(), display: z.string() })),
  /** IDs of members who could not be pushed, because they have no active account in the app. */
  leftOut: z.array(z.string()),
})

const importSchema = z.object({
  at: z.number(),
  groups: z.record(z.string(), z.string()),
})

/** Records are replaced, not changed. */
const stateSchema = z.object({
  url: z.string().exactOptional(),
  clock: z.number(),
  assigned: ids,
  pushed: ids,
  imported: importSchema.exactOptional(),
  users: mapOf(userSchema),
  groups: mapOf(groupSchema),
})

export type UserRecord = z.output<typeof userSchema>
export type GroupRecord = z.output<typeof groupSchema>
export type OktaState = z.output<typeof stateSchema>
export type OktaStore = Store<OktaState>

export const oktaState = stateFormat<OktaState>({
  job: 'an Okta job',
  schema: stateSchema,
  emptyState: () => ({
    clock: 0,
    assigned: new Set(),
    pushed: new Set(),
    users: new Map(),
    groups: new Map(),
  }),
  withoutIt: 'Without it, existing users and groups are looked up and linked again.',
})

export const { emptyState, memoryStore } = oktaState
