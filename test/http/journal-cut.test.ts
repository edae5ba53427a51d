import t from 'tap'
import { createServer } from '../../src/index.ts'

const token = 'Kx7/first+token=of-acme&Zr5'

t.test('a token at the cut of a truncated body is masked completely', async t => {
  const server = await createServer({ profile: 'rfc', tenant: 'acme', token })
  t.teardown(() => server.close())
  const cut = 64 * 1024
  for (const [before, body] of [
    ['', 'x'.repeat(cut - 10) + token + 'y'.repeat(cut)],
    ['many others', `${token} `.repeat(10_000)],
  ] as const) {
    await fetch(`${server.url}/Users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      body,
    })
    const callApi = async (path: string) =>
      JSON.parse(await (await fetch(`${server.console}/api/v1/exchanges${path}`)).text())
    const { items } = await callApi('?limit=1')
    const { request } = await callApi(`/${items[0].id}`)
    t.equal(request.cutFrom, body.length)
    t.ok(request.body.length <= cut)
    t.notMatch(request.body, /Kx7/, `behind ${before || 'nothing'}`)
  }
})
