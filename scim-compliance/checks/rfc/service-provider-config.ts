import type { Check, CheckContext, ProbeName } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, Failure, formatValue, skip } from '../../expect.ts'
import { isObject, type JsonObject } from '../../scim.ts'
import { over } from '../forms.ts'
import { valueIn } from '../steps/attributes.ts'
import { bulkResults, sendBulk } from '../steps/bulk.ts'
import { expectSchema } from '../steps/create-and-read.ts'
import { createMarked } from '../steps/list-fixtures.ts'
import { expectOrder, requestList } from '../steps/lists.ts'
import { discoveryArea } from './areas.ts'
import { type CheckDefinition, defineChecks, must, should } from './define-checks.ts'

const configUrn = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'

const configOf = ({ service }: CheckContext): JsonObject =>
  service.config ?? skip('/ServiceProviderConfig can’t be read.')

const has = (value: unknown, type: 'boolean' | 'number' | 'string', what: string): void =>
  expectThat(typeof value === type, `${what}, a ${type}`, value)

/** The limits of each feature that RFC 7643 §5 requires. */
const features = {
  patch: [],
  bulk: ['maxOperations', 'maxPayloadSize'],
  filter: ['maxResults'],
  changePassword: [],
  sort: [],
  etag: [],
} as const

function expectSchemes(context: CheckContext): void {
  const { authenticationSchemes: schemes } = configOf(context)
  expectThat(Array.isArray(schemes) && schemes.length > 0, 'authenticationSchemes', schemes)
  for (const scheme of schemes)
    for (const name of ['type', 'name', 'description'])
      expectThat(typeof valueIn(scheme, name) === 'string', `${name}, a string`, scheme)
}

const configChecks = defineChecks({ ...discoveryArea, source: 'RFC 7643 §5' }, [
  must('config', ['R-147'], {
    source: discoveryArea.source,
    description: 'GET /ServiceProviderConfig returns one object with the schema ServiceProviderConfig.',
    rationale: 'Okta, SailPoint and tools such as this one read it to learn what the server supports.',
    remedy: 'Serve /ServiceProviderConfig as a single object, not as a list, and include its URN in schemas.',
    run: async context => {
      const response = await context.get('/ServiceProviderConfig')
      expectStatus(response, 200)
      expectSchema(response, configUrn)
    },
  }),
  must('config-members', ['R-148'], {
    description:
      'ServiceProviderConfig reports for each feature whether it is supported, with its limits, and lists the authentication schemes.',
    rationale:
      'Clients that rely on it don’t know which requests the server supports, and administrators not how to connect.',
    remedy:
      'Return each feature as an object with supported, a boolean, and its limits as numbers; and authenticationSchemes as an array whose entries have type, name and description.',
    after: ['rfc/discovery/config'],
    each: {
      ...over<readonly string[]>(features, (limits, name) => async context => {
        const config = configOf(context)
        has(valueIn(config, name, 'supported'), 'boolean', `${name}.supported`)
        for (const limit of limits) has(valueIn(config, name, limit), 'number', `${name}.${limit}`)
      }).each,
      authenticationSchemes: async context => expectSchemes(context),
    },
  }),
  must('authentication-schemes-primary', ['R-148', 'R-037'], {
    source: 'RFC 7643 §2.4, §5',
    description: 'At most one authentication scheme is primary.',
    rationale: 'Clients choose the primary scheme.',
    remedy: 'Set primary to true for at most one authentication scheme.',
    after: ['rfc/discovery/config-members'],
    run: async context => {
      const { authenticationSchemes: schemes } = configOf(context)
      if (!Array.isArray(schemes)) return skip('There are no authenticationSchemes.')
      const primaries = schemes.filter(one => isObject(one) && one.primary === true)
      expectThat(primaries.length <= 1, 'at most one primary scheme', formatValue(primaries))
    },
  }),
  should('public', ['R-149'], {
    source: 'RFC 7643 §5, RFC 7644 §2',
    description: 'GET /ServiceProviderConfig without credentials returns the authentication schemes.',
    rationale: 'A client needs to read how to sign in before it has signed in.',
    remedy: 'Serve /ServiceProviderConfig without a token: it contains nothing secret.',
    blame: [{ on: 401, remedy: 'Serve /ServiceProviderConfig without a token: it contains nothing secret.' }],
    after: ['rfc/discovery/config'],
    request: { get: '/ServiceProviderConfig', headers: { authorization: '' } },
    expect: { status: [200] },
  }),
])

type Offer = Pick<CheckDefinition, 'remedy' | 'after' | 'blame'> & Pick<Check, 'run'>

const offer = (id: keyof CheckContext['service']['offers'], words: string, { run, ...rest }: Offer) =>
  must(`offers-${id}`, ['R-148'], {
    ...rest,
    description: `If ServiceProviderConfig reports ${words} as supported, ${words.endsWith('s') ? 'they work' : 'it works'}.`,
    rationale: 'Clients use what the server advertises, and those requests fail.',
    run: async context => {
      if (!context.service.offers[id]) skip(`The server doesn’t advertise ${words}.`)
      await run(context)
    },
  })

/** Fails exactly if the probe finds that the feature doesn't work, since other checks then follow from this one. */
const worksByProbe = (name: ProbeName, what: string) => async (context: CheckContext) => {
  const { holds, kind, says, exchange } = await context.probe(name)
  if (holds === undefined) skip('Whether it works can’t be found out.')
  if (!holds) throw new Failure(what, says, exchange, kind === 'rejected' ? '4xx' : 'without effect')
}

const offersArea = {
  ...discoveryArea,
  source: 'RFC 7643 §5',
  needs: ['write', 'users'],
  after: ['probe/create'],
} as const

const offerChecks = defineChecks(offersArea, [
  offer('patch', 'PATCH', {
    remedy: 'Implement PATCH, or don’t advertise it: set patch.supported to false.',
    blame: [
      {
        on: 'without effect',
        remedy: 'Apply the operation: the response reports success, but nothing has changed.',
      },
    ],
    run: worksByProbe('probe/patch', 'PATCH to change a user'),
  }),
  offer('filter', 'filters', {
    remedy: 'Implement filters, or set filter.supported to false.',
    after: ['probe/filter'],
    run: worksByProbe('probe/filter', 'a filter by userName to return only the user'),
  }),
  offer('sort', 'sorting', {
    remedy: 'Implement sortBy, or set sort.supported to false.',
    after: ['probe/filter'],
    // Only ascending: rfc/sort/descending reports a server that ignores sortOrder.
    run: async context => {
      const { made, filter, text } = await createMarked(context, context.users, ['b', 'a'])
      const query = { filter, sortBy: text, sortOrder: 'ascending' }
      const response = await requestList(context, context.users, query)
      expectOrder(response, made.toReversed(), 'ids in ascending order')
    },
  }),
  offer('etag', 'ETags', {
    remedy: 'Send ETags, or set etag.supported to false.',
    after: ['rfc/retrieve/by-id'],
    run: async context => {
      const response = await context.get((await context.create(context.users)).path)
      expectThat(response.headers.etag !== undefined, 'an ETag header', response.headers, response)
    },
  }),
  offer('bulk', 'bulk requests', {
    remedy: 'Implement /Bulk, or set bulk.supported to false.',
    run: async context => {
      const path = `${context.users.endpoint}/${context.unique()}`
      const response = await sendBulk(context, [{ method: 'DELETE', path }])
      expectEqual(bulkResults(response).length, 1, 'number of results', response)
    },
  }),
])

export const serviceConfigChecks: readonly Check[] = [...configChecks, ...offerChecks]
