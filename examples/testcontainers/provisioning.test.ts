import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startScimulator } from './scimulator.ts'

test('creates a user', async () => {
  await using server = await startScimulator({ SCIMULATOR_PROFILE: 'aws' })
  const response = await fetch(`${server.url}/Users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify({
      userName: 'marge@springfield.example',
      displayName: 'Marge Simpson',
      name: { givenName: 'Marge', familyName: 'Simpson' },
    }),
  })
  assert.equal(response.status, 201)
  const [request] = await server.waitFor('action:create')
  assert.equal(request?.action, 'create user')
})
