import { z } from 'zod'
import { attemptSchema } from '../../kit/failure.ts'
import { ids, mapOf, type Store, stateFormat } from '../../kit/state-file.ts'
import { steps } from '../planning/task.ts'

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
