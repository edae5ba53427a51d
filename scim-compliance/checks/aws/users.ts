import type { Check } from '../../check.ts'
import { expectEqual, expectError, expectStatus, expectThat, objectIn } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { Answer, Stage } from '../../stage.ts'
import { enterpriseUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs, offers } from '../tools/offered.ts'
import { expectPatched } from '../tools/patches.ts'
import { createUser, person } from '../tools/people.ts'
import { posted } from '../tools/posted.ts'
import { usersCheck } from './areas.ts'
import { expectRefused, lenient, sources } from './aws-checks.ts'

/** A user with something of its own, and without some attributes. */
const post = async (stage: Stage, given: JsonObject, left: readonly string[] = []): Promise<Answer> => {
  const body = stage.sample(stage.users, { ...person(stage), ...given })
  const sent = Object.fromEntries(Object.entries(body).filter(([name]) => !left.includes(name)))
  const answer = await posted(stage, stage.users, sent)
  return answer
}

/** A name without one of its parts; an attribute at the top is left out by itself. */
const without = (path: string): JsonObject => {
  if (!path.startsWith('name.')) return {}
  const name: Readonly<Record<string, Json>> = { givenName: 'Mira', familyName: 'Holt' }
  return { name: Object.fromEntries(Object.entries(name).filter(([part]) => `name.${part}` !== path)) }
}

type Refusal = {
  readonly id: string
  readonly says: string
  readonly source: string
  readonly level: 'MUST' | 'SHOULD' | 'MAY'
  readonly mend: string
  readonly attributes: readonly string[]
  readonly given: (stage: Stage) => JsonObject
  readonly left?: readonly string[]
  readonly detail?: RegExp
}

const two = (name: string, values: readonly JsonObject[], detail: RegExp): Refusal => ({
  id: `one-of-${name.toLowerCase()}`,
  says: `A user with two ${name} is refused with 400, and the detail says that the limit is 1.`,
  source: sources.createUser,
  level: 'MUST',
  mend: `Take one entry of ${name} at most; "List attribute ${name} exceeds allowed limit of 1".`,
  attributes: [`${name}.value`],
  given: () => ({ [name]: values }),
  detail,
})

const refusals: readonly Refusal[] = [
  ...['userName', 'displayName', 'name.givenName', 'name.familyName'].map(
    (path): Refusal => ({
      id: `requires-${path.replace('.', '-').toLowerCase()}`,
      says: `A user without ${path} is refused with 400.`,
      source: sources.createUser,
      level: 'MUST',
      mend: `Require ${path}, whatever /Schemas says.`,
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
    says: 'A user whose e-mail address isn’t primary is refused with 400.',
    source: sources.createUser,
    level: 'MUST',
    mend: 'Require "primary": true of the address.',
    attributes: ['emails.primary'],
    given: stage => ({ emails: [{ value: `${stage.unique()}@example.com`, type: 'work', primary: false }] }),
  },
  {
    id: 'no-empty-text',
    says: 'A user with an empty text is refused with 400, and the detail names the attribute.',
    source: sources.cloudTrail,
    level: 'MUST',
    mend: 'Refuse texts of no length: "Value at \'name.familyName\' failed to satisfy constraint: …".',
    attributes: ['name.familyName'],
    given: () => ({ name: { givenName: 'Mira', familyName: '' } }),
    detail: /familyName/,
  },
  {
    id: 'text-length',
    says: 'A title of 1025 characters is refused with 400.',
    source: sources.model,
    level: 'MUST',
    mend: 'Refuse texts of more than 1024 characters.',
    attributes: ['title'],
    given: () => ({ title: 'x'.repeat(1025) }),
  },
  {
    id: 'user-name-length',
    says: 'A userName of 129 characters is refused with 400.',
    source: sources.createUser,
    level: 'MUST',
    mend: 'Refuse user names of more than 128 characters.',
    attributes: ['userName'],
    given: stage => ({ userName: stage.unique().padEnd(129, 'x') }),
  },
  {
    id: 'user-name-without-blanks',
    says: 'A userName with a blank is refused with 400.',
    source: sources.createUser,
    level: 'MAY',
    mend: 'Refuse white space in userName.',
    attributes: ['userName'],
    given: stage => ({ userName: `${stage.unique()} x` }),
  },
  {
    id: 'reserved-name',
    says: 'Administrator is no userName.',
    source: sources.model,
    level: 'MUST',
    mend: 'Refuse Administrator and AWSAdministrators as names.',
    attributes: ['userName'],
    given: () => ({ userName: 'Administrator' }),
  },
  {
    id: 'no-groups-on-create',
    says: 'A user who is created with groups is refused with 400.',
    source: sources.createUser,
    level: 'MUST',
    mend: 'Refuse groups in the body of a user.',
    attributes: [],
    given: stage => ({ groups: [{ value: stage.unique() }] }),
  },
]

export const checks: readonly Check[] = [
  ...refusals.map(({ id, says, source, level, mend, attributes, given, left, detail }) =>
    usersCheck({
      id: id,
      level,
      says,
      source,
      matters: lenient,
      mend,
      run: async stage => {
        needs(stage.users, ...attributes)
        expectRefused(await post(stage, given(stage), left), detail)
      },
    }),
  ),
  usersCheck({
    id: 'created-with-201',
    level: 'MUST',
    says: 'A user is created with 201, and the answer is the whole user.',
    source: sources.createUser,
    matters: 'ssosync and idp-scim-sync take the id from the answer.',
    mend: 'Answer POST with 201 and the user.',
    effect: 'not-linked',
    leadsTo: 'Clients can’t go on with the users that they have created.',
    run: async stage => {
      const { sent, body, answer } = await createUser(stage)
      expectEqual(body.userName, sent.userName, 'userName', answer)
    },
  }),
  usersCheck({
    id: 'schemas-optional',
    level: 'MUST',
    says: 'A user is created by a body without schemas.',
    source: sources.createUser,
    matters: 'AWS’s own samples have none, and its Terraform provider sends schemas: null.',
    mend: 'Go by the address, not by schemas.',
    effect: 'escrow',
    leadsTo: 'Clients that follow AWS’s samples create nobody.',
    run: async stage => {
      expectStatus(await post(stage, { schemas: null }), 201)
    },
  }),
  usersCheck({
    id: 'id-and-meta-tolerated',
    level: 'SHOULD',
    says: 'An empty id and a meta in the body of a POST aren’t refused.',
    source: sources.terraform,
    matters: 'The Terraform provider sends its whole record, with fields of no value.',
    mend: 'Pass over id and meta in bodies.',
    effect: 'escrow',
    leadsTo: 'Terraform can’t create users.',
    run: async stage => {
      const created = '0001-01-01T00:00:00Z'
      expectStatus(
        await post(stage, { id: '', meta: { resourceType: '', created, lastModified: created } }),
        201,
      )
    },
  }),
  usersCheck({
    id: 'boolean-as-text',
    level: 'MUST',
    says: 'active is taken as a text in PATCH, and shown as a boolean.',
    source: sources.patchUser,
    matters: 'AWS’s own sample sends "active": "false", and Entra ID sends "False".',
    mend: 'Read "true" and "false" in any case as booleans.',
    needs: ['write', 'users', 'patch'],
    effect: 'data-lost',
    leadsTo: 'People who are disabled by Entra ID stay active.',
    run: async stage => {
      needs(stage.users, 'active')
      const { path } = await createUser(stage)
      await expectPatched(stage, path, { op: 'replace', path: 'active', value: 'false' })
      await expectKept(stage, path, { active: false })
    },
  }),
  usersCheck({
    id: 'without-email',
    level: 'SHOULD',
    says: 'A user is created without an e-mail address.',
    source: sources.terraform,
    matters: 'The Terraform provider’s tests do so.',
    mend: 'Don’t require emails.',
    effect: 'escrow',
    leadsTo: 'Users without a mailbox aren’t created.',
    run: async stage => {
      expectStatus(await post(stage, {}, ['emails']), 201)
    },
  }),
  usersCheck({
    id: 'inactive-by-default',
    level: 'MAY',
    says: 'A user who is created without active is inactive.',
    source: sources.terraform,
    matters: 'The Terraform provider leaves out active where it is false.',
    mend: 'Take a missing active for false.',
    effect: 'shown-wrong',
    leadsTo: 'Users whom Terraform creates as disabled can sign in.',
    run: async stage => {
      needs(stage.users, 'active')
      const answer = await post(stage, {}, ['active'])
      expectStatus(answer, 201)
      expectEqual(objectIn(answer).active ?? false, false, 'active', answer)
    },
  }),
  ...(
    [
      ['user-name', 'userName', (stage: Stage) => `${stage.unique()}@example.com`, 'MUST'],
      ['external-id', 'externalId', (stage: Stage) => stage.unique(), 'MUST'],
    ] as const
  ).map(([name, attribute, value, level]) =>
    usersCheck({
      id: `${name}-is-unique`,
      level,
      says: `A second user with one ${attribute} is answered with 409.`,
      source: sources.troubleshooting,
      matters: 'idp-scim-sync and ssosync create first, and look who it is on 409.',
      mend: `Keep ${attribute} unique.`,
      effect: 'shown-wrong',
      leadsTo: `Clients that create first make people twice, because ${attribute} isn’t unique.`,
      run: async stage => {
        const given = { [attribute]: value(stage) }
        await createUser(stage, given)
        expectError(await post(stage, given), 409)
      },
    }),
  ),
  usersCheck({
    id: 'email-is-unique',
    level: 'MUST',
    says: 'A second user with one e-mail address is answered with 409.',
    source: sources.troubleshooting,
    matters: lenient,
    mend: 'Keep the primary address unique.',
    run: async stage => {
      needs(stage.users, 'emails.value')
      const { sent } = await createUser(stage)
      expectError(await post(stage, { emails: sent.emails ?? null }), 409)
    },
  }),
  usersCheck({
    id: 'whole-seconds',
    level: 'MUST',
    says: 'meta has created and lastModified in whole seconds, and no location or version.',
    source: sources.createUser,
    matters: 'Clients compare what they have kept, and find no Location at AWS.',
    mend: 'Answer meta with resourceType, created and lastModified like 2026-03-04T05:06:07Z.',
    run: async stage => {
      const { body, answer } = await createUser(stage)
      const { meta } = body
      expectThat(isObject(meta), 'meta', meta ?? null, answer)
      const seconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
      expectThat(seconds.test(String(meta.created)), 'created in whole seconds', meta.created, answer)
      expectThat(
        seconds.test(String(meta.lastModified)),
        'lastModified in whole seconds',
        meta.lastModified,
        answer,
      )
      expectThat(!('location' in meta) && !('version' in meta), 'no location and no version', meta, answer)
    },
  }),
  usersCheck({
    id: 'schemas-by-content',
    level: 'MUST',
    says: 'The enterprise schema stands in schemas only where there is enterprise data.',
    source: sources.getUser,
    matters: 'Clients that read schemas strictly see what AWS shows.',
    mend: 'Name in schemas what the user has.',
    needs: ['write', 'users', 'enterprise'],
    run: async stage => {
      needs(stage.users, `${enterpriseUrn}:department`)
      // A sample has what is required, and AWS calls the extension so without asking for it.
      const { [enterpriseUrn]: _, ...sent } = stage.sample(stage.users, person(stage))
      const plain = await posted(stage, stage.users, sent)
      expectStatus(plain, 201)
      const { schemas = null } = objectIn(plain)
      expectThat(!String(schemas).includes(enterpriseUrn), 'the core schema only', schemas, plain)
      const full = await createUser(stage, { [enterpriseUrn]: { department: 'Freight' } })
      expectThat(
        String(full.body.schemas).includes(enterpriseUrn),
        'both schemas',
        full.body.schemas,
        full.answer,
      )
    },
  }),
  usersCheck({
    id: 'manager-by-value',
    level: 'MUST',
    says: 'A manager is shown with value only.',
    source: sources.createUser,
    matters: 'AWS takes $ref, and shows it nowhere.',
    mend: 'Answer manager as {"value": "…"}.',
    needs: ['write', 'users', 'enterprise'],
    run: async stage => {
      needs(stage.users, `${enterpriseUrn}:manager`)
      const manager = await createUser(stage)
      const user = await createUser(stage, {
        [enterpriseUrn]: { manager: { value: manager.id, $ref: `../Users/${manager.id}` } },
      })
      await expectKept(stage, user.path, { [`${enterpriseUrn}:manager`]: { value: manager.id } })
    },
  }),
  usersCheck({
    id: 'put-replaces-all',
    level: 'MUST',
    says: 'PUT of a user takes away what it leaves out, and answers with the user.',
    source: sources.putUser,
    matters: 'idp-scim-sync, ssosync and Terraform write users by PUT; teleport takes 200 and 201.',
    mend: 'Replace the whole user, and answer 200 (or 201, as AWS’s sample has it).',
    effect: 'shown-wrong',
    leadsTo: 'What was taken away from a user stays at the server.',
    run: async stage => {
      if (!offers(stage.users, 'title')) needs(stage.users, 'title')
      const user = await createUser(stage, { title: 'Dispatcher' })
      const { title: _, ...kept } = user.sent
      const answer = await stage.put(user.path, { ...kept, id: user.id })
      expectStatus(answer, 200, 201)
      expectEqual(objectIn(answer).userName, user.sent.userName, 'userName', answer)
      await expectKept(stage, user.path, { title: undefined })
    },
  }),
  usersCheck({
    id: 'disabled-stay',
    level: 'MUST',
    says: 'A disabled user is read and found.',
    source: sources.disabling,
    matters: 'Identity providers enable the same user again.',
    mend: 'Keep disabled users; only DELETE takes one away.',
    effect: 'not-linked',
    leadsTo: 'Disabled users are lost, because the server hides them; they can’t be enabled again.',
    run: async stage => {
      needs(stage.users, 'active')
      const user = await createUser(stage, { active: false })
      await expectKept(stage, user.path, { active: false })
    },
  }),
  usersCheck({
    id: 'deleted-with-204',
    level: 'MUST',
    says: 'DELETE of a user is answered with 204 and no body, the second with 404.',
    source: sources.deleteUser,
    matters: 'idp-scim-sync takes 404 for done, and nothing else.',
    mend: 'Answer 204, and 404 for who is gone.',
    effect: 'escrow',
    leadsTo: 'Clients that repeat a deletion fail.',
    run: async stage => {
      const { path } = await createUser(stage)
      const answer = await stage.delete(path)
      expectStatus(answer, 204)
      expectThat(answer.text === '', 'no body', answer.text, answer)
      expectStatus(await stage.delete(path), 404)
    },
  }),
  usersCheck({
    id: 'groups-never-shown',
    level: 'MUST',
    says: 'A user is shown without groups.',
    source: sources.getUser,
    matters: 'Clients of AWS ask for memberships by filter, and must not depend on groups.',
    mend: 'Leave out groups.',
    run: async stage => {
      const { path } = await createUser(stage)
      await expectKept(stage, path, { groups: undefined })
    },
  }),
]
