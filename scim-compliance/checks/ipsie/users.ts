import type { Check, CheckContext } from '../../check.ts'
import { expectThat, listedResources, skip } from '../../expect.ts'
import { type JsonObject, userUrn } from '../../scim.ts'
import { objectsIn, valueIn } from '../steps/attributes.ts'
import { expectTotal, requestList } from '../steps/lists.ts'
import { acceptedBlame, replace } from '../steps/patches.ts'
import { usersCheck } from './areas.ts'

const attributeNames = (schema: JsonObject | undefined): readonly string[] =>
  objectsIn(schema, 'attributes').flatMap(attribute => [
    String(attribute.name),
    ...objectsIn(attribute, 'subAttributes').map(({ name }) => `${attribute.name}.${name}`),
  ])

const isOfRfc = ({ id }: JsonObject): boolean => String(id).startsWith('urn:ietf:params:scim:')

/** The schema of this URN in `/Schemas`; skips if there are none, which the suite interop reports. */
const schemaOf = ({ service: { schemas } }: CheckContext, urn: string): JsonObject | undefined => {
  if (schemas.length === 0) skip('/Schemas can’t be read.')
  return schemas.find(({ id }) => String(id).toLowerCase() === urn.toLowerCase())
}

/** Expects a schema to have these attributes. */
export const declares =
  (urn: string, ...wanted: readonly string[]): Check['run'] =>
  async context => {
    const names = attributeNames(schemaOf(context, urn)).map(name => name.toLowerCase())
    const missing = wanted.filter(name => !names.includes(name.toLowerCase()))
    expectThat(
      missing.length === 0,
      `${wanted.join(', ')} in ${urn}`,
      `no ${missing.join(', ')}`,
      undefined,
      'missing',
    )
  }

const byId = 'ipsie/deprovisioning/by-id'

/** Of a creation; its status is a matter of RFC 7644. */
export const hasId = {
  holds: { 'an id': ({ body }: { readonly body: JsonObject }) => typeof body.id === 'string' },
}

/** Parts of names, in lower case. */
const credentials = [
  'password',
  'passwd',
  'secret',
  'totp',
  'privatekey',
  'private_key',
  'credential',
] as const

const pageLimit = 1000

export const usersChecks: readonly Check[] = [
  usersCheck('create', 'AL-203', '6.1.3', 'MUST', {
    description: 'POST /Users creates a user.',
    rationale: 'At this level, the identity provider creates users itself.',
    remedy: 'Support POST /Users.',
    request: { post: {} },
    expect: hasId,
  }),
  usersCheck('attributes', 'AL-201', '6.1.1', 'MUST', {
    description: 'The schema of users has userName, displayName and active.',
    rationale: 'The identity provider maps these attributes for every application.',
    remedy: 'Support these attributes, and declare them in /Schemas.',
    needs: ['users'],
    run: declares(userUrn, 'userName', 'displayName', 'active'),
  }),
  usersCheck('external-id', 'AL-201', '6.1.1', 'MUST', {
    description: 'The server returns the externalId of a user.',
    rationale: 'The identity provider recognizes its users by externalId.',
    remedy: 'Return externalId with a user.',
    after: [byId, 'ipsie/deprovisioning/find-by-external-id'],
    given: { user: ({ mark }) => ({ externalId: mark }) },
    request: ({ user }) => ({ get: user.path }),
    expect: ({ mark }) => ({ body: { externalId: mark } }),
  }),
  usersCheck('no-password', 'AL-202', '6.1.2', 'MUST', {
    description: 'The schema of users has no password.',
    rationale: 'People sign in at the identity provider; a password beside it is a way around it.',
    remedy: 'Don’t support password, and remove it from /Schemas.',
    needs: ['users'],
    run: async context => {
      const found = attributeNames(schemaOf(context, userUrn)).filter(name => /^password$/i.test(name))
      expectThat(found.length === 0, 'no password', found.join(), undefined, 'excess')
    },
  }),
  usersCheck('no-credentials', 'AL-202', '6.1.2', 'SHOULD', {
    description: 'No attribute of the server’s own schemas has the name of a credential.',
    rationale:
      'Credentials that a provisioning client can set are a way around the identity provider. Only the names are compared, so look yourself.',
    remedy:
      'Remove attributes for passwords, keys and seeds from your schemas. If the name misleads, list it as a known failure.',
    needs: ['users'],
    run: async context => {
      if (context.service.schemas.length === 0) skip('/Schemas can’t be read.')
      const names = context.service.schemas.filter(schema => !isOfRfc(schema)).flatMap(attributeNames)
      const found = names.filter(name => credentials.some(part => name.toLowerCase().includes(part)))
      expectThat(found.length === 0, 'no credentials', found.join(', '), undefined, 'excess')
    },
  }),
  usersCheck('update', 'AL-203', '6.1.4', 'MUST', {
    description: 'A PATCH changes the displayName of a user.',
    rationale: 'Users keep the data that they were created with.',
    remedy: 'Support replace of displayName by PATCH.',
    after: [byId, 'probe/patch'],
    blame: acceptedBlame,
    given: { user: { displayName: 'Before' } },
    request: ({ mark }) => ({ patch: replace('displayName', mark) }),
    expect: ({ mark }) => ({ stored: { displayName: mark } }),
  }),
  usersCheck('list', 'AL-203', '6.1.5', 'MUST', {
    description: 'GET /Users returns a list with the total number of users.',
    rationale: 'The identity provider compares the list with its own users.',
    remedy: 'Return a list response, and count all users in totalResults.',
    run: async context => {
      await context.create(context.users)
      await context.create(context.users)
      expectTotal(await requestList(context, context.users, {}), 2)
    },
  }),
  usersCheck('page-size', 'AL-203', '6.1.5', 'SHOULD', {
    description: `A page has at most ${pageLimit} users, whatever its count.`,
    rationale: 'Larger pages take long to read, and time out.',
    remedy: `Return at most ${pageLimit} users in a page.`,
    needs: ['users'],
    run: async context => {
      const response = await requestList(context, context.users, { count: pageLimit + 1 })
      const { length } = listedResources(response)
      expectThat(length <= pageLimit, `at most ${pageLimit} users`, `${length} users`, response, 'excess')
      const total = Number(valueIn(response.body, 'totalResults'))
      if (total <= pageLimit) skip(`The server has at most ${pageLimit} users, which fit in a page.`)
    },
  }),
  usersCheck('cursors', 'AL-203', '6.1.5', 'SHOULD', {
    description: 'ServiceProviderConfig advertises paging by cursor.',
    rationale: 'Pages by index miss users or repeat them while others change.',
    remedy: 'Support the cursors of RFC 9865, and advertise pagination.cursor.',
    needs: ['users'],
    run: async ({ service: { offers, config } }) =>
      expectThat(offers.cursorPaging, 'pagination.cursor true', config?.pagination),
  }),
]
