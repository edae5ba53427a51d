import type { Check, Level } from '../../check.ts'
import { expectEqual, expectError, expectThat, jsonObject, listedResources } from '../../expect.ts'
import { enterpriseUrn, errorUrn, groupUrn, userUrn } from '../../scim.ts'
import { escrow, shownWrong } from '../steps/client-areas.ts'
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

const lists =
  (path: string, name: 'id' | 'name', ...wanted: readonly string[]): Check['run'] =>
  async context => {
    const response = await context.get(path)
    const found = listedResources(response).map(({ [name]: value = null }) => value)
    expectEqual(found.toSorted(), wanted, `the ${name}s`, response)
  }

const explainsMissing = (name: 'user' | 'group', detail: string, level: Level): Check =>
  errorsCheck(`missing-${name}`, level, sources.missing, {
    description: `GET of a ${name} that doesn’t exist returns 404 and "${detail}"`,
    rationale: 'idp-scim-sync has been observed to depend on this text.',
    remedy: `Send "${detail}" as detail.`,
    needs: [`${name}s`],
    run: async context => {
      const response = await context.get(`${context[`${name}s`].endpoint}/${randomId()}`)
      expectError(response, 404)
      expectEqual(jsonObject(response).detail, detail, 'detail', response)
    },
  })

const hasHeader =
  (name: string, wanted: RegExp, what: string): Check['run'] =>
  async context => {
    const response = await context.get(`${context.users.endpoint}?count=1`)
    const value = response.headers[name] ?? ''
    expectThat(wanted.test(value), what, value, response)
  }

const takes = (name: string, type: string, source: string, rationale: string): Check =>
  serviceCheck(`takes-${name}`, 'SHOULD', source, {
    description: `POST /Users accepts ${type}.`,
    rationale,
    remedy: 'Accept both media types.',
    needs: ['write', 'users'],
    leadsTo: escrow(`Clients that send ${type} can’t create users.`),
    request: ({ context }) => ({ post: sampleUser(context), headers: { 'Content-Type': type } }),
    expect: {},
  })

const requiresToken = (name: string, what: string, Authorization: string): Check =>
  serviceCheck(`${name}-token`, 'MUST', sources.requests, {
    description: `${what} returns 401 and a SCIM error.`,
    rationale: 'Clients recognize an expired token by the 401. Tokens expire after a year.',
    remedy: 'Check the Authorization header first, and return 401 for anything that isn’t a valid token.',
    leadsTo: 'An expired token isn’t reported as such.',
    protects: 'authentication',
    blame: [
      // Such requests do no harm; but clients don't recognize an expired token.
      {
        on: ['nothing', '3xx', '4xx', '5xx'],
        harmless: true,
        remedy: 'Check credentials before anything else in a request, and return 401 with a SCIM error.',
      },
      { on: '2xx', predict: shownWrong('The directory can be read without a valid token.') },
    ],
    ...(Authorization !== '' && { wrongCredentials: true }),
    run: async context =>
      expectError(await context.get(`${context.users.endpoint}?count=1`, { Authorization }), 401),
  })

export const serviceChecks: readonly Check[] = [
  serviceCheck('media-type', 'SHOULD', sources.requests, {
    // As in AWS's samples; no sentence documents it.
    description: 'Responses have the media type application/json.',
    rationale: testedAgainstAws,
    remedy: 'Return application/json.',
    run: hasHeader('content-type', /^application\/json\b/, 'application/json'),
  }),
  takes('json', 'application/json', sources.terraform, 'The Terraform provider sends it.'),
  takes('scim-json', 'application/scim+json', sources.ssosync, 'ssosync and idp-scim-sync send it.'),
  serviceCheck('request-id', 'MUST', sources.createUser, {
    description: 'Responses have the header x-amzn-RequestId.',
    rationale: 'Clients log it for support requests to AWS.',
    remedy: 'Return a UUID in x-amzn-RequestId.',
    run: hasHeader('x-amzn-requestid', /^[0-9a-f-]{36}$/i, 'x-amzn-RequestId'),
  }),
  serviceCheck('no-location', 'MUST', sources.createUser, {
    description: 'The response to POST /Users has no Location and no ETag.',
    rationale: 'A client that relies on Location or ETag fails on AWS.',
    remedy: 'Omit Location and ETag.',
    needs: ['write', 'users'],
    run: async context => {
      const { response } = await createUser(context)
      const { location, etag } = response.headers
      const isBare = location === undefined && etag === undefined
      expectThat(isBare, 'neither Location nor ETag', { location, etag }, response)
    },
  }),
  requiresToken('wrong', 'An invalid token', `Bearer ${randomId()}`),
  requiresToken('missing', 'A request without a token', ''),
  requiresToken('basic', 'A scheme other than Bearer', 'Basic YTpi'),
  errorsCheck('body', 'SHOULD', sources.errors, {
    description: 'An error contains schema, schemas, an exceptionRequestId and a timeStamp.',
    rationale: testedAgainstAws,
    remedy: 'Return both schema and schemas, a UUID, and the time in the form 2026-03-04 05:06:07.12.',
    needs: ['users'],
    run: async context => {
      const response = await context.get(`${context.users.endpoint}/${randomId()}`)
      expectError(response, 404)
      const { exceptionRequestId = null, timeStamp = null, schema } = jsonObject(response)
      expectThat(typeof exceptionRequestId === 'string', 'exceptionRequestId', exceptionRequestId, response)
      const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,3}$/
      expectThat(time.test(String(timeStamp)), 'timeStamp like 2026-03-04 05:06:07.12', timeStamp, response)
      expectEqual(schema, [errorUrn], 'schema', response)
    },
  }),
  explainsMissing('user', 'USER does not exist.', 'SHOULD'),
  explainsMissing('group', 'GROUP does not exist.', 'MAY'),
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
      const wanted = { detail: 'Refused to create a new, duplicate resource.', scimType: null }
      expectEqual({ detail, scimType }, wanted, 'the error', response)
    },
  }),
  errorsCheck('bad-json', 'MUST', sources.createUser, {
    description: 'A body that isn’t JSON returns 400.',
    remedy: 'Return 400 with a SCIM error.',
    after: ['probe/create'],
    ...rejects(async context => context.send('POST', context.users.endpoint, { body: '{"userName": ' })),
    rationale: testedAgainstAws,
  }),
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
    run: lists('/ResourceTypes', 'name', 'Group', 'User'),
  }),
  discoveryCheck('schemas', 'MUST', sources.schemas, {
    description: 'GET /Schemas returns the schemas of users, groups and enterprise users.',
    rationale: 'keycloak-scim2-storage reads them before anything else.',
    remedy: 'Serve /Schemas with these three schemas.',
    run: lists('/Schemas', 'id', groupUrn, userUrn, enterpriseUrn),
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
