import { z } from 'zod'
import { attemptSchema } from '../../kit/failure.ts'
import { openLockedState, readState, type StateFile, type StateFormat } from '../../kit/locked-state.ts'
import { parseStateText } from '../../kit/state-text.ts'
import { steps } from '../planning/task.ts'

const recordSchema = z.object({
  /** For sentences, after the object was removed from the directory. */
  name: z.string(),
  /** The ID in the app: the link. */
  target: z.string().exactOptional(),
  /** Hash of what was sent last. */
  fingerprint: z.string().exactOptional(),
  /** The change that failed: it is not sent again unless a task is retried. */
  failed: z.string().exactOptional(),
  task: attemptSchema(steps).exactOptional(),
})

const userSchema = recordSchema.extend({
  /** The user name in the app, which members of groups display. */
  login: z.string(),
  /** Whether the user is active in the app. */
  active: z.boolean(),
})

const groupSchema = recordSchema.extend({
  /** Members in the app by the IDs of users in the directory. */
  members: z.record(z.string(), z.object({ value: z.string(), display: z.string() })),
  /** IDs of members who could not be pushed, because they have no active account in the app. */
  leftOut: z.array(z.string()),
})

const importSchema = z.object({
  at: z.number(),
  /** IDs in the app by name. */
  groups: z.record(z.string(), z.string()),
})

const stateSchema = z.object({
  version: z.literal(1),
  /** The URL of the links. */
  url: z.string().exactOptional(),
  /** The job's clock when the state was saved. */
  clock: z.number(),
  /** IDs of users assigned, and of groups pushed, by commands. */
  assigned: z.array(z.string()),
  pushed: z.array(z.string()),
  imported: importSchema.exactOptional(),
  users: z.record(z.string(), userSchema),
  groups: z.record(z.string(), groupSchema),
})

export type UserRecord = z.infer<typeof userSchema>
export type GroupRecord = z.infer<typeof groupSchema>

/** What the job stores between commands. Records are replaced, not changed. */
export type OktaState = {
  url?: string
  clock: number
  readonly assigned: Set<string>
  readonly pushed: Set<string>
  imported?: z.infer<typeof importSchema>
  readonly users: Map<string, UserRecord>
  readonly groups: Map<string, GroupRecord>
}

/** A state and its storage. */
export type OktaStore = Pick<StateFile<OktaState>, 'state' | 'save'>

export const emptyState = (): OktaState => ({
  clock: 0,
  assigned: new Set(),
  pushed: new Set(),
  users: new Map(),
  groups: new Map(),
})

/** A state in memory only. */
export const memoryStore = (): OktaStore => ({ state: emptyState(), save: async () => {} })

/** The state of a file's text. Throws StateError; `path` is for its message. */
export function parseState(text: string, path: string): OktaState {
  const {
    version: _,
    assigned,
    pushed,
    users,
    groups,
    ...rest
  } = parseStateText(text, path, {
    schema: stateSchema,
    job: 'an Okta job',
    withoutIt: 'existing users and groups are looked up and linked again',
  })
  return {
    ...rest,
    assigned: new Set(assigned),
    pushed: new Set(pushed),
    users: new Map(Object.entries(users)),
    groups: new Map(Object.entries(groups)),
  }
}

const serializeState = ({ assigned, pushed, users, groups, ...rest }: OktaState): string =>
  `${JSON.stringify({
    version: 1,
    ...rest,
    assigned: [...assigned],
    pushed: [...pushed],
    users: Object.fromEntries(users),
    groups: Object.fromEntries(groups),
  })}\n`

const format: StateFormat<OktaState> = { empty: emptyState, parse: parseState, serialize: serializeState }

/** The state of a job in one JSON file, which is replaced atomically. Throws StateError. */
export const openStateFile = (path: string): Promise<StateFile<OktaState>> => openLockedState(path, format)

/** The last saved state, without a lock. Throws StateError. */
export const readStateFile = (path: string): Promise<OktaState> => readState(path, format)
