import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import type { JsonObject } from '../../scim-compliance/scim.ts'
import { todays } from '../support/todays.ts'
import {
  error,
  listOf,
  type Mutant,
  objectIn,
  objectsIn,
  pathOf,
  queryOf,
  reply,
  withBody,
  withQuery,
} from './mutants/break.ts'
import {
  changesRequest,
  changesResponse,
  eachResource,
  metas,
  resources,
  responds,
  without,
} from './mutants/breaks.ts'
import { serverUnderTest } from './mutants/server-under-test.ts'
import { peerOf } from './peers/index.ts'

/** A server that behaves as the RFCs allow, and the checks that must not fail on it. */
type ConformingServer = Pick<Mutant, 'id' | 'description' | 'breaks'> & {
  readonly passes: readonly string[]
  /** One check reports the missing feature, at a level that violates no requirement. */
  readonly noted?: readonly string[]
}

const declined = reply(400, {
  schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
  status: '400',
  scimType: 'invalidFilter',
  detail: 'This filter isn’t supported.',
})

const declines = (pattern: RegExp): Mutant['breaks'] =>
  responds(request => {
    const outsideValues = (queryOf(request).get('filter') ?? '').replace(/"(\\.|[^"\\])*"/g, '""')
    return pattern.test(outsideValues) ? declined : undefined
  })

const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group'

/** Changes a schema in the response of `/Schemas`. */
const schema = (id: string, change: (schema: JsonObject) => JsonObject): Mutant['breaks'] =>
  changesResponse((response, request) => {
    if (pathOf(request) !== '/Schemas') return {}
    const body = objectIn(response)
    const changed = objectsIn(body.Resources).map(one => (one.id === id ? change(one) : one))
    return withBody(response, { ...body, Resources: changed })
  })

const conformingServers: readonly ConformingServer[] = [
  {
    id: 'title-not-filtered',
    description: 'supports filters on names and IDs, but not on title, nickName or displayName',
    breaks: declines(/\b(title|nickName|displayName)\b/),
    passes: ['rfc/filter/', 'rfc/index-paging/', 'rfc/search/filter'],
    noted: ['rfc/filter/takes-title'],
  },
  {
    id: 'eq-only',
    description: 'supports only the operator eq, and no brackets',
    breaks: declines(/ (ne|co|sw|ew|gt|ge|lt|le|pr)\b|\[|\bnot \(/i),
    passes: ['rfc/filter/', 'rfc/index-paging/', 'rfc/sort/', 'rfc/search/'],
    noted: ['ne', 'substrings', 'order', 'presence', 'logic', 'value-paths'].map(
      one => `rfc/filter/takes-${one}`,
    ),
  },
  {
    id: 'nothing-optional',
    description:
      'supports neither PATCH, bulk requests, filters, sorting nor ETags, and advertises none of them',
    breaks: () => async (request, next) => {
      const path = pathOf(request)
      if (request.method === 'PATCH' || path === '/Bulk') return error(501)
      if (queryOf(request).has('filter') && !/^\/(Schemas|ResourceTypes)\b/.test(path)) return declined
      const response = await next(withQuery(request, { sortBy: null }))
      if (path !== '/ServiceProviderConfig') return response
      const none = { supported: false, maxOperations: 0, maxPayloadSize: 0, maxResults: 0 }
      const { patch, bulk, filter, sort, etag, ...rest } = objectIn(response)
      return withBody(response, { ...rest, patch: none, bulk: none, filter: none, sort: none, etag: none })
    },
    passes: ['discovery', 'patch', 'bulk', 'filter', 'sort', 'versions', 'index-paging', 'search'].map(
      area => `rfc/${area}`,
    ),
  },
  {
    id: 'late-lists',
    description: 'lists new resources after some time',
    breaks: () => {
      const made = new Map<unknown, number>()
      return async (request, next) => {
        const response = await next(request)
        const { id, Resources, ...list } = objectIn(response)
        if (request.method === 'POST' && response.status === 201) made.set(id, performance.now())
        if (!Array.isArray(Resources)) return response
        const listed = objectsIn(Resources).filter(
          one => performance.now() - (made.get(one.id) ?? -1e6) > 250,
        )
        const late = Resources.length - listed.length
        return withBody(response, {
          ...list,
          Resources: listed,
          totalResults: Number(list.totalResults) - late,
        })
      }
    },
    passes: [
      'rfc/retrieve/',
      'rfc/projection/list',
      'rfc/projection/excluded-in-lists',
      'rfc/search/everywhere',
      'rfc/index-paging/groups',
    ],
  },
  {
    id: 'location-only',
    description: 'returns a Location and no body for a create, which RFC 7644 §3.3 only recommends',
    breaks: () => async (request, next) => {
      const response = await next(request)
      return request.method === 'POST' && response.status === 201 ? { ...response, text: '' } : response
    },
    passes: ['rfc/create/', 'rfc/common/', 'rfc/model/', 'rfc/projection/writes'],
    noted: ['rfc/create/body'],
  },
  {
    id: 'empty-body-415',
    description: 'returns 415 for a body without a media type',
    breaks: responds(request =>
      request.method === 'POST' && !('content-type' in request.headers) ? error(415) : undefined,
    ),
    passes: ['rfc/errors/unreadable'],
  },
  {
    ...peerOf('offers-me'),
    passes: ['rfc/me/'],
  },
  {
    id: 'root-too-many',
    description: 'declines queries over all types with 400 tooMany',
    breaks: responds(request =>
      ['/', '', '/.search'].includes(pathOf(request))
        ? reply(400, { ...objectIn(declined), scimType: 'tooMany' })
        : undefined,
    ),
    passes: ['rfc/retrieve/root-query', 'rfc/search/everywhere'],
  },
  {
    id: 'no-scim-types',
    description: 'returns no scimType, which is optional',
    breaks: changesResponse(response => {
      const body = objectIn(response)
      return response.status === 400 && 'scimType' in body
        ? withBody(response, without(body, 'scimType'))
        : {}
    }),
    passes: ['rfc/errors/unreadable-named'],
  },
  {
    id: 'schema-of-schemas',
    description: 'lists the schema of schemas, whose subAttributes are complex',
    breaks: changesResponse((response, request) => {
      if (pathOf(request) !== '/Schemas') return {}
      const of = (name: string, type: string, more: JsonObject = {}): JsonObject => ({
        name,
        type,
        multiValued: true,
        required: true,
        description: name,
        mutability: 'readOnly',
        returned: 'default',
        ...more,
      })
      const own = {
        id: 'urn:ietf:params:scim:schemas:core:2.0:Schema',
        name: 'Schema',
        description: 'Schemas',
        attributes: [
          of('attributes', 'complex', {
            subAttributes: [of('subAttributes', 'complex', { subAttributes: [of('name', 'string')] })],
          }),
        ],
      }
      const all = objectsIn(objectIn(response).Resources)
      return withBody(response, listOf(...all, own))
    }),
    passes: ['rfc/schemas/no-deeper-complex'],
  },
  {
    id: 'group-name-optional',
    description:
      'advertises displayName of groups as optional, as RFC 7643 §8.7.1 does, and accepts groups without one',
    breaks: () => {
      const optional = schema(groupSchema, one => ({
        ...one,
        attributes: objectsIn(one.attributes).map(attribute =>
          attribute.name === 'displayName' ? { ...attribute, required: false } : attribute,
        ),
      }))()
      const unnamed = /^unnamed /
      return async (request, next) => {
        const body = objectIn(request)
        const isNameless = request.method === 'POST' && pathOf(request) === '/Groups' && !body.displayName
        const named = isNameless
          ? withBody(request, { ...body, displayName: `unnamed ${Math.random()}` })
          : request
        const response = await optional(named, next)
        const shown = eachResource(objectIn(response), one =>
          unnamed.test(String(one.displayName)) ? without(one, 'displayName') : one,
        )
        return Object.keys(shown).length === 0 ? response : withBody(response, shown)
      }
    },
    passes: ['rfc/filter/eq-group-name', 'rfc/search/groups', 'rfc/projection/excluded-members'],
  },
  {
    ...peerOf('null-for-no-resources'),
    passes: ['rfc/filter/', 'rfc/retrieve/nothing-found', 'rfc/delete/out-of-lists'],
    noted: ['rfc/retrieve/resources-not-null'],
  },
  {
    ...peerOf('no-filter-on-title'),
    passes: ['rfc/filter/', 'rfc/index-paging/', 'rfc/search/'],
    noted: ['rfc/filter/takes-title'],
  },
  {
    id: 'passwords-compared',
    description: 'compares passwords for equality, as RFC 7643 §4.1.1 allows',
    breaks: changesRequest(request => {
      const filter = queryOf(request).get('filter')
      return filter === null
        ? request
        : { ...request, target: request.target.replace(/password%20eq%20%22[^%]*%22/i, 'id%20pr') }
    }),
    passes: ['rfc/user/password-not-searched'],
  },
  {
    id: 'bulk-status-object',
    description: 'returns the status of bulk operations as an object with a code, as in RFC 7644 §3.7.3',
    breaks: changesResponse((response, request) => {
      const body = objectIn(response)
      if (!request.target.startsWith('/Bulk') || !Array.isArray(body.Operations)) return {}
      const Operations = objectsIn(body.Operations).map(one => ({
        ...one,
        status: { code: one.status ?? '' },
      }))
      return withBody(response, { ...body, Operations })
    }),
    passes: ['rfc/bulk/status-as-string'],
  },
  {
    ...peerOf('relative-addresses'),
    passes: ['rfc/meta/', 'rfc/create/', 'rfc/group/members-ref-leads'],
    noted: ['rfc/meta/location-absolute'],
  },
  {
    id: 'emails-in-small-letters',
    description: 'converts whole email addresses to lower case, since emails isn’t caseExact',
    breaks: resources(resource => ({
      ...resource,
      ...(Array.isArray(resource.emails) && {
        emails: objectsIn(resource.emails).map(one => ({ ...one, value: `${one.value}`.toLowerCase() })),
      }),
    })),
    passes: ['rfc/user/email-domain'],
  },
  {
    id: 'null-for-unassigned',
    description: 'returns null and [] for unassigned attributes, which RFC 7643 §2.5 calls equivalent',
    breaks: resources(resource => ({ title: null, emails: [], ...resource })),
    passes: ['rfc/search/', 'rfc/create/', 'rfc/retrieve/'],
  },
  {
    id: 'values-in-any-order',
    description:
      'returns multi-valued attributes in a different order each time, since their order has no meaning',
    breaks: () => {
      let times = 0
      return resources(resource => {
        times++
        return Object.fromEntries(
          Object.entries(resource).map(([name, value]) => [
            name,
            Array.isArray(value) && times % 2 === 1 ? value.toReversed() : value,
          ]),
        )
      })()
    },
    passes: ['rfc/create/read-equals', 'rfc/retrieve/same-in-list', 'rfc/patch-paths/answers-as-stored'],
  },
  {
    id: 'lists-in-any-order',
    description: 'lists resources in a different order each time, since RFC 7644 defines none without sortBy',
    breaks: () => {
      let times = 0
      return changesResponse((response, request) => {
        const body = objectIn(response)
        if (!/^\/(Users|Groups)\b/.test(pathOf(request)) || queryOf(request).has('sortBy')) return {}
        if (!Array.isArray(body.Resources)) return {}
        const found = objectsIn(body.Resources)
        const turn = found.length === 0 ? 0 : times++ % found.length
        return withBody(response, { ...body, Resources: [...found.slice(turn), ...found.slice(0, turn)] })
      })()
    },
    passes: ['rfc/index-paging/', 'rfc/search/pages', 'rfc/cursor-paging/'],
  },
  {
    id: 'own-display-of-emails',
    description: 'sets display on each email address if the client sent none',
    breaks: resources(resource => ({
      ...resource,
      ...(Array.isArray(resource.emails) && {
        emails: objectsIn(resource.emails).map(one => ({ display: one.value ?? '', ...one })),
      }),
    })),
    passes: ['rfc/patch-remove/'],
  },
  {
    id: 'members-on-request',
    description: 'advertises members and groups as returned on request, and doesn’t return them by default',
    breaks: () => {
      const onRequest = (name: string) => (one: JsonObject) => ({
        ...one,
        attributes: objectsIn(one.attributes).map(attribute =>
          attribute.name === name ? { ...attribute, returned: 'request' } : attribute,
        ),
      })
      const [groups, users] = [
        schema(groupSchema, onRequest('members'))(),
        schema('urn:ietf:params:scim:schemas:core:2.0:User', onRequest('groups'))(),
      ]
      const hides = resources((resource, request) =>
        /attributes=/.test(request.target) ? resource : without(resource, 'members', 'groups'),
      )()
      return (request, next) => groups(request, one => users(one, other => hides(other, next)))
    },
    passes: ['rfc/group/', 'rfc/patch-members/'],
  },
  {
    id: 'put-answers-204',
    description: 'returns 204 for PUT, which RFC 9110 §9.3.4 allows',
    breaks: changesResponse((response, request) =>
      request.method === 'PUT' && response.status === 200 ? { status: 204, headers: {}, text: '' } : {},
    ),
    passes: [
      'rfc/put/',
      'rfc/values/',
      'rfc/meta/',
      'rfc/common/',
      'rfc/versions/',
      'rfc/advertised/read-only',
    ],
    noted: ['rfc/put/answers-200'],
  },
  {
    id: 'patch-answers-204-without-tag',
    description: 'returns 204 without an ETag for PATCH, since there is no representation to tag',
    breaks: changesResponse((response, request) =>
      request.method === 'PATCH' && response.status === 200 ? { status: 204, headers: {}, text: '' } : {},
    ),
    passes: ['rfc/versions/', 'rfc/patch-paths/'],
  },
  {
    id: 'ascii-user-names',
    description: 'accepts only ASCII letters in userName',
    breaks: responds(request =>
      /[^\x20-\x7e]/.test(`${objectIn(request).userName ?? ''}`)
        ? error(400, 'ASCII only.', 'invalidValue')
        : undefined,
    ),
    passes: ['rfc/user/name-'],
  },
  {
    id: 'certificates-on-request',
    description: 'advertises certificates as returned on request, and doesn’t return them by default',
    breaks: () => {
      const advertises = schema('urn:ietf:params:scim:schemas:core:2.0:User', one => ({
        ...one,
        attributes: objectsIn(one.attributes).map(attribute =>
          attribute.name === 'x509Certificates' ? { ...attribute, returned: 'request' } : attribute,
        ),
      }))()
      const hides = resources(resource => without(resource, 'x509Certificates'))()
      return (request, next) => advertises(request, one => hides(one, next))
    },
    passes: ['rfc/forms/'],
  },
  {
    id: 'collation',
    description: 'sorts caseExact attributes by a collation that distinguishes case, lower case first',
    breaks: changesResponse((response, request) => {
      const body = objectIn(response)
      if (queryOf(request).get('sortBy') !== 'externalId' || !Array.isArray(body.Resources)) return {}
      const sorted = objectsIn(body.Resources).toSorted((one, other) =>
        `${one.externalId}`.localeCompare(`${other.externalId}`, 'en'),
      )
      return withBody(response, { ...body, Resources: sorted })
    }),
    passes: ['rfc/sort/'],
  },
  {
    id: 'versions-count-writes',
    description: 'creates a new version with each write, even without a change',
    breaks: () => {
      let writes = 0
      const counts = metas(meta => ({ ...meta, version: `W/"${writes}"` }))()
      return (request, next) => {
        if (request.method === 'PATCH') writes++
        return counts(request, next)
      }
    },
    passes: ['rfc/patch-add/what-is-there-moves-nothing'],
  },
  {
    id: 'no-primary-by-filter',
    description: 'rejects setting primary by a filter, so that no two values become primary',
    breaks: responds(request =>
      request.method === 'PATCH' && request.text.includes('].primary')
        ? error(400, 'This path isn’t supported.', 'invalidPath')
        : undefined,
    ),
    passes: ['rfc/patch-replace/moves-primary'],
  },
  {
    id: 'one-user',
    description: 'omits startIndex and itemsPerPage if the list is complete',
    breaks: changesResponse((response, request) => {
      const body = objectIn(response)
      return pathOf(request) === '/Users' && body.totalResults === objectsIn(body.Resources).length
        ? withBody(response, without(body, 'startIndex', 'itemsPerPage'))
        : {}
    }),
    passes: ['rfc/retrieve/page-members'],
  },
  {
    id: 'members-by-value-only',
    description: 'returns only the value of members',
    breaks: resources(resource =>
      Array.isArray(resource.members)
        ? { ...resource, members: objectsIn(resource.members).map(({ value = '' }) => ({ value })) }
        : resource,
    ),
    passes: ['rfc/group/members-kept', 'rfc/group/members-ref-leads'],
    noted: ['rfc/group/members-type', 'rfc/group/members-ref'],
  },
]

const phoneNumbersAsUris = resources(resource => ({
  ...resource,
  ...(Array.isArray(resource.phoneNumbers) && {
    phoneNumbers: objectsIn(resource.phoneNumbers).map(one => ({
      ...one,
      value: `tel:${`${one.value}`.replace(/^tel:/, '').replaceAll(' ', '-')}`,
    })),
  }),
}))

/** IDs of the checks with these prefixes; each prefix must match some. */
function idsThatBegin(...beginnings: readonly string[]): readonly string[] {
  return beginnings.flatMap(beginning => {
    const ids = checks.filter(({ id }) => id.startsWith(beginning)).map(({ id }) => id)
    if (ids.length === 0) throw new Error(`No check has an ID that starts with ${beginning}.`)
    return ids
  })
}

const describeOutcome = ({ check, verdict, expected, got, reason }: Outcome) =>
  `${check.level} ${check.id} ${verdict}: ${expected ?? reason}; ${got}`

t.test('no check fails on behavior that the RFCs allow', async t => {
  const servers = await Promise.all(Array.from({ length: 4 }, () => serverUnderTest(t, 'rfc')))
  const queue = todays(conformingServers, 3).values()
  await Promise.all(
    servers.map(async ({ outcomesOf }) => {
      for (const { id, description, breaks, passes, noted = [] } of queue) {
        const outcomes = await outcomesOf(idsThatBegin(...passes, ...noted), breaks())
        const failed = outcomes.filter(({ verdict }) => verdict === 'failed' || verdict === 'broken')
        t.same(
          failed.filter(({ check }) => !noted.includes(check.id)).map(describeOutcome),
          [],
          `${id}: ${description}`,
        )
        t.same(
          failed.filter(({ check }) => noted.includes(check.id)).map(({ check }) => check.id),
          noted.toSorted((a, b) => order(outcomes, a) - order(outcomes, b)),
          `${id} is noted once`,
        )
      }
    }),
  )
})

t.test('a server may return phone numbers as tel URIs, as RFC 7643 §4.1.2 recommends', async t => {
  const { outcomesOf } = await serverUnderTest(t, 'entra')
  const areas = ['entra/create/', 'entra/update/', 'entra/tests/']
  const outcomes = await outcomesOf(idsThatBegin(...areas), phoneNumbersAsUris(), { concurrency: 8 })
  t.same(
    outcomes.filter(({ verdict }) => verdict === 'failed' || verdict === 'broken').map(describeOutcome),
    [],
  )
  const ofPhones = outcomes.filter(({ check }) => /phone/.test(check.id))
  t.same(new Set(ofPhones.map(({ verdict }) => verdict)), new Set(['passed']))
})

const order = (outcomes: readonly Outcome[], id: string): number =>
  outcomes.findIndex(({ check }) => check.id === id)

const rejects = (method: string): Mutant['breaks'] =>
  responds(request => (request.method === method ? error(400, 'No.', 'invalidSyntax') : undefined))

/** A server that only appears to be correct, and the checks that must not pass on it. */
const vacuous: readonly (Pick<Mutant, 'id' | 'breaks'> & { readonly areas: readonly string[] })[] = [
  {
    ...peerOf('ignores-filters'),
    areas: [
      'rfc/filter/',
      'rfc/common/external-id-case',
      'rfc/search/filter',
      'rfc/discovery/offers-filter',
      'rfc/advertised/case-ignored',
    ],
  },
  { ...peerOf('totals-of-the-page'), areas: ['rfc/index-paging/', 'rfc/retrieve/total-results'] },
  {
    ...peerOf('writes-without-effect'),
    areas: [
      'rfc/patch',
      'rfc/put/',
      'rfc/delete/',
      'rfc/versions/stale',
      'rfc/versions/current',
      'rfc/versions/any',
      'rfc/common/id-of-client-ignored-put',
      'rfc/advertised/read-only-put',
      'rfc/advertised/immutable',
      'rfc/common/id-stays',
      'rfc/create/put-unknown',
      'rfc/meta/created-stays',
    ],
  },
  { id: 'refuses-patch', breaks: rejects('PATCH'), areas: ['rfc/patch', 'rfc/discovery/offers-patch'] },
  { id: 'refuses-put', breaks: rejects('PUT'), areas: ['rfc/put/', 'rfc/delete/put'] },
  { id: 'refuses-delete', breaks: rejects('DELETE'), areas: ['rfc/delete/'] },
  {
    id: 'finds-nobody',
    breaks: responds(request =>
      queryOf(request).has('filter') && !/^\/(Schemas|ResourceTypes)\b/.test(request.target)
        ? reply(200, listOf())
        : undefined,
    ),
    areas: ['rfc/filter/eq', 'rfc/delete/out-of-lists'],
  },
]

t.test('no check passes on a server without the feature', async t => {
  const { outcomesOf } = await serverUnderTest(t, 'rfc')
  for (const { id, breaks, areas } of vacuous) {
    const outcomes = await outcomesOf(idsThatBegin(...areas), breaks(), { concurrency: 12 })
    t.ok(
      outcomes.some(({ verdict }) => verdict === 'failed'),
      `the server ${id} fails`,
    )
    t.same(
      outcomes.filter(({ verdict }) => verdict === 'passed').map(({ check }) => check.id),
      [],
      id,
    )
  }
})

t.test('pages of a server without filters are compared with its whole list', async t => {
  const { outcomesOf } = await serverUnderTest(t, 'rfc')
  const ids = ['one-based', 'second-page', 'below-one'].map(id => `rfc/index-paging/${id}`)
  const verdictsOf = async (ignoresStartIndex: boolean) => {
    const outcomes = await outcomesOf(ids, (request, next) => {
      if (queryOf(request).has('filter')) return Promise.resolve(declined)
      return next(ignoresStartIndex ? withQuery(request, { startIndex: null }) : request)
    })
    return outcomes.map(({ verdict }) => verdict)
  }
  t.same(await verdictsOf(false), ['passed', 'passed', 'passed'])
  t.same(await verdictsOf(true), ['passed', 'failed', 'passed'])
})
