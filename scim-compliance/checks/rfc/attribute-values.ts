import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import {
  expectEqual,
  expectStatus,
  expectThat,
  formatValue,
  isSuccess,
  jsonObject,
  skip,
} from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { over } from '../forms.ts'
import {
  findAttribute,
  isUnassigned,
  objectsIn,
  requireWritable,
  requireWritableAttribute,
  textAttributeName,
  valueIn,
} from '../steps/attributes.ts'
import { expectReplaced, postCreated, postSample } from '../steps/create-and-read.ts'
import { userArea, valuesArea } from './areas.ts'
import { defineChecks, may, must, should } from './define-checks.ts'

const plurals: Readonly<Record<string, (unique: () => string) => readonly JsonObject[]>> = {
  emails: unique => [
    { value: `${unique()}@example.com`, type: 'work' },
    { value: `${unique()}@example.org`, type: 'home' },
  ],
  phoneNumbers: () => [
    { value: 'tel:+1-201-555-0123', type: 'work' },
    { value: 'tel:+1-201-555-0124', type: 'mobile' },
  ],
  addresses: () => [
    { locality: 'Hollywood', country: 'US', type: 'work' },
    { locality: 'Berlin', country: 'DE', type: 'home' },
  ],
  roles: () => [{ value: 'reader' }, { value: 'writer' }],
  ims: () => [
    { value: 'someone', type: 'xmpp' },
    { value: 'somebody', type: 'skype' },
  ],
  photos: () => [
    { value: 'https://example.com/a.jpg', type: 'photo' },
    { value: 'https://example.com/b.jpg', type: 'thumbnail' },
  ],
  entitlements: () => [{ value: 'one' }, { value: 'two' }],
}

const expectRejected = (name: string, value: JsonObject) => async (context: CheckContext) => {
  requireWritable(context.users, name)
  expectStatus(await postSample(context, context.users, { [name]: [value] }), 400)
}

const expectSeveral = async (context: CheckContext, name: string, given: readonly JsonObject[]) => {
  if (requireWritableAttribute(context.users, name).multiValued !== true)
    skip(`${name} is advertised as single-valued.`)
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
function expectUnassigned(response: ScimResponse, name: string): void {
  const got = valueIn(response.body, name)
  expectThat(isUnassigned(got), `no ${name}`, got, response, 'excess')
}

const unassigns = {
  source: 'RFC 7643 §2.5',
  blame: [
    {
      on: '4xx',
      remedy: 'Accept a value that stands for none, and treat it like an attribute that wasn’t sent.',
    },
  ],
} as const

export const valueChecks: readonly Check[] = [
  ...userValueChecks,
  ...defineChecks(valuesArea, [
    must('null-is-absent', ['R-040'], {
      ...unassigns,
      description: 'An attribute that is sent as null in a create is unassigned.',
      rationale:
        'Many libraries send null for attributes without a value, as one of Microsoft’s samples does. If the request is rejected, the user isn’t provisioned.',
      remedy: 'Treat null like an attribute that wasn’t sent, and don’t return it.',
      run: async context => {
        const text = textAttributeName(context.users)
        const body = context.sample(context.users, { [text]: null })
        expectUnassigned(await postCreated(context, context.users, body), text)
      },
    }),
    must('empty-is-absent', ['R-040'], {
      ...unassigns,
      description: 'A multi-valued attribute that is sent as an empty array in a create is unassigned.',
      rationale:
        'Clients send [] for a user without phone numbers. If the request is rejected, the user isn’t provisioned.',
      remedy: 'Treat [] like an attribute that wasn’t sent, and don’t return it.',
      run: async context => {
        const phones = requireWritableAttribute(context.users, 'phoneNumbers')
        if (phones.required) skip('phoneNumbers is required.')
        const body = context.sample(context.users, { phoneNumbers: [] })
        expectUnassigned(await postCreated(context, context.users, body), 'phoneNumbers')
      },
    }),
    must('null-clears', ['R-040', 'R-161'], {
      ...unassigns,
      description: 'PUT with null for an attribute clears it, and the server no longer returns it.',
      rationale: 'A value that was removed at the source, such as a title, remains forever.',
      remedy: 'Remove a value that is set to null, in PUT as well as in PATCH.',
      after: ['rfc/values/null-is-absent', 'rfc/put/replaces'],
      run: async context => {
        const text = textAttributeName(context.users)
        const { path, sent } = await context.create(context.users, { [text]: context.unique() })
        expectReplaced(await context.put(path, { ...sent, [text]: null }))
        expectUnassigned(await context.get(path), text)
      },
    }),
    may('unassigned-not-returned', ['R-040'], {
      source: 'RFC 7643 §2.5, RFC 7644 §3.4.2.5',
      description:
        'The server omits attributes without a value, instead of returning null or an empty array.',
      rationale: 'Typed clients fail to parse null where they expect a string or a list.',
      remedy: 'Omit attributes without a value from representations.',
      run: async context => {
        const { path } = await context.create(context.users)
        const response = await context.get(path)
        const empty = Object.entries(jsonObject(response))
          .filter(([, value]) => isUnassigned(value))
          .map(([name]) => name)
        expectEqual(empty, [], 'attributes without a value', response)
      },
    }),
    must('two-primaries', ['R-037'], {
      description: 'The server rejects two primary values, or stores at most one of them as primary.',
      rationale: 'Clients assume one primary address. With two, mail may go to the wrong one.',
      remedy: 'Reject a second primary value with 400, or set primary to false on the others.',
      run: async context => {
        requireWritable(context.users, 'emails', 'emails.primary')
        const one = () => ({ value: `${context.unique()}@example.com`, primary: true })
        const emails = [
          { ...one(), type: 'work' },
          { ...one(), type: 'home' },
        ]
        const response = await postSample(context, context.users, { emails })
        if (!isSuccess(response)) return expectStatus(response, 400)
        const primaries = objectsIn(response.body, 'emails').filter(({ primary }) => primary === true)
        expectThat(primaries.length <= 1, 'at most one primary value', formatValue(primaries), response)
      },
    }),
    should('repeated-values', ['R-039'], {
      description: 'The server returns a repeated value with the same type only once.',
      rationale: 'Clients that compare lists detect a difference in every cycle.',
      remedy: 'Merge entries with the same value and type when you write.',
      run: async context => {
        requireWritable(context.users, 'emails')
        const email = { value: `${context.unique()}@example.com`, type: 'work' }
        const response = await postSample(context, context.users, { emails: [email, email] })
        if (!isSuccess(response)) return expectStatus(response, 400)
        const same = objectsIn(response.body, 'emails').filter(({ value }) => value === email.value)
        expectEqual(same.length, 1, 'number of equal values', response)
      },
    }),
  ]),
]
