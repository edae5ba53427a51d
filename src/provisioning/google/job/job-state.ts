import { z } from 'zod'
import type { JsonObject } from '../../../scim/json.ts'
import { attemptSchema } from '../../kit/failure.ts'
import { mapOf, type Store, stateFormat } from '../../kit/state-file.ts'
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

export type PersonRecord = z.output<typeof personSchema>

const stateSchema = z.object({
  /** The URL of the links. */
  url: z.string().exactOptional(),
  /** The job's clock when the state was saved. */
  clock: z.number(),
  lastRunAt: z.number().exactOptional(),
  /** People by the IDs of the directory. Records are replaced, not changed. */
  people: mapOf(personSchema),
})

export type GoogleState = z.output<typeof stateSchema>
export type GoogleStore = Store<GoogleState>

export const googleState = stateFormat<GoogleState>({
  job: 'a Google job',
  schema: stateSchema,
  emptyState: () => ({ clock: 0, people: new Map() }),
  withoutIt: 'Without it, existing users are looked up and linked again.',
})

export const { memoryStore } = googleState
