import type { Check, CheckContext, Level } from '../../check.ts'
import { skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'
import { over } from '../forms.ts'
import { requireAttributes } from '../steps/prerequisites.ts'
import { lookUpPath } from '../steps/users-and-groups.ts'
import { expectRejected, sources, tooLenient, usersCheck } from './areas.ts'
import { postUser } from './users.ts'

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
  readonly attributes: readonly string[]
  readonly given: (context: CheckContext) => JsonObject | Promise<JsonObject>
  readonly left?: readonly string[]
  readonly detail?: RegExp
}

const expectUserRejected =
  ({ attributes, given, left, detail }: UserRejection) =>
  async (context: CheckContext): Promise<void> => {
    requireAttributes(context.users, ...attributes)
    expectRejected(await postUser(context, await given(context), left), detail)
  }

const requiredPaths = ['userName', 'displayName', 'name.givenName', 'name.familyName']

/** Two values of each attribute that AWS takes one of. */
const twoValues: Readonly<Record<string, readonly JsonObject[]>> = {
  emails: [
    { value: 'mira.a@example.com', type: 'work', primary: true },
    { value: 'mira.b@example.com', type: 'home', primary: false },
  ],
  phoneNumbers: [
    { value: '+44 131 496 0100', type: 'work' },
    { value: '+44 131 496 0101', type: 'mobile' },
  ],
  addresses: [
    { type: 'work', locality: 'Leith' },
    { type: 'home', locality: 'Oban' },
  ],
}

const userRejections: readonly (readonly [
  id: string,
  level: Level,
  source: string,
  description: string,
  remedy: string,
  rejection: UserRejection,
])[] = [
  [
    'email-is-primary',
    'MUST',
    sources.createUser,
    'POST /Users with an email address that isn’t primary returns 400.',
    'Require "primary": true for the email address.',
    {
      attributes: ['emails.primary'],
      given: context => ({
        emails: [{ value: `${context.unique()}@example.com`, type: 'work', primary: false }],
      }),
    },
  ],
  [
    'no-empty-text',
    'MUST',
    sources.cloudTrail,
    'POST /Users with an empty string returns 400, and the detail names the attribute.',
    `Reject empty strings with "Value at 'name.familyName' failed to satisfy constraint: …".`,
    {
      attributes: ['name.familyName'],
      given: () => ({ name: { givenName: 'Mira', familyName: '' } }),
      detail: /familyName/,
    },
  ],
  [
    'text-length',
    'MUST',
    sources.model,
    'POST /Users with a title of 1025 characters returns 400.',
    'Reject strings of more than 1024 characters.',
    { attributes: ['title'], given: () => ({ title: 'x'.repeat(1025) }) },
  ],
  [
    'user-name-length',
    'MUST',
    sources.createUser,
    'POST /Users with a userName of 129 characters returns 400.',
    'Reject a userName of more than 128 characters.',
    { attributes: ['userName'], given: context => ({ userName: context.unique().padEnd(129, 'x') }) },
  ],
  [
    'user-name-without-blanks',
    'MAY',
    sources.createUser,
    'POST /Users with a userName that contains a space returns 400.',
    'Reject white space in userName.',
    { attributes: ['userName'], given: context => ({ userName: `${context.unique()} x` }) },
  ],
  [
    'reserved-name',
    'MUST',
    sources.model,
    'POST /Users with the userName Administrator returns 400.',
    'Reject Administrator and AWSAdministrators as userName.',
    { attributes: ['userName'], given: reservedName },
  ],
  [
    'no-groups-on-create',
    'MUST',
    sources.createUser,
    'POST /Users with groups returns 400.',
    'Reject groups in the body of a user.',
    { attributes: [], given: context => ({ groups: [{ value: context.unique() }] }) },
  ],
]

export const userRejectionChecks: readonly Check[] = [
  usersCheck('requires', 'MUST', sources.createUser, {
    description: 'POST /Users without userName, displayName, the given name or the family name returns 400.',
    rationale: tooLenient,
    remedy: 'Require userName, displayName, name.givenName and name.familyName, regardless of /Schemas.',
    ...over(Object.fromEntries(requiredPaths.map(path => [path, path])), path =>
      expectUserRejected({ attributes: [path], given: () => without(path), left: [path] }),
    ),
  }),
  usersCheck('one-of', 'MUST', sources.createUser, {
    description:
      'POST /Users with two emails, phoneNumbers or addresses returns 400, and the detail states the limit of 1.',
    rationale: tooLenient,
    remedy:
      'Accept at most one entry of each, and return "List attribute emails exceeds allowed limit of 1", with the attribute’s name.',
    ...over(twoValues, (values, name) =>
      expectUserRejected({
        attributes: [name === 'addresses' ? 'addresses.locality' : `${name}.value`],
        given: () => ({ [name]: values }),
        detail: /allowed limit of 1/,
      }),
    ),
  }),
  ...userRejections.map(([id, level, source, description, remedy, rejection]) =>
    usersCheck(id, level, source, {
      description,
      rationale: tooLenient,
      remedy,
      run: expectUserRejected(rejection),
    }),
  ),
]
