import type { Blame, Check, ScimResponse } from '../../check.ts'
import { expectEqual, expectError, expectThat, jsonObject, listedResources } from '../../expect.ts'
import { enterpriseUrn, errorUrn } from '../../scim.ts'
import { postForCleanup } from '../steps/create-and-read.ts'
import { createUser, randomId, sampleUser } from '../steps/users-and-groups.ts'
import { discoveryCheck, errorsCheck, rejects, serviceCheck, sources, testedAgainstAws } from './areas.ts'

const features = {
  'patch.supported': true,
  'bulk.supported': false,
  'filter.supported': true,
  'changePassword.supported': false,
  'sort.supported': false,
  'etag.supported': false,
}

export const discoveryChecks: readonly Check[] = [
  discoveryCheck('features', 'MUST', sources.providerConfig, {
    description:
      'ServiceProviderConfig reports patch and filter as supported, and bulk, changePassword, sort and etag as not supported.',
    rationale: 'authentik and others choose their requests according to it.',
    remedy: 'Advertise what AWS supports: patch and filter, and nothing else.',
    request: { get: '/ServiceProviderConfig' },
    expect: { status: [200], body: features },
  }),
  discoveryCheck('resource-types', 'MUST', sources.resourceTypes, {
    description: 'GET /ResourceTypes returns User and Group.',
    rationale: testedAgainstAws,
    remedy: 'Serve /ResourceTypes with User and Group.',
    run: async context => {
      const response = await context.get('/ResourceTypes')
      const names = listedResources(response).map(({ name = null }) => name)
      expectEqual(names.toSorted(), ['Group', 'User'], 'the names', response)
    },
  }),
  discoveryCheck('schemas', 'MUST', sources.schemas, {
    description: 'GET /Schemas returns the schemas of users, groups and enterprise users.',
    rationale: 'keycloak-scim2-storage reads them before anything else.',
    remedy: 'Serve /Schemas with these three schemas.',
    run: async context => {
      const response = await context.get('/Schemas')
      const ids = listedResources(response).map(({ id = null }) => id)
      const core = 'urn:ietf:params:scim:schemas:core:2.0'
      expectEqual(ids.toSorted(), [`${core}:Group`, `${core}:User`, enterpriseUrn], 'the ids', response)
    },
  }),
  ...(['/Me', '/Bulk', '/.search'] as const).map(path =>
    serviceCheck(`no-${path.replace(/\W/g, '').toLowerCase()}`, 'MUST', sources.limitations, {
      description: `The server does not support ${path}.`,
      rationale: 'AWS doesn’t have this endpoint: a client that uses it fails in production.',
      remedy: `Return 404 for ${path}.`,
      ...(path !== '/Me' && { needs: ['write', 'users'] as const }),
      request: path === '/Me' ? { get: path } : { raw: {}, path },
      expect: { status: [400, 404, 405, 501] },
    }),
  ),
]

/** Such requests do no harm; but clients don't recognize an expired token. */
const isRejectedOtherwise: readonly Blame[] = [
  {
    on: ['nothing', '3xx', '4xx', '5xx'],
    harmless: true,
    remedy: 'Check credentials before anything else in a request, and return 401 with a SCIM error.',
  },
  {
    on: '2xx',
    predict: { effect: 'shown-wrong', summary: 'The directory can be read without a valid token.' },
  },
]

const likeAws = (response: ScimResponse): void => {
  const body = jsonObject(response)
  const { exceptionRequestId = null, timeStamp = null, schema } = body
  expectThat(typeof exceptionRequestId === 'string', 'exceptionRequestId', exceptionRequestId, response)
  const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,3}$/
  expectThat(time.test(String(timeStamp)), 'timeStamp like 2026-03-04 05:06:07.12', timeStamp, response)
  expectEqual(schema, [errorUrn], 'schema', response)
}

export const errorChecks: readonly Check[] = [
  errorsCheck('body', 'SHOULD', sources.errors, {
    description: 'An error contains schema, schemas, an exceptionRequestId and a timeStamp.',
    rationale: testedAgainstAws,
    remedy: 'Return both schema and schemas, a UUID, and the time in the form 2026-03-04 05:06:07.12.',
    needs: ['users'],
    run: async context => {
      const response = await context.get(`${context.users.endpoint}/${randomId()}`)
      expectError(response, 404)
      likeAws(response)
    },
  }),
  ...(
    [
      ['user', 'user', 'USER does not exist.', 'SHOULD'],
      ['group', 'group', 'GROUP does not exist.', 'MAY'],
    ] as const
  ).map(([name, words, detail, level]) =>
    errorsCheck(`missing-${name}`, level, sources.missing, {
      description: `GET of a ${words} that doesn’t exist returns 404 and "${detail}"`,
      rationale: 'idp-scim-sync has been observed to depend on this text.',
      remedy: `Send "${detail}" as detail.`,
      needs: [name === 'user' ? 'users' : 'groups'],
      run: async context => {
        const type = name === 'user' ? context.users : context.groups
        const response = await context.get(`${type.endpoint}/${randomId()}`)
        expectError(response, 404)
        expectEqual(jsonObject(response).detail, detail, 'detail', response)
      },
    }),
  ),
  errorsCheck('conflict', 'MAY', sources.conflict, {
    // The text was observed by one client; AWS documents only the status.
    description: 'A duplicate returns 409 with AWS’s message, without scimType.',
    rationale: testedAgainstAws,
    remedy: 'Return "Refused to create a new, duplicate resource." as detail.',
    after: ['aws/users/user-name-is-unique'],
    run: async context => {
      const { sent } = await createUser(context)
      const response = await postForCleanup(context, context.users, sent)
      expectError(response, 409)
      const { detail = null, scimType = null } = jsonObject(response)
      expectEqual(
        { detail, scimType },
        { detail: 'Refused to create a new, duplicate resource.', scimType: null },
        'the error',
        response,
      )
    },
  }),
  errorsCheck('bad-json', 'MUST', sources.createUser, {
    description: 'A body that isn’t JSON returns 400.',
    remedy: 'Return 400 with a SCIM error.',
    after: ['probe/create'],
    ...rejects(async context => context.send('POST', context.users.endpoint, { body: '{"userName": ' })),
    rationale: testedAgainstAws,
  }),
]

export const serviceChecks: readonly Check[] = [
  serviceCheck('media-type', 'SHOULD', sources.requests, {
    // As in AWS's samples; no sentence documents it.
    description: 'Responses have the media type application/json.',
    rationale: testedAgainstAws,
    remedy: 'Return application/json.',
    run: async context => {
      const response = await context.get(`${context.users.endpoint}?count=1`)
      const type = response.headers['content-type'] ?? ''
      expectThat(/^application\/json\b/.test(type), 'application/json', type, response)
    },
  }),
  ...(
    [
      ['json', 'application/json', sources.terraform, 'The Terraform provider sends it.'],
      ['scim-json', 'application/scim+json', sources.ssosync, 'ssosync and idp-scim-sync send it.'],
    ] as const
  ).map(([name, type, source, rationale]) =>
    serviceCheck(`takes-${name}`, 'SHOULD', source, {
      description: `POST /Users accepts ${type}.`,
      rationale,
      remedy: 'Accept both media types.',
      needs: ['write', 'users'],
      effect: 'escrow',
      leadsTo: `Clients that send ${type} can’t create users.`,
      request: ({ context }) => ({ post: sampleUser(context), headers: { 'Content-Type': type } }),
      expect: {},
    }),
  ),
  serviceCheck('request-id', 'MUST', sources.createUser, {
    description: 'Responses have the header x-amzn-RequestId.',
    rationale: 'Clients log it for support requests to AWS.',
    remedy: 'Return a UUID in x-amzn-RequestId.',
    run: async context => {
      const response = await context.get(`${context.users.endpoint}?count=1`)
      const id = response.headers['x-amzn-requestid'] ?? ''
      expectThat(/^[0-9a-f-]{36}$/i.test(id), 'x-amzn-RequestId', id, response)
    },
  }),
  serviceCheck('no-location', 'MUST', sources.createUser, {
    description: 'The response to POST /Users has no Location and no ETag.',
    rationale: 'A client that relies on Location or ETag fails on AWS.',
    remedy: 'Omit Location and ETag.',
    needs: ['write', 'users'],
    run: async context => {
      const { response } = await createUser(context)
      const { location, etag } = response.headers
      expectThat(
        location === undefined && etag === undefined,
        'neither Location nor ETag',
        { location, etag },
        response,
      )
    },
  }),
  ...(
    [
      ['wrong', 'An invalid token', `Bearer ${randomId()}`],
      ['missing', 'A request without a token', ''],
      ['basic', 'A scheme other than Bearer', 'Basic YTpi'],
    ] as const
  ).map(([name, description, Authorization]) =>
    serviceCheck(`${name}-token`, 'MUST', sources.requests, {
      description: `${description} returns 401 and a SCIM error.`,
      rationale: 'Clients recognize an expired token by the 401. Tokens expire after a year.',
      remedy: 'Check the Authorization header first, and return 401 for anything that isn’t a valid token.',
      leadsTo: 'An expired token isn’t reported as such.',
      protects: 'authentication',
      blame: isRejectedOtherwise,
      ...(Authorization !== '' && { wrongCredentials: true }),
      run: async context =>
        expectError(await context.get(`${context.users.endpoint}?count=1`, { Authorization }), 401),
    }),
  ),
]
