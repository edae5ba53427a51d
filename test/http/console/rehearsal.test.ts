import t from 'tap'
import { airlinesArchive, airlinesFiles } from '../../support/example-airlines.ts'
import { aGroup, aUser } from '../../support/samples.ts'
import { buildTestConsole, type TestConsole } from './console-app.ts'

const files = airlinesFiles('entra').map(({ name, content }) => ({ name, text: content.toString() }))

async function importAirlines({ console }: TestConsole): Promise<string> {
  const response = await console.inject({
    method: 'POST',
    url: '/api/v1/tenants/import',
    headers: { 'content-type': 'application/octet-stream' },
    payload: airlinesArchive(),
  })
  return response.json().tenant.id
}

t.test('a change is rehearsed against an imported directory, which it leaves unchanged', async t => {
  const test = await buildTestConsole(t, 'aws')
  const tenant = await importAirlines(test)
  const usersOf = async () => (await test.callApi('GET', `/api/v1/tenants/${tenant}/users`)).body
  const before = await usersOf()
  const path = `/api/v1/tenants/${tenant}/rehearsal`
  const body = { files, client: { name: 'entra' }, at: '2026-12-01T06:00:00Z' }
  const first = await test.callApi('POST', path, body)
  t.equal(first.status, 200)
  t.match(first.body, {
    rehearsal: 1,
    directory: 'd-9067e0c944',
    summary: { lose: 2, administratorsLose: 1, gain: 1, keptUnknown: 1, notInSource: 1, uncertain: 1 },
    remedies: [{ id: 'match-mail', loseBefore: 2, loseAfter: 0 }],
  })
  t.same(await usersOf(), before)
  t.same((await test.callApi('POST', path, body)).body, first.body, 'a second run is equal')
  t.match((await test.callApi('POST', path, { ...body, nameId: 'mail' })).body, { summary: { lose: 1 } })
})

t.test('any tenant can be rehearsed', async t => {
  const test = await buildTestConsole(t, 'aws')
  const user = await test.client.post('/Users', aUser('ada.keller@airlines.example'))
  await test.client.post('/Groups', aGroup('aws-admins', [user.body.id]))
  const path = `/api/v1/tenants/${test.tenant.id}/rehearsal`
  const { body } = await test.callApi('POST', path, { files, client: { name: 'entra' } })
  t.match(body, { summary: { lose: 0, groups: { created: 2 }, users: { created: 8 } } })
})

t.test('what cannot be played is a problem that names the part', async t => {
  const test = await buildTestConsole(t, 'aws')
  const rehearse = async (body: object, tenant = test.tenant.id) => {
    const { status, body: problem } = await test.callApi('POST', `/api/v1/tenants/${tenant}/rehearsal`, body)
    return { status, type: problem.type, errors: problem.errors?.map(({ path }: { path: string }) => path) }
  }
  const problem = (name: string) => `urn:scimulator:problem:${name}`
  const client = { name: 'entra' }
  const wrong = [{ name: 'users.json', text: '{' }]
  t.match(await rehearse({ files: wrong, client }), {
    status: 400,
    type: problem('invalid-rehearsal'),
    errors: ['body.files'],
  })
  t.match(await rehearse({ files, client: { ...client, mapping: '{}' } }), { errors: ['body.client'] })
  t.match(await rehearse({ files, client, nameId: 'shoeSize' }), { errors: ['body.nameId'] })
  t.match(await rehearse({ files, client, people: [{ aws: 'nobody', source: 'nobody' }] }), {
    errors: ['body.people', 'body.people'],
  })
  t.match(await rehearse({ files }), { status: 400, type: problem('invalid-request') })
  t.match(await rehearse({ files, client }, 'missing'), { status: 404 })
})
