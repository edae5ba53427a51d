import * as z from 'zod'
import { type JsonObject, jsonEquals } from '../../../scim/json.ts'
import { attemptSchema } from '../../kit/scim-request.ts'
import { mapOf, type Store, stateFormat } from '../../kit/state-file.ts'
import {
  type GoogleDirectory,
  type GoogleUser,
  type Occasion,
  occasions,
} from '../directory/google-directory.ts'
import { isMissing, steps, userBody } from '../planning.ts'
import { type App, delays } from '../settings.ts'

/** What one person needs. `unsendable`: the mapping has no value for a mandatory attribute. */
export type Change =
  | { readonly kind: 'assign'; readonly body: JsonObject }
  | { readonly kind: 'update'; readonly body: JsonObject; readonly target: string }
  | { readonly kind: 'delete'; readonly target: string }
  | { readonly kind: 'unsendable'; readonly missing: string }

export const peopleIn = (directory: GoogleDirectory, state: GoogleState): readonly string[] => [
  ...new Set([...directory.keys(), ...state.people.keys()]),
]

export function outOf(
  user: GoogleUser | undefined,
  record: PersonRecord | undefined,
  now: number,
): PersonRecord['out'] {
  const why = user ? user.outBecause : 'deleted'
  if (why === undefined) return undefined
  return record?.out?.why === why ? record.out : { why, since: now }
}

export function changeOf(
  user: GoogleUser | undefined,
  record: PersonRecord | undefined,
  app: App,
  now: number,
): Change | undefined {
  const out = outOf(user, record, now)
  const { target, sent } = record ?? {}
  if (target === undefined || sent === undefined) {
    if (!user || out) return undefined
    const body = userBody(user, app, true)
    return isMissing(body) ? { kind: 'unsendable', ...body } : { kind: 'assign', body }
  }
  if (out && now >= deletionAt(out, app)) return { kind: 'delete', target }
  const active = out ? sent.active === true && now < suspensionAt(out, app) : true
  const body = user && hasCurrentAttributes(out?.why) ? userBody(user, app, active) : { ...sent, active }
  if (isMissing(body)) return { kind: 'unsendable', ...body }
  return jsonEquals(body, sent) ? undefined : { kind: 'update', body, target }
}

/** Attributes are sent as long as the user is active in Google, also to a disabled user (AWS's guide for Google). */
const hasCurrentAttributes = (why: Occasion | undefined): boolean =>
  why === undefined || why === 'app-off' || why === 'out-of-group'

type Out = NonNullable<PersonRecord['out']>

const suspensionAt = ({ why, since }: Out, { suspendAfter }: App): number => since + delays[suspendAfter[why]]
const deletionAt = ({ why, since }: Out, { deleteAfter }: App): number => since + delays[deleteAfter[why]]

export function nextStepOf(
  { target, sent, out }: PersonRecord,
  app: App,
): { readonly step: 'suspend' | 'delete'; readonly at: number } | undefined {
  if (target === undefined || !out) return undefined
  const steps = [
    ...(sent?.active === true ? [{ step: 'suspend' as const, at: suspensionAt(out, app) }] : []),
    { step: 'delete' as const, at: deletionAt(out, app) },
  ]
  return steps.filter(({ at }) => Number.isFinite(at)).sort((one, other) => one.at - other.at)[0]
}

export function nextDueAt({ people }: GoogleState, app: App, after: number): number | undefined {
  const times = [...people.values()].flatMap(record => nextStepOf(record, app)?.at ?? [])
  const later = times.filter(at => at > after)
  return later.length > 0 ? later.reduce((one, other) => Math.min(one, other)) : undefined
}

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
