import fc from 'fast-check'
import t from 'tap'
import type { ProfileName } from '../../src/profiles/names.ts'
import { assertProperty } from '../support/property.ts'
import { aGroup, aUser, enterpriseUrn } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'

const names = [
  'schemas',
  'userName',
  'name',
  'emails',
  'active',
  'members',
  'displayName',
  'id',
  'meta',
  'groups',
]
const paths = [
  'members',
  'emails[type eq "work"].value',
  'name',
  `${enterpriseUrn}:manager`,
  'emails[value pr]',
  '',
]

const anything = fc.jsonValue({ maxDepth: 4 })
/** Objects with known member names and unexpected values. */
const almostResource = fc.dictionary(
  fc.oneof(fc.constantFrom(...names, enterpriseUrn, 'USERNAME', 'value'), fc.string()),
  anything,
)
const almostOperation = fc.record(
  {
    op: fc.oneof(fc.constantFrom('add', 'remove', 'Replace'), anything),
    path: fc.oneof(fc.constantFrom(...paths), fc.string(), anything),
    value: fc.oneof(almostResource, anything, fc.array(almostResource, { maxLength: 3 })),
  },
  { requiredKeys: [] },
)
const almostPatch = fc.array(almostOperation, { maxLength: 3 }).map(operations => patchOp(...operations))
const bodies = fc.oneof(anything, almostResource, almostPatch, fc.string())
const methods = fc.constantFrom('GET' as const, 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS')

const routes = (user: string, group: string) =>
  fc.oneof(
    fc.constantFrom(
      '/Users',
      '/Groups',
      `/Users/${user}`,
      `/Groups/${group}`,
      '/Users/nobody',
      '/Me',
      '/Bulk',
    ),
    fc.constantFrom(
      '/.search',
      '/Schemas',
      '/ServiceProviderConfig',
      '/ResourceTypes/User',
      '/',
      '/Groups/x/y',
    ),
    fc.string().map(id => `/Users/${encodeURIComponent(id.toWellFormed())}`),
    fc.string().map(filter => `/Users?filter=${encodeURIComponent(filter.toWellFormed())}&count=3`),
    fc
      .tuple(
        fc.constantFrom('startIndex', 'count', 'attributes', 'excludedAttributes', 'cursor', '__proto__'),
        fc.string(),
      )
      .map(([name, value]) => `/Groups?${name}=${encodeURIComponent(value.toWellFormed())}`),
  )

for (const profile of ['rfc', 'aws', 'entra'] as const satisfies readonly ProfileName[]) {
  t.test(`any JSON, at any address, with any method, causes no error of the ${profile} profile`, async t => {
    const { app, tenant, token, client } = await buildTestApp(t, profile)
    const user = await client.create('Users', aUser('marge'))
    const group = await client.create('Groups', aGroup('Family', [user.id]))

    await assertProperty(
      fc.asyncProperty(methods, routes(user.id, group.id), bodies, async (method, path, body) => {
        const response = await app.inject({
          method,
          url: `/${tenant.id}/scim/v2${path}`,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
          payload: typeof body === 'string' ? body : JSON.stringify(body),
        })
        const offered = response.statusCode < 500 || response.statusCode === 501
        if (!offered) throw new Error(`${response.statusCode} ${response.body}`)
        if (response.statusCode >= 400 && method !== 'HEAD') {
          const { status, detail } = response.json()
          if (status !== String(response.statusCode) || !detail)
            throw new Error(`not a SCIM error: ${response.body}`)
        }
      }),
      { numRuns: 1000 },
    )

    t.equal((await client.get('/Users?count=1')).status, 200, 'and the server still answers')
  })
}
