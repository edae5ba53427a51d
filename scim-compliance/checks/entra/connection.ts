import type { Blame, Check, CheckContext, HttpHeaders, ScimResponse } from '../../check.ts'
import { expectError, expectStatus, expectThat, jsonObject, listedResources, skip } from '../../expect.ts'
import { listResponseUrn } from '../../scim.ts'
import type { Form, Scene } from '../forms.ts'
import { quarantine, shownWrong } from '../steps/client-areas.ts'
import { readResource } from '../steps/create-and-read.ts'
import { listsSchema } from '../steps/patches.ts'
import { createGroup, createUser, lookUpPath, randomId } from '../steps/users-and-groups.ts'
import {
  discoveryCheck,
  flagged,
  found,
  gallery,
  probeCheck,
  sources,
  totalOnly,
  undecodedPlus,
  unnoticed,
} from './areas.ts'

const userProbe = ({ users }: CheckContext, more?: string): string =>
  lookUpPath(users, `userName eq "${randomId()}"`, more)

const probeConnection = (context: CheckContext, headers?: HttpHeaders): Promise<ScimResponse> =>
  context.get(userProbe(context), headers)

/** The probe, sent in another way, succeeds unless the check expects otherwise. */
const probing = (headers: HttpHeaders = {}, pathOf = ({ context }: Scene) => userProbe(context)): Form => ({
  request: scene => ({ get: pathOf(scene), headers }),
  expect: { status: [200] },
})

const unreported = (open: string, token: string): readonly Blame[] => [
  { on: '2xx', predict: shownWrong(open) },
  {
    on: ['3xx', '4xx', '5xx'],
    harmless: true,
    remedy: `Return 401 for ${token}.`,
    predict: unnoticed(`{answer} instead of 401, so ${token} isn’t reported as such.`),
  },
]

const rationale = 'Entra ID starts every activity with searches for users that don’t exist, with random IDs.'

const evaluated = 'Evaluate filters. Don’t return the whole list if you can’t parse one.'

const remedy =
  'Support this filter. If it matches nothing, return 200 with an empty ListResponse, not an error.'

function expectNone(response: ScimResponse): void {
  const { length } = listedResources(response)
  expectThat(length === 0, 'no resources', length, response, 'excess')
  const { totalResults } = jsonObject(response)
  expectThat(totalResults === 0, 'totalResults 0', totalResults, response, 'other')
}

const describesItself = (id: string, name: string): Check =>
  discoveryCheck(id, 'practice', sources.referenceCode, {
    description: `GET /${name} returns a SCIM response.`,
    rationale: 'Microsoft’s checklist for the app gallery requires it.',
    remedy: `Serve /${name} (RFC 7644 §4).`,
    when: gallery,
    leadsTo: 'The test of this endpoint fails.',
    request: { get: `/${name}` },
    expect: {
      status: [200],
      holds: { 'a response with schemas': ({ body }) => Array.isArray(body.schemas) },
    },
  })

export const connectionChecks: readonly Check[] = [
  probeCheck('user-answers-200', 'MUST', sources.tutorial, {
    description: 'A search for a user that doesn’t exist returns 200.',
    rationale,
    remedy,
    leadsTo:
      'Test connection fails and a running job is quarantined at once, because the probe for users doesn’t return 200.',
    blame: undecodedPlus(400),
    run: async context => {
      const response = await probeConnection(context)
      if (response.status === 400) await context.probe('probe/filter')
      expectStatus(response, 200)
    },
  }),
  probeCheck('user-finds-nobody', 'MUST', sources.tutorial, {
    description:
      'A search for a user that doesn’t exist returns totalResults 0 and no resources, even if other users exist.',
    needs: ['write', 'users'],
    rationale,
    remedy,
    leadsTo:
      'As soon as the server has a user, Test connection fails and a running job is quarantined, because the probe returns a user that can’t exist.',
    after: ['probe/create'],
    blame: [{ on: 'excess', remedy: evaluated }, totalOnly],
    unconverted: 'totals',
    run: async context => {
      await createUser(context)
      expectNone(await probeConnection(context))
    },
  }),
  probeCheck('is-a-list-response', 'MUST', sources.tutorial, {
    description: 'A search returns a ListResponse.',
    rationale: 'Entra ID treats any other body as coming from an endpoint that isn’t SCIM.',
    remedy: 'Include urn:ietf:params:scim:api:messages:2.0:ListResponse in schemas.',
    leadsTo:
      'Test connection fails and a running job is quarantined at once, because the response to a search isn’t a ListResponse.',
    run: async context => {
      const { body, response } = await readResource(context, userProbe(context))
      expectThat(listsSchema(body, listResponseUrn), 'a ListResponse', body.schemas, response)
    },
  }),
  probeCheck('by-external-id', 'practice', sources.probes, {
    description: 'A search for an unknown externalId returns an empty list, even if other users exist.',
    needs: ['write', 'users'],
    rationale: 'If externalId is the matching attribute, Entra ID probes with it.',
    remedy,
    when: 'your job matches users by externalId',
    leadsTo: 'Test connection fails, because the probe doesn’t return an empty list.',
    after: [...found, 'entra/probe/group-finds-nobody'],
    blame: { on: 'excess', remedy: evaluated },
    run: async context => {
      await createUser(context)
      const response = await context.get(lookUpPath(context.users, `externalId eq "${randomId()}"`))
      expectThat(listedResources(response).length === 0, 'no resources', response.body, response, 'excess')
    },
  }),
  probeCheck('group-finds-nobody', 'MUST', sources.tutorial, {
    description:
      'A search for a group that doesn’t exist, with excludedAttributes=members, returns an empty list, even if other groups exist.',
    rationale: 'If groups are provisioned, Entra ID probes for a random group.',
    remedy,
    needs: ['write', 'groups'],
    leadsTo:
      'Test connection fails and a running job is quarantined, because the probe for groups doesn’t return 200 and an empty list.',
    after: ['entra/probe/user-finds-nobody', 'entra/groups/documented-body'],
    blame: [
      {
        // A probe that finds a group is correct as long as there is none.
        on: 'excess',
        remedy: evaluated,
        predict: quarantine(
          'As soon as the server has a group, Test connection fails and a running job is quarantined, because the probe returns a group that can’t exist.',
        ),
      },
      totalOnly,
    ],
    run: async context => {
      await createGroup(context)
      const filter = `displayName eq "${randomId()}"`
      expectNone(await context.get(lookUpPath(context.groups, filter, 'excludedAttributes=members&')))
    },
  }),
  probeCheck('wrong-token', 'MUST', sources.quarantine, {
    description: 'A request with an invalid token returns 401.',
    rationale: 'Entra ID recognizes invalid credentials by the 401, and reports them to the administrator.',
    remedy: 'Check the Authorization header first, and return 401 for anything that isn’t a valid token.',
    leadsTo: shownWrong('An expired token isn’t reported as such.'),
    protects: 'authentication',
    blame: unreported('Test connection succeeds with an invalid token.', 'an expired token'),
    wrongCredentials: true,
    ...probing({ Authorization: `Bearer ${randomId()}` }),
    expect: { status: [401] },
  }),
  probeCheck('wrong-token-is-explained', 'practice', sources.quarantine, {
    description: 'The 401 for an invalid token has a SCIM error body.',
    rationale: 'Entra ID shows the body of an error to the administrator verbatim.',
    remedy: 'Return the error schema, the status and a detail that an administrator understands.',
    leadsTo: shownWrong('Administrators see a body that doesn’t explain what is wrong with the token.'),
    wrongCredentials: true,
    run: async context => {
      const response = await probeConnection(context, { Authorization: `Bearer ${randomId()}` })
      if (response.status !== 401 && response.status !== 403)
        skip(`A request with an invalid token returns ${response.status}.`, 'entra/probe/wrong-token')
      expectError(response, [401, 403])
    },
  }),
  probeCheck('no-token', 'practice', sources.tutorial, {
    description: 'A request without a token returns 401.',
    rationale: 'Until a token is configured, Entra ID’s connection test has to fail.',
    remedy: 'Return 401 if there is no Authorization header.',
    leadsTo: shownWrong('A missing token isn’t reported as such.'),
    protects: 'authentication',
    blame: unreported(
      'The directory can be read without a token, and Test connection succeeds without one.',
      'a missing token',
    ),
    ...probing({ Authorization: '' }),
    expect: { status: [401] },
  }),
  probeCheck('bare-headers', 'practice', sources.noContentType, {
    description: 'A GET without Content-Type, Accept and User-Agent succeeds.',
    rationale: 'Entra ID sends no Content-Type with a GET, and has been observed to send no User-Agent.',
    remedy:
      'Require a Content-Type only if there is a body, and accept requests without Accept or User-Agent.',
    leadsTo:
      'The probe is rejected because of missing headers that Entra doesn’t send, and the job is quarantined at once.',
    ...probing({ 'Content-Type': '', Accept: '', 'User-Agent': '' }),
  }),
  probeCheck('any-accept', 'practice', sources.tutorial, {
    description: 'A GET with Accept: */* succeeds.',
    rationale: 'The Accept header that Entra ID sends isn’t documented, and a 406 makes its probe fail.',
    remedy: 'Return application/scim+json for Accept: */*.',
    when: 'Entra sends Accept: */*, which isn’t documented',
    leadsTo: 'The probe is rejected, and the job is quarantined at once.',
    ...probing({ Accept: '*/*' }),
  }),
  probeCheck('media-type', 'MUST', sources.tutorial, {
    description: 'Responses have the media type application/scim+json.',
    rationale: 'Microsoft’s tutorial requires it, and Microsoft’s validator stops at application/json.',
    remedy: 'Return Content-Type: application/scim+json in every response.',
    when: gallery,
    leadsTo: shownWrong('Microsoft’s validator stops.'),
    run: async context => {
      const response = await probeConnection(context)
      const { 'content-type': type = '' } = response.headers
      expectThat(/^application\/scim\+json\b/i.test(type), 'application/scim+json', type, response)
    },
  }),
  probeCheck('flag-in-the-query', 'practice', sources.compatibility, {
    description: 'The server ignores an unknown query parameter without a value.',
    rationale: 'The flag aadOptscim062020 is part of the Tenant URL, and may be sent with each request.',
    remedy: 'Ignore query parameters that SCIM doesn’t define.',
    when: flagged,
    leadsTo: 'The probe is rejected, and the job is quarantined at once.',
    ...probing({}, ({ context }) => userProbe(context, 'aadOptscim062020&')),
  }),
  probeCheck('trailing-slash', 'practice', sources.trailingSlash, {
    description: 'GET /Users/?filter=…, with a slash before the question mark, succeeds.',
    rationale: 'Microsoft’s own Postman collection sends /Users/?filter=….',
    remedy: 'Treat /Users/ as /Users.',
    when: gallery,
    leadsTo: shownWrong('Microsoft’s Postman collection fails.'),
    ...probing({}, ({ context }) => userProbe(context).replace('?', '/?')),
  }),
  discoveryCheck('schemas', 'MUST', sources.tutorial, {
    description: 'GET /Schemas returns a ListResponse.',
    rationale: 'Gallery applications and Microsoft’s validator read it first.',
    remedy: 'Serve /Schemas as a ListResponse of every schema that can be provisioned.',
    when: gallery,
    leadsTo:
      'Administrators can’t map the server’s own attributes, and the validator needs them entered by hand.',
    run: async context => {
      const response = await context.get('/Schemas')
      expectThat(listedResources(response).length > 0, 'schemas', jsonObject(response), response)
    },
  }),
  discoveryCheck('schemas-without-nulls', 'MUST', sources.tutorial, {
    description: 'GET /Schemas returns no null values.',
    rationale: 'Entra ID fails to parse schemas that contain null.',
    remedy: 'Omit members without a value.',
    when: gallery,
    after: ['entra/discovery/schemas'],
    leadsTo:
      'The provisioning page can’t read the schemas, so administrators can’t map the server’s attributes.',
    request: { get: '/Schemas' },
    expect: { status: [200], holds: { 'no null': ({ response }) => !/:\s*null\b/.test(response.text) } },
  }),
  discoveryCheck('schemas-have-user-name', 'practice', sources.validator, {
    description: 'GET /Schemas describes userName.',
    rationale: 'Microsoft’s validator builds its test users from the schema.',
    remedy: 'Return all attributes of users in the schema, including userName.',
    needs: ['users'],
    when: gallery,
    after: ['entra/discovery/schemas'],
    leadsTo: 'Microsoft’s validator can’t create users from the server’s schemas.',
    run: async context => {
      const response = await context.get('/Schemas')
      const user = listedResources(response).find(({ id }) => id === context.users.schema)
      expectThat(user !== undefined, `the schema ${context.users.schema}`, jsonObject(response), response)
      const names = Array.isArray(user.attributes) ? JSON.stringify(user.attributes) : ''
      expectThat(names.includes('"userName"'), 'an attribute userName', names, response)
    },
  }),
  describesItself('resource-types', 'ResourceTypes'),
  describesItself('service-provider-config', 'ServiceProviderConfig'),
]
