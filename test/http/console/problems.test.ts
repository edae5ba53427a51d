import t, { type Test } from 'tap'
import { formerAddresses } from '../../../src/domain/contract/page-addresses.ts'
import { BusyError } from '../../../src/domain/ports/database.ts'
import { buildTestConsole, problem } from './console-app.ts'

t.test('each error is a problem document with a fix', async t => {
  const { callApi, tenant } = await buildTestConsole(t)
  const here = `/api/v1/tenants/${tenant.id}`

  const rejected = async (
    t: Test,
    request: Parameters<typeof callApi>,
    expected: ReturnType<typeof problem> & { errors?: unknown },
  ) => {
    const { status, headers, body } = await callApi(...request)
    t.same({ status, body }, { status: expected.status, body: expected })
    t.match(headers['content-type'], /^application\/problem\+json/)
  }

  t.test('an unknown address returns 404', t =>
    rejected(
      t,
      ['GET', '/api/v1/tenant'],
      problem('not-found', 'Not found', 404, 'This URL does not exist. GET /api/docs lists all operations.'),
    ),
  )

  t.test('an address that cannot be decoded returns 400, one that is too long 414', async t => {
    for (const address of ['/api/v1/tenants/%zz', '/api/v1/exchanges/%', '/%ff']) {
      const response = await callApi('GET', address)
      t.same(
        response.body,
        problem(
          'invalid-request',
          'Invalid request',
          400,
          'Invalid URL: % must be followed by two hexadecimal digits.',
        ),
        address,
      )
      t.match(response.headers, {
        'content-type': /^application\/problem\+json/,
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      })
    }
    t.same(
      (await callApi('GET', `/api/v1/tenants/${'x'.repeat(500)}`)).body,
      problem('address-too-long', 'URL too long', 414, 'The id is too long.'),
    )
  })

  t.test('an unsupported method returns 405', async t => {
    const { headers } = await callApi('PUT', here)
    t.equal(headers.allow, 'DELETE, GET, HEAD, PATCH')
    await rejected(
      t,
      ['PUT', here],
      problem(
        'method-not-allowed',
        'Method not allowed',
        405,
        `PUT is not supported at ${here}. Use one of DELETE, GET, HEAD, PATCH.`,
      ),
    )
  })

  t.test('an unknown tenant returns 404', async t => {
    const unknown = problem(
      'not-found',
      'Not found',
      404,
      'There is no tenant "nobody". GET /api/v1/tenants lists those that exist.',
    )
    const root = '/api/v1/tenants/nobody'
    await rejected(t, ['GET', root], unknown)
    await rejected(t, ['PATCH', root, {}], unknown)
    await rejected(t, ['DELETE', root], unknown)
    await rejected(t, ['POST', `${root}/tokens`], unknown)
    for (const part of [
      'tokens',
      'users',
      'users/1',
      'users/1/history',
      'groups/1/members',
      'stale',
      'clock',
    ]) {
      await rejected(t, ['GET', `${root}/${part}`], unknown)
    }
    await rejected(t, ['POST', `${root}/stale/purge`, { all: true }], unknown)
    await rejected(t, ['PUT', `${root}/clock`, { advance: '1d' }], unknown)
    await rejected(t, ['POST', '/api/v1/reset', { tenant: 'nobody' }], unknown)
  })

  t.test('an unknown user, group, token or request returns 404', async t => {
    for (const path of [`${here}/users/1`, `${here}/users/1/history`]) {
      await rejected(
        t,
        ['GET', path],
        problem(
          'not-found',
          'Not found',
          404,
          `There is no User "1" in the tenant "${tenant.id}". GET ${here}/users lists all.`,
        ),
      )
    }
    for (const path of [`${here}/groups/1`, `${here}/groups/1/history`, `${here}/groups/1/members`]) {
      await rejected(
        t,
        ['GET', path],
        problem(
          'not-found',
          'Not found',
          404,
          `There is no Group "1" in the tenant "${tenant.id}". GET ${here}/groups lists all.`,
        ),
      )
    }
    const noToken = problem(
      'not-found',
      'Not found',
      404,
      `The tenant "${tenant.id}" has no token "1". GET ${here}/tokens lists its tokens.`,
    )
    await rejected(t, ['DELETE', `${here}/tokens/1`], noToken)
    await rejected(t, ['POST', `${here}/tokens/1/expire`], noToken)
    await rejected(
      t,
      ['GET', '/api/v1/exchanges/1'],
      problem(
        'not-found',
        'Not found',
        404,
        'The journal has no request "1". Old requests are deleted. GET /api/v1/exchanges lists the stored ones.',
      ),
    )
  })

  t.test('invalid fields are all reported by name', t =>
    rejected(t, ['GET', '/api/v1/exchanges?limit=0&status=teapot&from=yesterday'], {
      ...problem(
        'invalid-request',
        'Invalid request',
        400,
        'query.limit: Must be at least 1. query.status: Enter a status such as 404, or a class such as 4xx. query.from: Expected a time such as 2026-03-01T09:30:00Z.',
      ),
      errors: [
        { path: 'query.limit', message: 'Must be at least 1.' },
        { path: 'query.status', message: 'Enter a status such as 404, or a class such as 4xx.' },
        { path: 'query.from', message: 'Expected a time such as 2026-03-01T09:30:00Z.' },
      ],
    }),
  )

  t.test('an unknown field is reported', t =>
    rejected(t, ['POST', '/api/v1/tenants', { id: 'fine', color: 'red' }], {
      ...problem('invalid-request', 'Invalid request', 400, 'body: Unrecognized key: "color"'),
      errors: [{ path: 'body', message: 'Unrecognized key: "color"' }],
    }),
  )

  t.test('a body that is not JSON, or contains prototype keys, is rejected', async t => {
    for (const body of ['{"id":', '{"__proto__":{"id":"x"}}', '{"constructor":{"prototype":{}}}', 'é']) {
      await rejected(
        t,
        ['POST', '/api/v1/tenants', body],
        problem(
          'invalid-request',
          'Invalid request',
          400,
          'The body is not valid JSON. Send one JSON object as application/json.',
        ),
      )
    }
  })

  t.test('a body that is not an object is rejected', async t => {
    for (const body of ['[]', '7', '"x"', 'true']) {
      const { status, body: document } = await callApi('POST', '/api/v1/tenants', body)
      t.match(
        { status, document },
        { status: 400, document: { type: 'urn:scimulator:problem:invalid-request' } },
        body,
      )
    }
  })

  t.test('a body that is too large is rejected', t =>
    rejected(
      t,
      ['POST', '/api/v1/tenants', { id: 'x'.repeat(2_000_000) }],
      problem('too-large', 'Body too large', 413, 'The body is larger than the limit of the console.'),
    ),
  )

  t.test('a duplicate id is rejected', t =>
    rejected(
      t,
      ['POST', '/api/v1/tenants', { id: tenant.id }],
      problem('already-exists', 'Already exists', 409, `The tenant "${tenant.id}" already exists.`),
    ),
  )

  t.test('an invented cursor is rejected in each list', async t => {
    const lists = [
      `/api/v1/tenants`,
      `${here}/tokens`,
      `${here}/users`,
      `${here}/groups`,
      `${here}/stale`,
      '/api/v1/exchanges',
    ]
    for (const path of lists) {
      const { status, body } = await callApi('GET', `${path}?cursor=made-up`)
      t.match(
        { status, body },
        { status: 400, body: { type: 'urn:scimulator:problem:invalid-cursor', detail: /(Omit|Leave) it/ } },
        path,
      )
    }
  })
})

t.test('a server that is not ready returns 503', async t => {
  const { callApi } = await buildTestConsole(t, 'rfc', { ready: () => false })
  const { status, headers, body } = await callApi('GET', '/readyz')
  t.same(
    { status, retry: headers['retry-after'], body },
    {
      status: 503,
      retry: '1',
      body: problem(
        'not-ready',
        'Not ready yet',
        503,
        'The server is starting or stopping; try again in a moment.',
      ),
    },
  )
})

t.test('a server error is one sentence without internals', async t => {
  const { callApi, deps } = await buildTestConsole(t)
  deps.journal.page = async () => {
    throw new Error('secret path /var/lib')
  }
  const { status, body } = await callApi('GET', '/api/v1/exchanges')
  t.same(
    { status, body },
    {
      status: 500,
      body: problem(
        'internal-error',
        'Internal server error',
        500,
        'The request failed. See the server log.',
      ),
    },
  )
})

t.test('a browser receives the page for an unknown address, with 404', async t => {
  const { callApi } = await buildTestConsole(t, 'rfc', { token: 'a-token-of-the-console' })
  const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  const page = await callApi('GET', '/', undefined, { accept })
  const unknown = await callApi('GET', '/nosuch?q=1', undefined, { accept })
  t.match(unknown, { status: 404, headers: { 'content-type': 'text/html; charset=utf-8' } })
  t.equal(unknown.body, page.body, 'the page shows the error, and needs no token')
  for (const path of ['/api/v1/nosuch', '/api/nosuch', '/assets/nosuch.js'])
    t.match(
      (await callApi('GET', path, undefined, { accept, authorization: 'Bearer a-token-of-the-console' }))
        .headers,
      { 'content-type': /^application\/problem\+json/ },
      path,
    )
  t.match(await callApi('GET', '/assets/nosuch.js'), { status: 404 })
  t.match(await callApi('POST', '/nosuch', {}, { accept }), { status: 401 }, 'a write is no page')
  t.match(await callApi('GET', '/nosuch', undefined, { accept: 'application/json' }), { status: 401 })
})

t.test('a search is 429 while too many wait', async t => {
  const { deps } = await buildTestConsole(t)
  const stale = async () => {
    throw new BusyError('50 searches are waiting.')
  }
  const { callApi, tenant } = await buildTestConsole(t, 'rfc', { directory: { ...deps.directory, stale } })
  const busy = await callApi('GET', `/api/v1/tenants/${tenant.id}/stale`)
  t.match(busy, {
    status: 429,
    headers: { 'retry-after': '1' },
    body: { type: 'urn:scimulator:problem:too-many-searches', detail: '50 searches are waiting.' },
  })
})

t.test('former addresses of pages lead to the view that has their content, with their query', async t => {
  const { console, tenant } = await buildTestConsole(t)
  const at = (path: string) => `/tenants/${tenant.id}/${path}`
  const addresses = {
    '/faults': '/lab',
    '/snapshots?x=1': '/lab?x=1',
    '/settings': '/server?view=settings',
    '/console-access': '/server?view=access',
    '/tenants': '/server',
    '/audit?tenant=acme&text=a%26b': '/activity?tenant=acme&text=a%26b&view=changes',
    '/?q=status%3A4xx&tenant=*': '/activity?q=status%3A4xx&tenant=*',
    [at('clock')]: `/lab?tenant=${tenant.id}`,
    [at('tokens')]: at('connect?view=credentials'),
    [at('setup?auth=client')]: at('connect?auth=client'),
    [at('stale?reason=unused')]: at('users?reason=unused&view=unused'),
    [at('sign-in')]: at('users?view=sign-in'),
    [at('reconcile')]: at('users?view=compare'),
    [at('preflight')]: `/findings?tenant=${tenant.id}&view=check`,
  }
  for (const [from, to] of Object.entries(addresses)) {
    const { statusCode, headers } = await console.inject(from)
    t.same([statusCode, headers.location], [302, to], from)
    t.equal((await console.inject(to)).statusCode, 200, to)
  }
  const names = Object.keys(addresses).map(address => address.split('?')[0]?.replace(tenant.id, ':tenant'))
  t.same(
    Object.keys(formerAddresses).filter(address => !names.includes(address)),
    [],
    'all of them',
  )
})
