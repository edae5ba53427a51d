const { createServer } = require('scimulator')

// Replace this with your own client.
const createUser = async user => {
  const send = () =>
    fetch(`${server.url}/Users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify(user),
    })
  const response = await send()
  return response.status === 503 ? send() : response
}

const marge = {
  userName: 'marge@springfield.example',
  externalId: '0c4a7f0e-2a4f-4a55-9d5e-8f2f3b1f6a01',
  displayName: 'Marge Simpson',
  name: { givenName: 'Marge', familyName: 'Simpson' },
  emails: [{ value: 'marge@springfield.example', type: 'work', primary: true }],
  active: true,
}

// One server for all tests of this file: it takes longer to start than to reset.
let server
beforeAll(async () => {
  server = await createServer({ profile: 'aws' })
})
afterAll(() => server.close())
beforeEach(() => server.reset())

// If a test fails, its session is saved in scimulator-sessions, as a page for the browser. Jest does not report failures to hooks.
const scimTest = (name, body) => test(name, () => server.attach(body, { name }))

scimTest('creates a user', async () => {
  await createUser(marge)
  expect(await server.users()).toMatchObject([{ status: 'active', document: marge }])
  // What AWS would reject, or would surprise its administrators.
  expect(await server.findings()).toEqual([])
})

scimTest('tries again when the server is unavailable', async () => {
  await server.faults.add({
    match: { operations: ['create'] },
    effect: { kind: 'status', status: 503 },
    times: 1,
  })
  await createUser(marge)
  const requests = await server.waitFor('operation:create', { times: 2 })
  expect(requests.map(({ status }) => status)).toEqual([503, 201])
})

scimTest('is rejected when its token has expired', async () => {
  await server.clock.advance('366d')
  const response = await createUser(marge)
  expect(response.status).toBe(401)
})
