import { z } from 'zod'
import type { JsonObject } from '../../../scim/json.ts'
import { attemptSchema } from '../../kit/failure.ts'
import { mapOf, type Store, stateFormat } from '../../kit/state-file.ts'
import { occasions } from '../deprovisioning.ts'
import { steps } from '../planning/provision-user.ts'

const personSchema = z.object({
  email: z.string(),
  target: z.string().exactOptional(),
  sent: z.custom<JsonObject>(value => typeof value === 'object' && value !== null).exactOptional(),
  out: z.object({ why: z.enum(occasions), since: z.number() }).exactOptional(),
  failure: attemptSchema(steps).exactOptional(),
})

export type PersonRecord = z.output<typeof personSchema>

const stateSchema = z.object({
  url: z.string().exactOptional(),
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
