import type { Check } from '../../check.ts'
import { expectEqual, expectError, expectStatus, expectThat, objectIn, resourcesIn } from '../../expect.ts'
import type { Answer, Headers, Stage } from '../../stage.ts'
import { listResponseUrn } from '../../urns.ts'
import { lookUp } from '../tools/look-ups.ts'
import { nobody } from '../tools/people.ts'
import { discoveryCheck, probeCheck } from './areas.ts'
import { sources } from './sources.ts'

const matters = 'Entra ID begins every activity with look-ups of people who can’t exist, by random ids.'
const mend = 'Answer a filter that matches nobody with 200 and an empty ListResponse, never with 404.'

const lookUpNobody = (stage: Stage, headers?: Headers): Promise<Answer> =>
  stage.get(lookUp(stage.users, `userName eq "${nobody()}"`), headers)

export const checks: readonly Check[] = [
  probeCheck({
    id: 'user-answers-200',
    level: 'MUST',
    says: 'A look-up of a user who doesn’t exist is answered with 200.',
    source: sources.tutorial,
    matters,
    mend,
    effect: 'quarantine',
    leadsTo:
      'Test connection fails and a running job is quarantined at once, because the probe for users isn’t answered with 200.',
    run: async stage => {
      expectStatus(await lookUpNobody(stage), 200)
    },
  }),
  probeCheck({
    id: 'user-finds-nobody',
    level: 'MUST',
    says: 'A look-up of a user who doesn’t exist has totalResults 0 and no resources.',
    source: sources.tutorial,
    matters,
    mend,
    effect: 'quarantine',
    leadsTo: 'Test connection fails, because the probe finds somebody who can’t exist.',
    run: async stage => {
      const answer = await lookUpNobody(stage)
      expectEqual(resourcesIn(answer).length, 0, 'the number of resources', answer)
      expectEqual(objectIn(answer).totalResults, 0, 'totalResults', answer)
    },
  }),
  probeCheck({
    id: 'is-a-list-response',
    level: 'MUST',
    says: 'A look-up is answered with a ListResponse.',
    source: sources.tutorial,
    matters: 'Entra ID takes any other body for an endpoint that doesn’t speak SCIM.',
    mend: 'Put urn:ietf:params:scim:api:messages:2.0:ListResponse into schemas.',
    effect: 'quarantine',
    leadsTo: 'Test connection fails, because the answer to a look-up isn’t a ListResponse.',
    run: async stage => {
      const answer = await lookUpNobody(stage)
      expectStatus(answer, 200)
      const { schemas } = objectIn(answer)
      expectThat(
        Array.isArray(schemas) && schemas.includes(listResponseUrn),
        'a ListResponse',
        schemas,
        answer,
      )
    },
  }),
  probeCheck({
    id: 'by-external-id',
    says: 'A look-up of nobody by externalId is answered with an empty list.',
    source: sources.probes,
    matters: 'Where externalId is the matching attribute, Entra ID probes with it.',
    mend,
    effect: 'quarantine',
    leadsTo: 'Jobs that match by externalId fail in their connection test.',
    run: async stage => {
      const answer = await stage.get(lookUp(stage.users, `externalId eq "${nobody()}"`))
      expectEqual(resourcesIn(answer).length, 0, 'the number of resources', answer)
    },
  }),
  probeCheck({
    id: 'group-finds-nobody',
    level: 'MUST',
    says: 'A look-up of a group that doesn’t exist, without members, is answered with an empty list.',
    source: sources.tutorial,
    matters: 'Entra ID probes for a random group where groups are provisioned.',
    mend,
    needs: ['groups'],
    effect: 'quarantine',
    leadsTo: 'Test connection fails, because the probe for groups isn’t answered with 200 and an empty list.',
    run: async stage => {
      const answer = await stage.get(
        lookUp(stage.groups, `displayName eq "${nobody()}"`, 'excludedAttributes=members&'),
      )
      expectEqual(resourcesIn(answer).length, 0, 'the number of resources', answer)
      expectEqual(objectIn(answer).totalResults, 0, 'totalResults', answer)
    },
  }),
  probeCheck({
    id: 'wrong-token',
    level: 'MUST',
    says: 'A wrong token is answered with 401.',
    source: sources.quarantine,
    matters: 'Entra ID tells wrong credentials by the 401, and administrators by what it makes of it.',
    mend: 'Check the bearer token before anything else, and answer 401 where it is wrong.',
    effect: 'shown-wrong',
    leadsTo: 'An expired token isn’t told as such: Test connection succeeds, or names another cause.',
    run: async stage => {
      const headers = { Authorization: `Bearer ${nobody()}` }
      expectStatus(await lookUpNobody(stage, headers), 401)
    },
  }),
  probeCheck({
    id: 'wrong-token-is-explained',
    says: 'The answer to a wrong token has a SCIM error body.',
    source: sources.quarantine,
    matters: 'Entra ID quotes the body of an error to the administrator, word for word.',
    mend: 'Send the error schema, the status and a detail that an administrator understands.',
    effect: 'shown-wrong',
    leadsTo: 'Administrators are shown a body that doesn’t say what is wrong with the token.',
    run: async stage => {
      const headers = { Authorization: `Bearer ${nobody()}` }
      expectError(await lookUpNobody(stage, headers), [401, 403])
    },
  }),
  probeCheck({
    id: 'no-token',
    says: 'A request without a token is answered with 401.',
    source: sources.tutorial,
    matters: 'Before a token is set, Entra ID’s connection test has to fail.',
    mend: 'Answer 401 where there is no Authorization header.',
    effect: 'shown-wrong',
    leadsTo: 'Anybody can read and write the directory, and Test connection succeeds with any token.',
    run: async stage => {
      const answer = await lookUpNobody(stage, { Authorization: '' })
      expectStatus(answer, 401)
    },
  }),
  probeCheck({
    id: 'bare-headers',
    says: 'A GET without Content-Type, Accept and User-Agent is served.',
    source: sources.noContentType,
    matters: 'Entra ID sends no Content-Type with a GET, and has been seen without a User-Agent.',
    mend: 'Ask for a Content-Type only where there is a body, and refuse nobody for a missing Accept or User-Agent.',
    effect: 'quarantine',
    leadsTo: 'The probe is refused for headers that Entra doesn’t send, and the job is quarantined at once.',
    run: async stage => {
      const headers = { 'Content-Type': '', Accept: '', 'User-Agent': '' }
      expectStatus(await lookUpNobody(stage, headers), 200)
    },
  }),
  probeCheck({
    id: 'any-accept',
    says: 'A GET with Accept: */* is served.',
    source: sources.tutorial,
    matters: 'What Entra ID accepts isn’t documented; 406 breaks its probe.',
    mend: 'Answer application/scim+json to Accept: */*.',
    effect: 'quarantine',
    leadsTo: 'The probe is refused, and the job is quarantined at once.',
    run: async stage => {
      const answer = await lookUpNobody(stage, { Accept: '*/*' })
      expectStatus(answer, 200)
    },
  }),
  probeCheck({
    id: 'media-type',
    level: 'MUST',
    says: 'Answers are application/scim+json.',
    source: sources.tutorial,
    matters: 'Microsoft’s tutorial asks for it, and its validator stops at application/json.',
    mend: 'Answer everything with Content-Type: application/scim+json.',
    effect: 'shown-wrong',
    leadsTo: 'Microsoft’s validator stops, and the gallery doesn’t take the application.',
    run: async stage => {
      const answer = await lookUpNobody(stage)
      const type = answer.headers['content-type'] ?? ''
      expectThat(/^application\/scim\+json\b/i.test(type), 'application/scim+json', type, answer)
    },
  }),
  probeCheck({
    id: 'flag-in-the-query',
    says: 'A bare query key that the server doesn’t know is passed over.',
    source: sources.compatibility,
    matters:
      'The flag aadOptscim062020 stands in the tenant’s address, and may come along with each request.',
    mend: 'Ignore query parameters that aren’t SCIM’s.',
    effect: 'quarantine',
    leadsTo:
      'With the flag in the tenant’s address the probe is refused, and the job is quarantined at once.',
    run: async stage => {
      const path = lookUp(stage.users, `userName eq "${nobody()}"`, 'aadOptscim062020&')
      expectStatus(await stage.get(path), 200)
    },
  }),
  probeCheck({
    id: 'trailing-slash',
    says: 'A look-up with a slash before its question mark is served.',
    source: sources.trailingSlash,
    matters: 'Microsoft’s own Postman collection writes /Users/?filter=….',
    mend: 'Take /Users/ for /Users.',
    effect: 'shown-wrong',
    leadsTo: 'Microsoft’s Postman collection, which the gallery asks for, doesn’t run.',
    run: async stage => {
      const path = lookUp(stage.users, `userName eq "${nobody()}"`).replace('?', '/?')
      expectStatus(await stage.get(path), 200)
    },
  }),
  discoveryCheck({
    id: 'schemas',
    level: 'MUST',
    says: '/Schemas is answered with a ListResponse.',
    source: sources.tutorial,
    matters: 'Gallery applications and Microsoft’s validator read it first.',
    mend: 'Serve /Schemas as a ListResponse of everything that can be provisioned.',
    effect: 'shown-wrong',
    leadsTo:
      'Administrators don’t find the server’s own attributes when they map, and the validator needs them by hand.',
    run: async stage => {
      const answer = await stage.get('/Schemas')
      expectThat(resourcesIn(answer).length > 0, 'schemas', objectIn(answer), answer)
    },
  }),
  discoveryCheck({
    id: 'schemas-without-nulls',
    level: 'MUST',
    says: '/Schemas has no nulls.',
    source: sources.tutorial,
    matters: 'Entra ID’s reading of schemas breaks at null.',
    mend: 'Leave out what has no value.',
    effect: 'shown-wrong',
    leadsTo:
      'The provisioning page can’t read the schemas, and administrators don’t find the server’s attributes.',
    run: async stage => {
      const answer = await stage.get('/Schemas')
      expectStatus(answer, 200)
      expectThat(!/:\s*null\b/.test(answer.text), 'no null', 'null in the body', answer)
    },
  }),
  discoveryCheck({
    id: 'schemas-have-user-name',
    says: '/Schemas describes userName.',
    source: sources.validator,
    matters: 'Microsoft’s validator makes its users of what it finds there.',
    mend: 'Describe the attributes of users, userName among them.',
    needs: ['users'],
    effect: 'shown-wrong',
    leadsTo: 'Microsoft’s validator can’t make users of the server’s schemas.',
    run: async stage => {
      const answer = await stage.get('/Schemas')
      const user = resourcesIn(answer).find(({ id }) => id === stage.users.schema)
      expectThat(user !== undefined, `the schema ${stage.users.schema}`, objectIn(answer), answer)
      const names = Array.isArray(user.attributes) ? JSON.stringify(user.attributes) : ''
      expectThat(names.includes('"userName"'), 'an attribute userName', names, answer)
    },
  }),
  ...(['ResourceTypes', 'ServiceProviderConfig'] as const).map(name =>
    discoveryCheck({
      id: name === 'ResourceTypes' ? 'resource-types' : 'service-provider-config',
      says: `/${name} is served.`,
      source: sources.referenceCode,
      matters: 'Microsoft’s checklist for the gallery asks for it.',
      mend: `Serve /${name} (RFC 7644 §4).`,
      effect: 'shown-wrong',
      leadsTo: 'The gallery doesn’t take the application.',
      run: async stage => {
        expectStatus(await stage.get(`/${name}`), 200)
      },
    }),
  ),
]
