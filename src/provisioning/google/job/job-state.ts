import { z } from 'zod'
import type { JsonObject } from '../../../scim/json.ts'
import { attemptSchema } from '../../kit/failure.ts'
import { openLockedState, readState, type StateFile, type StateFormat } from '../../kit/locked-state.ts'
import { parseStateText } from '../../kit/state-text.ts'
import { occasions } from '../deprovisioning.ts'
import { steps } from '../planning/provision-user.ts'

const personSchema = z.object({
  /** The primary address, for messages after the person was deleted. */
  email: z.string(),
  /** The ID in the app: the link. */
  target: z.string().exactOptional(),
  /** What was sent last, without the ID. */
  sent: z.custom<JsonObject>(value => typeof value === 'object' && value !== null).exactOptional(),
  /** Why the person is no longer provisioned, and since when by the job's clock. */
  out: z.object({ why: z.enum(occasions), since: z.number() }).exactOptional(),
  /** The last attempt, if it failed. Each run tries again. */
  failure: attemptSchema(steps).exactOptional(),
})

const stateSchema = z.object({
  version: z.literal(1),
  /** The URL of the links. */
  url: z.string().exactOptional(),
  /** The job's clock when the state was saved. */
  clock: z.number(),
  /** The start of the last run. */
  lastRunAt: z.number().exactOptional(),
  people: z.record(z.string(), personSchema),
})

export type PersonRecord = z.infer<typeof personSchema>

/** What the job stores between runs, people by the IDs of the directory. Records are replaced, not changed. */
export type GoogleState = {
  url?: string
  clock: number
  lastRunAt?: number
  readonly people: Map<string, PersonRecord>
}

/** A state and its storage. */
export type GoogleStore = Pick<StateFile<GoogleState>, 'state' | 'save'>

export const emptyState = (): GoogleState => ({ clock: 0, people: new Map() })

/** A state in memory only. */
export const memoryStore = (): GoogleStore => ({ state: emptyState(), save: async () => {} })

function parseState(text: string, path: string): GoogleState {
  const {
    version: _,
    people,
    ...rest
  } = parseStateText(text, path, {
    schema: stateSchema,
    job: 'a Google job',
    withoutIt: 'existing users are looked up and linked again',
  })
  return { ...rest, people: new Map(Object.entries(people)) }
}

const serialize = ({ people, ...rest }: GoogleState): string =>
  `${JSON.stringify({ version: 1, ...rest, people: Object.fromEntries(people) })}\n`

const format: StateFormat<GoogleState> = { empty: emptyState, parse: parseState, serialize }

/** The state of a job in one JSON file, which is replaced atomically. Throws StateError. */
export const openStateFile = (path: string): Promise<StateFile<GoogleState>> => openLockedState(path, format)

/** The last saved state, without a lock. Throws StateError. */
export const readStateFile = (path: string): Promise<GoogleState> => readState(path, format)
