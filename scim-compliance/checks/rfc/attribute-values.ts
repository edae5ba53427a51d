import type { Check, CheckContext } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, isSuccess, jsonObject, skip } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { fitting, over } from '../forms.ts'
import { findAttribute, isUnassigned, objectsIn, requireWritable } from '../steps/attributes.ts'
import { postCreated, postSample } from '../steps/create-and-read.ts'
import { area, created, userArea } from './areas.ts'
import { defineChecks, may, must, should } from './define-checks.ts'

const byType = (values: Readonly<Record<string, string>>): readonly JsonObject[] =>
  Object.entries(values).map(([type, value]) => ({ type, value }))

const plurals: Readonly<Record<string, (unique: () => string) => readonly JsonObject[]>> = {
  emails: unique => byType({ work: `${unique()}@example.com`, home: `${unique()}@example.org` }),
  phoneNumbers: () => byType({ work: 'tel:+1-201-555-0123', mobile: 'tel:+1-201-555-0124' }),
  addresses: () => [
    { locality: 'Hollywood', country: 'US', type: 'work' },
    { locality: 'Berlin', country: 'DE', type: 'home' },
  ],
  roles: () => [{ value: 'reader' }, { value: 'writer' }],
  ims: () => byType({ xmpp: 'someone', skype: 'somebody' }),
  photos: () => byType({ photo: 'https://example.com/a.jpg', thumbnail: 'https://example.com/b.jpg' }),
  entitlements: () => [{ value: 'one' }, { value: 'two' }],
}

const expectRejected = (name: string, value: JsonObject) => async (context: CheckContext) => {
  requireWritable(context.users, name)
  expectStatus(await postSample(context, context.users, { [name]: [value] }), 400)
}

const expectSeveral = async (context: CheckContext, name: string, given: readonly JsonObject[]) => {
  requireWritable(context.users, name)
  if (!findAttribute(context.users, name)?.multiValued) skip(`${name} is advertised as single-valued.`)
  const response = await postCreated(context, context.users, context.sample(context.users, { [name]: given }))
  const got = objectsIn(response.body, name)
  expectThat(got.length === given.length, `${given.length} ${name}`, got, response)
}

const optional = ['ims', 'photos', 'entitlements', 'x509Certificates', 'password']

/** Clients must send correct values (MUST); the RFC doesn't require servers to reject others. */
const userValueChecks = defineChecks({ ...userArea, source: 'RFC 7643 §4.1.2' }, [
  may('refuses-values', ['R-072', 'R-074'], {
    description:
      'POST /Users returns 400 for a country that isn’t an ISO 3166-1 alpha-2 code, and for a certificate that isn’t base64.',
    rationale:
      'Clients that expect a country code can’t read “Germany”, and sign-ins with such a certificate fail later. Microsoft’s validator sends names of countries nevertheless.',
    remedy:
      'Check that addresses.country is a two-letter ISO 3166-1 code, and that x509Certificates.value is a DER certificate.',
    each: {
      country: expectRejected('addresses', { country: 'Germany', type: 'work' }),
      certificate: expectRejected('x509Certificates', { value: '*** not base64 ***' }),
    },
  }),
  should('refuses-photo', ['R-075'], {
    description: 'POST /Users with a photo that isn’t a URI returns 400.',
    rationale: 'Applications that display the photo open this URI.',
    remedy: 'Check that photos.value is a URI. It must not contain the image itself.',
    run: expectRejected('photos', { value: 'not a uri at all', type: 'photo' }),
  }),
  may('several-values', ['R-071', 'R-076'], {
    description: 'The server stores and returns two values of each multi-valued attribute of users.',
    rationale:
      'Entra maps several values. If the server can’t store them, they are lost or the user is rejected.',
    remedy: 'Store these attributes as lists, or advertise multiValued as false.',
    ...over(plurals, (values, name) => context => expectSeveral(context, name, values(context.unique))),
  }),
  may('has-attributes', ['R-076'], {
    source: 'RFC 7643 §4.1',
    description: `The user schema contains ${optional.slice(0, -1).join(', ')} and ${optional.at(-1)}.`,
    rationale: 'Clients can’t map attributes that the schema lacks.',
    remedy: 'Add these attributes to the schema of users if your service can make use of them.',
    run: async context => {
      if (context.service.schemas.length === 0) skip('The server advertises no schemas.')
      const missing = optional.filter(name => findAttribute(context.users, name) === undefined)
      expectEqual(missing, [], 'attributes that the schema lacks')
    },
  }),
])

/** An empty string is a value. */
const unassigned = fitting('unassigned', isUnassigned)

/** Posts these addresses, which the server may reject, and returns the response and the stored ones. */
async function postEmails(context: CheckContext, emails: readonly JsonObject[]) {
  const response = await postSample(context, context.users, { emails })
  if (!isSuccess(response)) expectStatus(response, 400)
  return { response, stored: objectsIn(response.body, 'emails') }
}

const valuesArea = area('values', 'Resource model', 'RFC 7643 §2.4', created)

const noValue = {
  ...valuesArea,
  source: 'RFC 7643 §2.5',
  blame: [
    {
      on: '4xx',
      remedy: 'Accept a value that stands for none, and treat it like an attribute that wasn’t sent.',
    },
  ],
} as const

const noValueChecks = defineChecks(noValue, [
  must('null-is-absent', ['R-040'], {
    description: 'An attribute that is sent as null or as an empty array in a create is unassigned.',
    rationale:
      'Many libraries send null for attributes without a value, as one of Microsoft’s samples does, or [] for a user without phone numbers. If the request is rejected, the user isn’t provisioned.',
    remedy: 'Treat null and [] like an attribute that wasn’t sent, and don’t return it.',
    each: {
      null: {
        request: ({ text }) => ({ post: { [text]: null } }),
        expect: ({ text }) => ({ body: { [text]: unassigned } }),
      },
      '[]': {
        given: { has: ['phoneNumbers'] },
        request: ({ context }) => {
          if (findAttribute(context.users, 'phoneNumbers')?.required) skip('phoneNumbers is required.')
          return { post: { phoneNumbers: [] } }
        },
        expect: { body: { phoneNumbers: unassigned } },
      },
    },
  }),
  must('null-clears', ['R-040', 'R-161'], {
    description: 'PUT with null for an attribute clears it, and the server no longer returns it.',
    rationale: 'A value that was removed at the source, such as a title, remains forever.',
    remedy: 'Remove a value that is set to null, in PUT as well as in PATCH.',
    after: ['rfc/values/null-is-absent', 'rfc/put/replaces'],
    given: { user: ({ text, mark }) => ({ [text]: mark }) },
    request: ({ text }) => ({ put: { [text]: null } }),
    expect: ({ text }) => ({ stored: { [text]: unassigned } }),
  }),
])

const listChecks = defineChecks(valuesArea, [
  may('unassigned-not-returned', ['R-040'], {
    source: 'RFC 7643 §2.5, RFC 7644 §3.4.2.5',
    description: 'The server omits attributes without a value, instead of returning null or an empty array.',
    rationale: 'Typed clients fail to parse null where they expect a string or a list.',
    remedy: 'Omit attributes without a value from representations.',
    run: async context => {
      const response = await context.get((await context.create(context.users)).path)
      const body = jsonObject(response)
      const empty = Object.keys(body).filter(name => isUnassigned(body[name]))
      expectEqual(empty, [], 'attributes without a value', response)
    },
  }),
  must('two-primaries', ['R-037'], {
    description: 'The server rejects two primary values, or stores at most one of them as primary.',
    rationale: 'Clients assume one primary address. With two, mail may go to the wrong one.',
    remedy: 'Reject a second primary value with 400, or set primary to false on the others.',
    run: async context => {
      requireWritable(context.users, 'emails', 'emails.primary')
      const values = byType({
        work: `${context.unique()}@example.com`,
        home: `${context.unique()}@example.com`,
      })
      const emails = values.map(email => ({ ...email, primary: true }))
      const { response, stored } = await postEmails(context, emails)
      const primaries = stored.filter(({ primary }) => primary === true)
      expectThat(primaries.length <= 1, 'at most one primary value', primaries, response)
    },
  }),
  should('repeated-values', ['R-039'], {
    description: 'The server returns a repeated value with the same type only once.',
    rationale: 'Clients that compare lists detect a difference in every cycle.',
    remedy: 'Merge entries with the same value and type when you write.',
    run: async context => {
      requireWritable(context.users, 'emails')
      const email = { value: `${context.unique()}@example.com`, type: 'work' }
      const { response, stored } = await postEmails(context, [email, email])
      const same = stored.filter(({ value }) => value === email.value)
      if (isSuccess(response)) expectEqual(same.length, 1, 'number of equal values', response)
    },
  }),
])

export const valueChecks: readonly Check[] = [...userValueChecks, ...noValueChecks, ...listChecks]
