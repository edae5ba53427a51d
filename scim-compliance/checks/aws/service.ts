import type { Check } from '../../check.ts'
import { expectEqual, expectError, expectStatus, expectThat, objectIn, resourcesIn } from '../../expect.ts'
import { isObject, type Json } from '../../json.ts'
import type { Answer } from '../../stage.ts'
import { enterpriseUrn, errorUrn } from '../../urns.ts'
import { createUser, nobody, person } from '../tools/people.ts'
import { posted } from '../tools/posted.ts'
import { discoveryCheck, errorsCheck, serviceCheck } from './areas.ts'
import { expectRefused, sources } from './aws-checks.ts'

const expecting = 'Clients of AWS are tested against its answers, and read them as they are.'

const feature = (config: Json | undefined, name: string): Json | undefined =>
  isObject(config) && isObject(config[name]) ? config[name].supported : undefined

const features = [
  ['patch', true],
  ['bulk', false],
  ['filter', true],
  ['changePassword', false],
  ['sort', false],
  ['etag', false],
] as const

const likeAws = (answer: Answer): void => {
  const body = objectIn(answer)
  const { exceptionRequestId = null, timeStamp = null, schema } = body
  expectThat(typeof exceptionRequestId === 'string', 'exceptionRequestId', exceptionRequestId, answer)
  const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,3}$/
  expectThat(time.test(String(timeStamp)), 'timeStamp like 2026-03-04 05:06:07.12', timeStamp, answer)
  expectEqual(schema, [errorUrn], 'schema', answer)
}

export const checks: readonly Check[] = [
  serviceCheck({
    id: 'media-type',
    level: 'MUST',
    says: 'Answers are application/json.',
    source: sources.requests,
    matters: expecting,
    mend: 'Answer application/json.',
    needs: ['users'],
    run: async stage => {
      const answer = await stage.get(`${stage.users.endpoint}?count=1`)
      const type = answer.headers['content-type'] ?? ''
      expectThat(/^application\/json\b/.test(type), 'application/json', type, answer)
    },
  }),
  ...(['application/json', 'application/scim+json'] as const).map(type =>
    serviceCheck({
      id: `takes-${type === 'application/json' ? 'json' : 'scim-json'}`,
      level: 'SHOULD',
      says: `A body of ${type} is taken.`,
      source: type === 'application/json' ? sources.terraform : sources.ssosync,
      matters: `${type === 'application/json' ? 'The Terraform provider sends' : 'ssosync and idp-scim-sync send'} it.`,
      mend: 'Take both media types.',
      needs: ['write', 'users'],
      effect: 'escrow',
      leadsTo: `Clients that send ${type} create nobody.`,
      run: async stage => {
        const body = stage.sample(stage.users, person(stage))
        const answer = await posted(stage, stage.users, body, { 'Content-Type': type })
        expectStatus(answer, 201)
      },
    }),
  ),
  serviceCheck({
    id: 'request-id',
    level: 'MUST',
    says: 'Answers have an x-amzn-RequestId.',
    source: sources.createUser,
    matters: 'Clients log it for AWS’s support.',
    mend: 'Send a UUID in x-amzn-RequestId.',
    needs: ['users'],
    run: async stage => {
      const answer = await stage.get(`${stage.users.endpoint}?count=1`)
      const id = answer.headers['x-amzn-requestid'] ?? ''
      expectThat(/^[0-9a-f-]{36}$/i.test(id), 'x-amzn-RequestId', id, answer)
    },
  }),
  serviceCheck({
    id: 'no-location',
    level: 'MUST',
    says: 'A creation is answered without Location and ETag.',
    source: sources.createUser,
    matters: 'A client that goes by Location or ETag fails at AWS.',
    mend: 'Leave out Location and ETag.',
    needs: ['write', 'users'],
    run: async stage => {
      const { answer } = await createUser(stage)
      const { location, etag } = answer.headers
      expectThat(
        location === undefined && etag === undefined,
        'neither Location nor ETag',
        { location, etag },
        answer,
      )
    },
  }),
  ...(
    [
      ['wrong', 'A wrong token', `Bearer ${nobody()}`],
      ['missing', 'A request without a token', ''],
      ['basic', 'Another scheme than Bearer', 'Basic YTpi'],
    ] as const
  ).map(([name, says, Authorization]) =>
    serviceCheck({
      id: `${name}-token`,
      level: 'MUST',
      says: `${says} is answered with 401 and a SCIM error.`,
      source: sources.requests,
      matters: 'Clients tell by it that the token has ended after its year.',
      mend: 'Check the bearer token before anything else.',
      needs: ['users'],
      leadsTo: 'A token that has ended isn’t told as such.',
      run: async stage => {
        expectError(await stage.get(`${stage.users.endpoint}?count=1`, { Authorization }), 401)
      },
    }),
  ),
  errorsCheck({
    id: 'body',
    level: 'SHOULD',
    says: 'An error has schema beside schemas, an exceptionRequestId and a timeStamp.',
    source: sources.errors,
    matters: expecting,
    mend: 'Send both lists, a UUID, and the time like 2026-03-04 05:06:07.12.',
    needs: ['users'],
    run: async stage => {
      const answer = await stage.get(`${stage.users.endpoint}/${nobody()}`)
      expectError(answer, 404)
      likeAws(answer)
    },
  }),
  ...(
    [
      ['user', 'USER does not exist.', 'SHOULD'],
      ['group', 'GROUP does not exist.', 'MAY'],
    ] as const
  ).map(([name, detail, level]) =>
    errorsCheck({
      id: `missing-${name}`,
      level,
      says: `A ${name} who doesn’t exist is answered with 404 and "${detail}"`,
      source: sources.missing,
      matters: 'idp-scim-sync has been seen to depend on the text.',
      mend: `Send "${detail}" as detail.`,
      needs: [name === 'user' ? 'users' : 'groups'],
      run: async stage => {
        const type = name === 'user' ? stage.users : stage.groups
        const answer = await stage.get(`${type.endpoint}/${nobody()}`)
        expectError(answer, 404)
        expectEqual(objectIn(answer).detail, detail, 'detail', answer)
      },
    }),
  ),
  errorsCheck({
    id: 'conflict',
    level: 'SHOULD',
    says: 'A double is answered with 409 and AWS’s text, without scimType.',
    source: sources.conflict,
    matters: expecting,
    mend: 'Send "Refused to create a new, duplicate resource."',
    run: async stage => {
      const { sent } = await createUser(stage)
      const answer = await posted(stage, stage.users, sent)
      expectError(answer, 409)
      const { detail = null, scimType = null } = objectIn(answer)
      expectEqual(
        { detail, scimType },
        { detail: 'Refused to create a new, duplicate resource.', scimType: null },
        'the error',
        answer,
      )
    },
  }),
  errorsCheck({
    id: 'bad-json',
    level: 'MUST',
    says: 'A body that isn’t JSON is answered with 400.',
    source: sources.createUser,
    matters: expecting,
    mend: 'Answer 400 with a SCIM error.',
    run: async stage => {
      expectRefused(await stage.send('POST', stage.users.endpoint, { body: '{"userName": ' }))
    },
  }),
  ...features.map(([name, supported]) =>
    discoveryCheck({
      id: name.toLowerCase(),
      level: 'MUST',
      says: `ServiceProviderConfig says that ${name} is ${supported ? '' : 'not '}supported.`,
      source: sources.providerConfig,
      matters: 'authentik and others choose their requests by it.',
      mend: `Advertise ${name}.supported ${supported}.`,
      run: async stage => {
        const answer = await stage.get('/ServiceProviderConfig')
        expectStatus(answer, 200)
        expectEqual(feature(answer.body, name), supported, `${name}.supported`, answer)
      },
    }),
  ),
  discoveryCheck({
    id: 'resource-types',
    level: 'MUST',
    says: 'There are two resource types, User and Group.',
    source: sources.resourceTypes,
    matters: expecting,
    mend: 'Serve /ResourceTypes with User and Group.',
    run: async stage => {
      const answer = await stage.get('/ResourceTypes')
      const names = resourcesIn(answer).map(({ name = null }) => name)
      expectEqual(names, ['User', 'Group'], 'the names', answer)
    },
  }),
  discoveryCheck({
    id: 'schemas',
    level: 'MUST',
    says: 'There are three schemas: of users, of groups and of enterprise users.',
    source: sources.schemas,
    matters: 'keycloak-scim2-storage reads them before anything else.',
    mend: 'Serve /Schemas with these three.',
    run: async stage => {
      const answer = await stage.get('/Schemas')
      const ids = resourcesIn(answer).map(({ id = null }) => id)
      const core = 'urn:ietf:params:scim:schemas:core:2.0'
      expectEqual(ids, [`${core}:User`, `${core}:Group`, enterpriseUrn], 'the ids', answer)
    },
  }),
  ...(['/Me', '/Bulk', '/.search'] as const).map(path =>
    serviceCheck({
      id: `no-${path.replace(/\W/g, '').toLowerCase()}`,
      level: 'MUST',
      says: `${path} isn’t offered.`,
      source: sources.limitations,
      matters: 'What works here isn’t there at AWS.',
      mend: `Answer 404 to ${path}.`,
      ...(path !== '/Me' && { needs: ['write'] as const }),
      run: async stage => {
        const answer = path === '/Me' ? await stage.get(path) : await stage.post(path, {})
        expectStatus(answer, 400, 404, 405, 501)
      },
    }),
  ),
]
