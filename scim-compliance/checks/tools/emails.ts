import { Failure, skip } from '../../expect.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { Made, Stage } from '../../stage.ts'
import { needWritable, valuesAt } from './attributes.ts'

/** Makes somebody with several email addresses; skips where the server takes or keeps one only. */
export async function withEmails(stage: Stage, given: JsonObject & { readonly emails: Json }): Promise<Made> {
  const only = 'The server doesn’t keep two email addresses of one person.'
  const made = await stage.create(stage.users, given).catch((error: unknown) => {
    if (error instanceof Failure && error.got.startsWith('400')) return skip(only)
    throw error
  })
  const { emails } = made.body
  return Array.isArray(emails) && emails.length > 1 ? made : skip(only)
}

/** Somebody, and the address that they have, or could have, under a name. */
export type Addressee = { readonly made: Made; readonly address: (name: string) => string }

async function addressee(
  stage: Stage,
  emailsOf: (address: Addressee['address']) => readonly JsonObject[],
): Promise<Addressee> {
  const mark = stage.unique()
  const address = (name: string) => `${name}-${mark}@example.com`
  return { made: await withEmails(stage, { emails: emailsOf(address) }), address }
}

/** Somebody with an address of each of these types, under its name. */
export function withAddresses(stage: Stage, ...types: readonly string[]): Promise<Addressee> {
  needWritable(stage.users, 'emails.value', 'emails.type')
  return addressee(stage, address => types.map(type => ({ type, value: address(type) })))
}

/** Somebody whose address at work is primary, beside another one. */
export function withPrimary(stage: Stage, other: string): Promise<Addressee> {
  needWritable(stage.users, 'emails.value', 'emails.type', 'emails.primary')
  return addressee(stage, (address): readonly JsonObject[] => [
    { type: 'work', value: address('work'), primary: true },
    { type: other, value: address(other) },
  ])
}

export const primariesIn = (body: JsonObject): readonly JsonObject[] =>
  valuesAt(body, 'emails').filter(({ primary }) => primary === true)
