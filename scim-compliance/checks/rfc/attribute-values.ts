import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, formatValue, jsonObject, skip } from '../../expect.ts'
import { isObject, type JsonObject } from '../../scim.ts'
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
import { needNull, requireStored } from '../steps/prerequisites.ts'
import { userArea } from './areas.ts'
import { defineChecks, may, must, should } from './define-checks.ts'

const plurals: Readonly<Record<string, (context: CheckContext) => readonly JsonObject[]>> = {
  emails: context => [
    { value: `${context.unique()}@example.com`, type: 'work' },
    { value: `${context.unique()}@example.org`, type: 'home' },
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

const oneOf = (name: string, value: JsonObject) => (context: CheckContext) => {
  requireWritable(context.users, name)
  return postSample(context, context.users, { [name]: [value] })
}

/** Clients must send correct values (MUST); the RFC doesn't require servers to reject others. */
const wrongValues: readonly {
  readonly id: string
  readonly level: Check['level']
  readonly what: string
  readonly requirement: string
  readonly remedy: string
  readonly rationale: string
  readonly send: (context: CheckContext) => Promise<ScimResponse>
}[] = [
  {
    id: 'country',
    what: 'a country that isn’t an ISO 3166-1 alpha-2 code',
    level: 'MAY',
    requirement: 'R-072',
    remedy: 'Check that addresses.country is a two-letter ISO 3166-1 code.',
    rationale:
      'Clients that expect a country code can’t read “Germany”. Microsoft’s validator sends such names nevertheless.',
    send: oneOf('addresses', { country: 'Germany', type: 'work' }),
  },
  {
    id: 'certificate',
    what: 'a certificate that isn’t base64',
    level: 'MAY',
    requirement: 'R-074',
    remedy:
      'Decode x509Certificates.value when you receive it, and reject a value that isn’t a DER certificate.',
    rationale: 'Sign-ins with the certificate fail later, when the cause is hard to find.',
    send: oneOf('x509Certificates', { value: '*** not base64 ***' }),
  },
  {
    id: 'photo',
    what: 'a photo that isn’t a URI',
    level: 'SHOULD',
    requirement: 'R-075',
    remedy: 'Check that photos.value is a URI. It must not contain the image itself.',
    rationale: 'Applications that display the photo open this URI.',
    send: oneOf('photos', { value: 'not a uri at all', type: 'photo' }),
  },
]

export const userValueChecks: readonly Check[] = defineChecks(userArea, [
  ...wrongValues.map(({ id, level, what, requirement, remedy, rationale, send }) => ({
    id: `refuses-${id}`,
    level,
    source: 'RFC 7643 §4.1.2',
    description: `POST /Users with ${what} returns 400.`,
    requirements: [requirement],
    rationale,
    remedy,
    run: async (context: CheckContext) => expectStatus(await send(context), 400),
  })),
  ...Object.entries(plurals).map(([name, values]) =>
    may(
      `several-${name.toLowerCase()}`,
      ['R-071', ...(['ims', 'photos', 'entitlements'].includes(name) ? ['R-076'] : [])],
      {
        source: 'RFC 7643 §4.1.2',
        description: `The server stores and returns two values of ${name}.`,
        rationale:
          'Entra maps several values. If the server can’t store them, they are lost or the user is rejected.',
        remedy: `Store ${name} as a list, or advertise multiValued as false.`,
        run: async (context: CheckContext) => {
          if (requireWritableAttribute(context.users, name).multiValued !== true)
            skip(`${name} is advertised as single-valued.`)
          const given = values(context)
          const response = await postCreated(
            context,
            context.users,
            context.sample(context.users, { [name]: given }),
          )
          const got = valueIn(response.body, name)
          expectThat(
            Array.isArray(got) && got.filter(isObject).length === given.length,
            `${given.length} ${name}`,
            got,
            response,
          )
        },
      },
    ),
  ),
  ...(['ims', 'photos', 'entitlements', 'x509Certificates', 'password'] as const).map(name =>
    may(`has-${name.toLowerCase()}`, ['R-076'], {
      source: 'RFC 7643 §4.1',
      description: `The user schema contains ${name}.`,
      rationale: 'Clients can’t map this attribute.',
      remedy: `Add ${name} to the schema of users if your service can make use of it.`,
      run: async (context: CheckContext) => {
        if (context.service.schemas.length === 0) skip('The server advertises no schemas.')
        expectThat(findAttribute(context.users, name) !== undefined, `${name} in the schema`, 'nothing')
      },
    }),
  ),
])

export const valueChecks: readonly Check[] = defineChecks(
  { area: 'values', section: 'Resource model', source: 'RFC 7643 §2.4', needs: ['write', 'users'] },
  [
    must('null-is-absent', ['R-040'], {
      source: 'RFC 7643 §2.5',
      description: 'An attribute that is sent as null in a create is unassigned.',
      rationale:
        'Many libraries send null for attributes without a value, as one of Microsoft’s samples does. If the request is rejected, the user isn’t provisioned.',
      remedy: 'Treat null like an attribute that wasn’t sent, and don’t return it.',
      run: async context => {
        const text = textAttributeName(context.users)
        const response = await postCreated(
          context,
          context.users,
          context.sample(context.users, { [text]: null }),
        )
        expectThat(
          isUnassigned(valueIn(response.body, text)),
          `no ${text}`,
          valueIn(response.body, text),
          response,
        )
      },
    }),
    must('empty-is-absent', ['R-040'], {
      source: 'RFC 7643 §2.5',
      description: 'A multi-valued attribute that is sent as an empty array in a create is unassigned.',
      rationale:
        'Clients send [] for a user without phone numbers. If the request is rejected, the user isn’t provisioned.',
      remedy: 'Treat [] like an attribute that wasn’t sent, and don’t return it.',
      run: async context => {
        const phones = requireWritableAttribute(context.users, 'phoneNumbers')
        if (phones.required) skip('phoneNumbers is required.')
        const response = await postCreated(
          context,
          context.users,
          context.sample(context.users, { phoneNumbers: [] }),
        )
        const got = valueIn(response.body, 'phoneNumbers')
        expectThat(isUnassigned(got), 'no phoneNumbers', got, response)
      },
    }),
    must('null-clears', ['R-040'], {
      source: 'RFC 7643 §2.5',
      description: 'PUT with null for an attribute clears it, and the server no longer returns it.',
      rationale: 'A value that was removed at the source, such as a title, remains forever.',
      remedy: 'Remove a value that is set to null, in PUT as well as in PATCH.',
      run: async context => {
        const text = textAttributeName(context.users)
        const made = await context.create(context.users, { [text]: context.unique() })
        const { path, sent } = made
        await requireStored(context, made, text)
        await needNull(context, text)
        expectReplaced(await context.put(path, { ...sent, [text]: null }))
        const response = await context.get(path)
        expectThat(
          isUnassigned(valueIn(response.body, text)),
          `no ${text}`,
          valueIn(response.body, text),
          response,
        )
      },
    }),
    should('unassigned-not-returned', ['R-040'], {
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
      source: 'RFC 7643 §2.4',
      description: 'The server rejects two primary values, or stores at most one of them as primary.',
      rationale: 'Clients assume one primary address. With two, mail may go to the wrong one.',
      remedy: 'Reject a second primary value with 400, or set primary to false on the others.',
      run: async context => {
        requireWritable(context.users, 'emails', 'emails.primary')
        const emails = ['work', 'home'].map(type => ({
          value: `${context.unique()}@example.com`,
          type,
          primary: true,
        }))
        const response = await postSample(context, context.users, { emails })
        expectStatus(response, 201, 400)
        const primaries = objectsIn(response.body, 'emails').filter(({ primary }) => primary === true)
        expectThat(primaries.length <= 1, 'at most one primary value', formatValue(primaries), response)
      },
    }),
    should('repeated-values', ['R-039'], {
      source: 'RFC 7643 §2.4',
      description: 'The server returns a repeated value with the same type only once.',
      rationale: 'Clients that compare lists detect a difference in every cycle.',
      remedy: 'Merge entries with the same value and type when you write.',
      run: async context => {
        requireWritable(context.users, 'emails')
        const email = { value: `${context.unique()}@example.com`, type: 'work' }
        const response = await postSample(context, context.users, { emails: [email, email] })
        expectStatus(response, 201, 400)
        if (response.status === 400) return
        const same = objectsIn(response.body, 'emails').filter(({ value }) => value === email.value)
        expectEqual(same.length, 1, 'number of equal values', response)
      },
    }),
  ],
)
