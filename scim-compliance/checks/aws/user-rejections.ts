import type { Check, CheckContext } from '../../check.ts'
import { skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'
import { requireAttributes } from '../steps/prerequisites.ts'
import { lookUpPath } from '../steps/users-and-groups.ts'
import { expectRejected, sources, tooLenient, usersCheck } from './areas.ts'
import { postUser, requireCreated } from './prerequisites.ts'

const without = (path: string): JsonObject => {
  if (!path.startsWith('name.')) return {}
  const name: Readonly<Record<string, Json>> = { givenName: 'Mira', familyName: 'Holt' }
  return { name: Object.fromEntries(Object.entries(name).filter(([part]) => `name.${part}` !== path)) }
}

/** Such a user may exist already; this check must not change or remove it. */
const reservedName = async (context: CheckContext): Promise<JsonObject> => {
  const userName = 'Administrator'
  const { status, body } = await context.get(lookUpPath(context.users, `userName eq "${userName}"`))
  if (status !== 200 || !isObject(body) || body.totalResults !== 0)
    skip(`It can’t be verified that no ${userName} exists.`)
  return { userName }
}

type UserRejection = {
  readonly id: string
  readonly description: string
  readonly source: string
  readonly level: 'MUST' | 'SHOULD' | 'MAY'
  readonly remedy: string
  readonly attributes: readonly string[]
  readonly given: (context: CheckContext) => JsonObject | Promise<JsonObject>
  readonly left?: readonly string[]
  readonly detail?: RegExp
}

const two = (name: string, values: readonly JsonObject[], detail: RegExp): UserRejection => ({
  id: `one-of-${name.toLowerCase()}`,
  description: `POST /Users with two ${name} returns 400, and the detail states the limit of 1.`,
  source: sources.createUser,
  level: 'MUST',
  remedy: `Accept at most one entry of ${name}, and return "List attribute ${name} exceeds allowed limit of 1".`,
  attributes: [`${name}.value`],
  given: () => ({ [name]: values }),
  detail,
})

const userRejections: readonly UserRejection[] = [
  ...['userName', 'displayName', 'name.givenName', 'name.familyName'].map(
    (path): UserRejection => ({
      id: `requires-${path.replace('.', '-').toLowerCase()}`,
      description: `POST /Users without ${path} returns 400.`,
      source: sources.createUser,
      level: 'MUST',
      remedy: `Require ${path}, regardless of /Schemas.`,
      attributes: [path],
      given: () => without(path),
      left: [path],
    }),
  ),
  {
    ...two(
      'emails',
      [
        { value: 'mira.a@example.com', type: 'work', primary: true },
        { value: 'mira.b@example.com', type: 'home', primary: false },
      ],
      /allowed limit of 1/,
    ),
  },
  two(
    'phoneNumbers',
    [
      { value: '+44 131 496 0100', type: 'work' },
      { value: '+44 131 496 0101', type: 'mobile' },
    ],
    /allowed limit of 1/,
  ),
  {
    ...two(
      'addresses',
      [
        { type: 'work', locality: 'Leith' },
        { type: 'home', locality: 'Oban' },
      ],
      /allowed limit of 1/,
    ),
    attributes: ['addresses.locality'],
  },
  {
    id: 'email-is-primary',
    description: 'POST /Users with an email address that isn’t primary returns 400.',
    source: sources.createUser,
    level: 'MUST',
    remedy: 'Require "primary": true for the email address.',
    attributes: ['emails.primary'],
    given: context => ({
      emails: [{ value: `${context.unique()}@example.com`, type: 'work', primary: false }],
    }),
  },
  {
    id: 'no-empty-text',
    description: 'POST /Users with an empty string returns 400, and the detail names the attribute.',
    source: sources.cloudTrail,
    level: 'MUST',
    remedy: `Reject empty strings with "Value at 'name.familyName' failed to satisfy constraint: …".`,
    attributes: ['name.familyName'],
    given: () => ({ name: { givenName: 'Mira', familyName: '' } }),
    detail: /familyName/,
  },
  {
    id: 'text-length',
    description: 'POST /Users with a title of 1025 characters returns 400.',
    source: sources.model,
    level: 'MUST',
    remedy: 'Reject strings of more than 1024 characters.',
    attributes: ['title'],
    given: () => ({ title: 'x'.repeat(1025) }),
  },
  {
    id: 'user-name-length',
    description: 'POST /Users with a userName of 129 characters returns 400.',
    source: sources.createUser,
    level: 'MUST',
    remedy: 'Reject a userName of more than 128 characters.',
    attributes: ['userName'],
    given: context => ({ userName: context.unique().padEnd(129, 'x') }),
  },
  {
    id: 'user-name-without-blanks',
    description: 'POST /Users with a userName that contains a space returns 400.',
    source: sources.createUser,
    level: 'MAY',
    remedy: 'Reject white space in userName.',
    attributes: ['userName'],
    given: context => ({ userName: `${context.unique()} x` }),
  },
  {
    id: 'reserved-name',
    description: 'POST /Users with the userName Administrator returns 400.',
    source: sources.model,
    level: 'MUST',
    remedy: 'Reject Administrator and AWSAdministrators as userName.',
    attributes: ['userName'],
    given: reservedName,
  },
  {
    id: 'no-groups-on-create',
    description: 'POST /Users with groups returns 400.',
    source: sources.createUser,
    level: 'MUST',
    remedy: 'Reject groups in the body of a user.',
    attributes: [],
    given: context => ({ groups: [{ value: context.unique() }] }),
  },
]

export const usersRejectedChecks: readonly Check[] = [
  ...userRejections.map(({ id, description, source, level, remedy, attributes, given, left, detail }) =>
    usersCheck(id, level, source, {
      description,
      rationale: tooLenient,
      remedy,
      run: async context => {
        requireAttributes(context.users, ...attributes)
        await requireCreated(context)
        expectRejected(await postUser(context, await given(context), left), detail)
      },
    }),
  ),
]
