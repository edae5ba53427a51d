import t from 'tap'
import { buildTestConsole, problem } from './console-app.ts'

const hour = 60 * 60 * 1000
const day = 24 * hour

t.test('a console token is shown once', async t => {
  const { callApi } = await buildTestConsole(t)
  const { status, body } = await callApi('POST', '/api/v1/console-tokens', {
    name: 'prometheus',
    scope: 'metrics',
    for: '30d',
  })
  const { value, ...token } = body
  t.equal(status, 201)
  t.match(value, /^scimulator-console-/)
  t.same(token, {
    id: token.id,
    name: 'prometheus',
    scope: 'metrics',
    ending: value.slice(-4),
    created: token.created,
    expires: new Date(Date.parse(token.created) + 30 * day).toISOString(),
    expired: false,
    requests: 0,
  })
  const list = await callApi('GET', '/api/v1/console-tokens')
  t.same(list.body, { items: [token] })
  t.notMatch(JSON.stringify((await callApi('GET', '/api/v1/audit')).body), value)
})

t.test('without a scope and a duration, a token may read for 90 days', async t => {
  const { callApi } = await buildTestConsole(t)
  const { body } = await callApi('POST', '/api/v1/console-tokens', { name: 'ci' })
  t.equal(body.scope, 'read')
  t.equal(Date.parse(body.expires) - Date.parse(body.created), 90 * day)
})

t.test('invalid tokens are rejected with the field, and a taken name with 409', async t => {
  const { callApi } = await buildTestConsole(t)
  const create = async (body: object) => {
    const response = await callApi('POST', '/api/v1/console-tokens', body)
    return [response.status, response.body.detail]
  }
  t.same(await create({ name: 'ci', scope: 'all' }), [
    400,
    'body.scope: Expected metrics, read, write or destroy.',
  ])
  t.same(await create({ name: 'ci', for: 'soon' }), [
    400,
    'body.for: Expected a duration with w, d, h, m and s, such as 90d, 12h or 30m.',
  ])
  t.same(await create({ name: 'ci', for: '5000d' }), [
    400,
    'A console token can be valid for one minute to 3 years.',
  ])
  t.match(await create({ name: 'a\u202eb' }), [400, /1 to 64 characters/])
  await create({ name: 'ci' })
  t.same(await create({ name: 'ci' }), [
    409,
    'There is already a console token "ci". Choose another name, or delete it first.',
  ])
})

t.test('a deleted token is not listed, and an unknown one is not found', async t => {
  const { callApi } = await buildTestConsole(t)
  const { body } = await callApi('POST', '/api/v1/console-tokens', { name: 'ci' })
  t.equal((await callApi('DELETE', `/api/v1/console-tokens/${body.id}`)).status, 204)
  t.same((await callApi('GET', '/api/v1/console-tokens')).body, { items: [] })
  const again = await callApi('DELETE', `/api/v1/console-tokens/${body.id}`)
  t.same(
    again.body,
    problem(
      'not-found',
      'Not found',
      404,
      `There is no console token "${body.id}". GET /api/v1/console-tokens lists the console tokens.`,
    ),
  )
})
