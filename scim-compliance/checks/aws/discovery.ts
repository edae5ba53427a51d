import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, resourcesIn } from '../../expect.ts'
import { isObject, type Json } from '../../json.ts'
import { enterpriseUrn } from '../../urns.ts'
import { needListed } from './accepted.ts'
import { discoveryCheck, serviceCheck, testedAgainstAws } from './areas.ts'
import { sources } from './aws-checks.ts'

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

export const checks: readonly Check[] = [
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
    matters: testedAgainstAws,
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
      needs: path === '/Me' ? ['users'] : ['write', 'users'],
      run: async stage => {
        await needListed(stage)
        const answer = path === '/Me' ? await stage.get(path) : await stage.post(path, {})
        expectStatus(answer, 400, 404, 405, 501)
      },
    }),
  ),
]
