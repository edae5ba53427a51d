import type { Check, CheckContext } from '../../check.ts'
import { skip } from '../../expect.ts'
import { isObject, type JsonObject } from '../../scim.ts'
import { over, overNames } from '../forms.ts'
import { requireAttributes } from '../steps/attributes.ts'
import { lookUpPath, uniqueAddress } from '../steps/users-and-groups.ts'
import { rejects, sources, tooLenient, usersCheck } from './areas.ts'
import { postUser } from './users.ts'

/** The name without one of its parts. */
const without = (path: string): JsonObject =>
  path === 'name.givenName'
    ? { name: { familyName: 'Holt' } }
    : path === 'name.familyName'
      ? { name: { givenName: 'Mira' } }
      : {}

/** Such a user may exist already; this check must not change or remove it. */
const reservedName = async (context: CheckContext): Promise<JsonObject> => {
  const userName = 'Administrator'
  const { status, body } = await context.get(lookUpPath(context.users, `userName eq "${userName}"`))
  if (status !== 200 || !isObject(body) || body.totalResults !== 0)
    skip(`It can’t be verified that no ${userName} exists.`)
  return { userName }
}

type UserRejection = {
  /** Without which the check doesn't apply. */
  readonly attributes?: readonly string[]
  readonly given: (context: CheckContext) => JsonObject | Promise<JsonObject>
  readonly left?: readonly string[]
  readonly detail?: RegExp
}

const rejectsUser = ({ attributes = ['userName'], given, left, detail }: UserRejection) =>
  rejects(async context => {
    requireAttributes(context.users, ...attributes)
    return postUser(context, await given(context), left)
  }, detail)

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

export const userRejectionChecks: readonly Check[] = [
  usersCheck('requires', 'MUST', sources.createUser, {
    description: 'POST /Users without userName, displayName, the given name or the family name returns 400.',
    rationale: tooLenient,
    remedy: 'Require userName, displayName, name.givenName and name.familyName, regardless of /Schemas.',
    ...overNames(
      ['userName', 'displayName', 'name.givenName', 'name.familyName'],
      path => rejectsUser({ attributes: [path], given: () => without(path), left: [path] }).run,
    ),
  }),
  usersCheck('one-of', 'MUST', sources.createUser, {
    description:
      'POST /Users with two emails, phoneNumbers or addresses returns 400, and the detail states the limit of 1.',
    rationale: tooLenient,
    remedy:
      'Accept at most one entry of each, and return "List attribute emails exceeds allowed limit of 1", with the attribute’s name.',
    ...over(twoValues, (values, name) => {
      const attributes = [name === 'addresses' ? 'addresses.locality' : `${name}.value`]
      return rejectsUser({ attributes, given: () => ({ [name]: values }), detail: /allowed limit of 1/ }).run
    }),
  }),
  usersCheck('email-is-primary', 'MUST', sources.createUser, {
    description: 'POST /Users with an email address that isn’t primary returns 400.',
    remedy: 'Require "primary": true for the email address.',
    ...rejectsUser({
      attributes: ['emails.primary'],
      given: context => ({ emails: [{ value: uniqueAddress(context), type: 'work', primary: false }] }),
    }),
  }),
  usersCheck('no-empty-text', 'MUST', sources.cloudTrail, {
    description: 'POST /Users with an empty string returns 400, and the detail names the attribute.',
    remedy: `Reject empty strings with "Value at 'name.familyName' failed to satisfy constraint: …".`,
    ...rejectsUser({
      attributes: ['name.familyName'],
      given: () => ({ name: { givenName: 'Mira', familyName: '' } }),
      detail: /familyName/,
    }),
  }),
  usersCheck('text-length', 'MUST', sources.model, {
    description: 'POST /Users with a title of 1025 characters returns 400.',
    remedy: 'Reject strings of more than 1024 characters.',
    ...rejectsUser({ attributes: ['title'], given: () => ({ title: 'x'.repeat(1025) }) }),
  }),
  usersCheck('user-name-length', 'MUST', sources.createUser, {
    description: 'POST /Users with a userName of 129 characters returns 400.',
    remedy: 'Reject a userName of more than 128 characters.',
    ...rejectsUser({ given: context => ({ userName: context.unique().padEnd(129, 'x') }) }),
  }),
  usersCheck('user-name-without-blanks', 'MAY', sources.createUser, {
    description: 'POST /Users with a userName that contains a space returns 400.',
    remedy: 'Reject white space in userName.',
    ...rejectsUser({ given: context => ({ userName: `${context.unique()} x` }) }),
  }),
  usersCheck('reserved-name', 'MUST', sources.model, {
    description: 'POST /Users with the userName Administrator returns 400.',
    remedy: 'Reject Administrator and AWSAdministrators as userName.',
    ...rejectsUser({ given: reservedName }),
  }),
  usersCheck('no-groups-on-create', 'MUST', sources.createUser, {
    description: 'POST /Users with groups returns 400.',
    remedy: 'Reject groups in the body of a user.',
    ...rejectsUser({ given: context => ({ groups: [{ value: context.unique() }] }) }),
  }),
]
