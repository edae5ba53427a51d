import fc from 'fast-check'
import t from 'tap'
import { createBody } from '../../scim-compliance/data/sample-bodies.ts'
import { supportedTypes } from '../../scim-compliance/run/discovery.ts'
import { assertProperty } from '../support/property.ts'
import { anyDeclaration } from '../support/random-declarations.ts'
import { buildTestApp, type TestApp } from '../support/scim.ts'

/** The types of a tenant as a client discovers them. */
async function typesOf({ client }: Pick<TestApp, 'client'>) {
  const resources = async (path: string) => (await client.get(path)).body.Resources
  return supportedTypes(
    'http://x.example/scim/v2',
    await resources('/ResourceTypes'),
    await resources('/Schemas'),
  )
}

let made = 0
const unique = () => `scim-check-test-${++made}`

async function refusedOf(tenant: Pick<TestApp, 'client'>) {
  const refused: unknown[] = []
  for (const type of await typesOf(tenant)) {
    for (const full of [false, true, true]) {
      const body = createBody(type, { full, unique })
      const response = await tenant.client.send('POST', type.endpoint, body)
      if (response.status !== 201) refused.push({ type: type.name, full, body, response: response.body })
    }
  }
  return refused
}

for (const profile of ['rfc', 'entra'] as const) {
  t.test(`profile ${profile} accepts all bodies generated from its schemas`, async t => {
    t.same(await refusedOf(await buildTestApp(t, profile)), [])
  })
}

t.test('the server accepts bodies generated from any declared types', async t => {
  const server = await buildTestApp(t, 'rfc')
  await assertProperty(
    fc.asyncProperty(anyDeclaration, async declared => {
      const { tenant, client } = await server.another('rfc')
      await server.deps.tenants.setDeclarations(tenant.id, declared)
      const refused = await refusedOf({ client })
      if (refused.length > 0) throw new Error(JSON.stringify(refused[0]))
    }),
    { numRuns: 25 },
  )
})
