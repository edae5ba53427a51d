import type { Check } from '../../../check.ts'
import { expectStatus, expectThat, objectIn, shown, skip } from '../../../expect.ts'
import { isObject, type JsonObject } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'
import { checksOf } from '../checks-of.ts'
import { truths } from './truths.ts'

const configUrn = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'

const configOf = ({ service }: Stage): JsonObject =>
  service.config ?? skip('/ServiceProviderConfig can’t be read.')

const has = (value: unknown, type: 'boolean' | 'number', what: string): void =>
  expectThat(typeof value === type, `${what}, a ${type}`, value)

/** What the configuration has to have: RFC 7643 §5. */
const features: readonly { readonly name: string; readonly limits: readonly string[] }[] = [
  { name: 'patch', limits: [] },
  { name: 'bulk', limits: ['maxOperations', 'maxPayloadSize'] },
  { name: 'filter', limits: ['maxResults'] },
  { name: 'changePassword', limits: [] },
  { name: 'sort', limits: [] },
  { name: 'etag', limits: [] },
]

export const checks: readonly Check[] = checksOf(
  { area: 'discovery', section: 'Discovery', source: 'RFC 7644 §4' },
  [
    {
      id: 'config',
      level: 'MUST',
      says: 'GET /ServiceProviderConfig is answered with one object, of the schema ServiceProviderConfig.',
      requirements: ['R-147'],
      matters: 'Okta, SailPoint and tools like this one go by it.',
      mend: 'Serve /ServiceProviderConfig.',
      run: async stage => {
        const answer = await stage.get('/ServiceProviderConfig')
        expectStatus(answer, 200)
        const { schemas } = objectIn(answer)
        expectThat(Array.isArray(schemas) && schemas.includes(configUrn), configUrn, schemas, answer)
      },
    },
    ...features.map(({ name, limits }) => ({
      id: `config-${name.toLowerCase()}`,
      level: 'MUST' as const,
      source: 'RFC 7643 §5',
      says: `The configuration says whether ${name} is supported${limits.length > 0 ? `, and its ${limits.join(' and ')}` : ''}.`,
      requirements: ['R-148'],
      matters: 'Clients that go by it can’t know what they may ask for.',
      mend: `Return ${name} with supported, true or false${limits.length > 0 ? `, and ${limits.join(' and ')}, numbers` : ''}.`,
      run: async (stage: Stage) => {
        const config = configOf(stage)
        has(at(config, name, 'supported'), 'boolean', `${name}.supported`)
        for (const limit of limits) has(at(config, name, limit), 'number', `${name}.${limit}`)
      },
    })),
    {
      id: 'config-authentication-schemes',
      level: 'MUST',
      source: 'RFC 7643 §5',
      says: 'The configuration lists authentication schemes, each with type, name and description.',
      requirements: ['R-148'],
      matters: 'Administrators are told by it how to connect.',
      mend: 'Return authenticationSchemes, an array, with type, name and description in each.',
      run: async stage => {
        const { authenticationSchemes: schemes } = configOf(stage)
        expectThat(Array.isArray(schemes) && schemes.length > 0, 'authenticationSchemes', schemes)
        for (const scheme of schemes)
          for (const name of ['type', 'name', 'description'])
            expectThat(typeof at(scheme, name) === 'string', `${name}, a text`, scheme)
      },
    },
    ...truths.map(({ id, words, offered, ask, mend }) => ({
      id: `offers-${id}`,
      level: 'MUST' as const,
      source: 'RFC 7643 §5',
      says: `Where the configuration says that ${words} ${words.endsWith('s') ? 'are' : 'is'} supported, it is so.`,
      requirements: ['R-148', ...(id === 'patch' ? ['R-166'] : [])],
      matters: 'A client that was told so relies on it, and fails.',
      mend,
      needs: ['write', 'users'] as const,
      run: async (stage: Stage) => {
        if (!offered(stage)) skip(`The server doesn’t advertise ${words}.`)
        await ask(stage)
      },
    })),
    {
      id: 'public',
      level: 'SHOULD',
      source: 'RFC 7643 §5, RFC 7644 §2',
      says: 'The authentication schemes can be read without credentials.',
      requirements: ['R-149'],
      matters: 'How to sign in can be read only by those who have.',
      mend: 'Serve /ServiceProviderConfig without a token; it says nothing that is secret.',
      run: async stage => expectStatus(await stage.get('/ServiceProviderConfig', { authorization: '' }), 200),
    },
    {
      id: 'authentication-schemes-primary',
      level: 'MUST',
      source: 'RFC 7643 §2.4, §5',
      says: 'At most one authentication scheme is primary.',
      requirements: ['R-148', 'R-037'],
      matters: 'Clients take the primary one.',
      mend: 'Mark one authentication scheme as primary.',
      run: async stage => {
        const { authenticationSchemes: schemes } = configOf(stage)
        if (!Array.isArray(schemes)) return skip('There are no authenticationSchemes.')
        const primaries = schemes.filter(one => isObject(one) && one.primary === true)
        expectThat(primaries.length <= 1, 'at most one primary scheme', shown(primaries))
      },
    },
  ],
)
