import { story } from '../support/browser.ts'

story('a rejected request is replayed only after a question', async (t, { server, page }) => {
  const send = (method: string, path: string, token: string, body?: object) =>
    fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  const user = {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: 'anna',
    displayName: 'Anna',
  }
  const created = await send('POST', '/Users', server.token, {
    ...user,
    name: { givenName: 'Anna', familyName: 'Berg' },
    emails: [{ value: 'anna@example.com', type: 'work', primary: true }],
  })
  const { id } = (await created.json()) as { readonly id: string }
  const rejected = await send('DELETE', `/Users/${id}`, 'a-token-of-nobody')
  t.equal(rejected.status, 401)
  const found = await fetch(`${server.console}/api/v1/exchanges?q=method:DELETE`)
  const { items } = (await found.json()) as { readonly items: readonly { readonly id: string }[] }

  await page.goto(`/exchanges/${items[0]?.id}`)
  await page.getByRole('button', { name: 'Replay request' }).click()
  const question = page.getByRole('dialog', { name: 'Replay with the rights of the console?' })
  await question.getByText('This request was rejected: Unknown token.').waitFor()
  await question.getByRole('button', { name: 'Cancel' }).click()
  t.equal((await send('GET', `/Users/${id}`, server.token)).status, 200, 'nothing was sent')

  await page.getByRole('button', { name: 'Replay request' }).click()
  await question.getByRole('button', { name: 'Replay as console' }).click()
  await page.getByText('Request replayed; the response was 204.').waitFor()
  await question.waitFor({ state: 'hidden' })
  t.equal((await send('GET', `/Users/${id}`, server.token)).status, 404)
})
