import t from 'tap'
import type { Check, CheckContext } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { runOf } from '../../scim-compliance/checks/forms.ts'
import { createClient } from '../../scim-compliance/client/client.ts'
import { fail } from '../../scim-compliance/expect.ts'
import { main } from '../../scim-compliance/main.ts'
import { discover, supportedTypes } from '../../scim-compliance/run/discovery.ts'
import { NothingToGrade } from '../../scim-compliance/run/nothing-to-grade.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { enterpriseUrn, groupUrn, userUrn } from '../../scim-compliance/scim.ts'
import { peerOf } from './peers/index.ts'
import { peerServer } from './peers/peer.ts'
import { check, type ReceivedRequest, type Respond, runOptions, smallServer } from './small-server.ts'

async function discovered(t: Parameters<typeof smallServer>[0], respond: Respond) {
  const { url } = await smallServer(t, respond)
  const client = createClient(runOptions(url, []))
  t.teardown(client.close)
  return discover(url, path => client.send('GET', path))
}

const names = (types: readonly { readonly name: string; readonly endpoint: string }[]) =>
  types.map(({ name, endpoint }) => `${name} ${endpoint}`)

t.test('without discovery, a server is assumed to have the users and groups that exist', async t => {
  const { service, types, notes } = await discovered(t, ({ path }) =>
    path.startsWith('/Users') ? { body: { totalResults: 0 } } : { status: 404 },
  )
  t.same(names(types), ['User /Users'])
  t.same(
    types.map(({ extensions }) => extensions.map(({ schema }) => schema)),
    [[enterpriseUrn]],
  )
  t.equal(service.config, undefined)
  t.match(service.offers, { patch: true, bulk: undefined, sort: false, etag: false, indexPaging: true })
  t.equal(notes.length, 3)
})

t.test('a server without groups is tested with its users', async t => {
  const { url } = await smallServer(t, ({ method, path }) =>
    !path.startsWith('/Users')
      ? { status: 404 }
      : method === 'POST'
        ? { status: 201, body: { id: '1', userName: 'ann' } }
        : { body: path.startsWith('/Users/') ? { id: '1', userName: 'ann' } : { totalResults: 0 } },
  )
  const reads = runOf({
    given: { user: true },
    request: ({ user }) => ({ get: user.path }),
    expect: { body: { id: '1' } },
  })
  const { result } = await runChecks(
    runOptions(url, [check('rfc/users', reads), check('rfc/groups', reads, ['groups'])]),
  )
  t.same(
    result.outcomes.map(({ verdict, reason, lacks }) => [verdict, reason, lacks]),
    [
      ['passed', undefined, undefined],
      ['skipped', 'The server has no groups.', 'groups'],
    ],
  )
})

t.test('lists are read in any format', async t => {
  const user = { name: 'User', endpoint: '/Users', schema: userUrn }
  const group = { name: 'Group', endpoint: '/Groups', schema: groupUrn }
  const shapes: Readonly<Record<string, unknown>> = {
    'a bare array': [user, group],
    'a list in lower case': { resources: [user, group] },
    'a list without a count': { Resources: [user, group] },
    'a list without paging that reports more resources': { totalResults: 9, Resources: [user, group] },
  }
  for (const [what, body] of Object.entries(shapes)) {
    const { types } = await discovered(t, ({ path }) =>
      path.startsWith('/ResourceTypes') ? { body } : { status: 404 },
    )
    t.same(names(types), ['User /Users', 'Group /Groups'], what)
  }
})

t.test('a list in pages is read completely', async t => {
  const types = ['A', 'B', 'C'].map(name => ({ name, endpoint: `/${name}`, schema: `urn:${name}` }))
  const answered = await discovered(t, ({ path }) => {
    const from = Number(/startIndex=(\d+)/.exec(path)?.[1] ?? 1)
    return path.startsWith('/ResourceTypes')
      ? { body: { totalResults: 3, Resources: types.slice(from - 1, from) } }
      : { status: 404 }
  })
  t.same(names(answered.types), ['A /A', 'B /B', 'C /C'])
})

t.test('endpoints are recognized in any notation, and booleans as strings', async t => {
  const { types, service } = await discovered(t, ({ path, headers }) => {
    if (path === '/ServiceProviderConfig')
      return { body: { patch: { supported: 'True' }, filter: { supported: true, maxResults: '50' } } }
    if (path !== '/ResourceTypes') return { status: 404 }
    return {
      body: {
        Resources: [
          { name: 'Whole', schema: 'urn:a', endpoint: `http://${headers.host}/scim/Whole` },
          { name: 'Path', schema: 'urn:b', endpoint: '/scim/Path/' },
          { name: 'Bare', schema: 'urn:c', endpoint: 'Bare' },
          { name: 'None', schema: 'urn:d' },
        ],
      },
    }
  })
  t.same(names(types), ['Whole /Whole', 'Path /Path', 'Bare /Bare'])
  t.match(service.offers, { patch: true, filter: { maxResults: 50 }, bulk: undefined })
})

t.test('a dropped connection affects only one list', async t => {
  const { types } = await discovered(t, ({ path }) =>
    path === '/Schemas' ? undefined : path === '/ServiceProviderConfig' ? { body: {} } : { status: 404 },
  )
  t.same(names(types), [])
})

t.test('a failure of discovery data refers to the exchange that contains it', async t => {
  const bodies: Readonly<Record<string, unknown>> = {
    '/ServiceProviderConfig': { patch: { supported: 'yes' } },
    '/Schemas': { Resources: [{ id: 'urn:x', attributes: [] }] },
  }
  const { url } = await smallServer(t, ({ path }) => ({ body: bodies[path] ?? {} }))
  const reads = (id: string, read: (context: CheckContext) => unknown) =>
    check(id, async context => {
      read(context)
      fail('something else', 'this')
    })
  const { result } = await runChecks(
    runOptions(url, [
      reads('rfc/discovery/config', context => context.service.config),
      reads('rfc/schemas/names', context => context.service.schemas),
    ]),
  )
  t.same(
    result.outcomes.map(({ exchange, exchanges }) => [
      exchanges,
      result.exchanges[(exchange ?? 0) - 1]?.url.replace(url, ''),
    ]),
    [
      [[1], '/ServiceProviderConfig'],
      [[2], '/Schemas'],
    ],
  )
})

const only = [
  'rfc/authentication',
  'rfc/errors',
  'entra/probe',
  'aws/service/wrong-token',
  'aws/service/basic-token',
]
const as = ['rfc', 'entra', 'aws'] as const
const wrong = checks.filter(({ wrongCredentials }) => wrongCredentials).map(({ id }) => id)

t.test('a server that slows down invalid tokens fails no check, and a note reports it', async t => {
  const { url, token } = await peerServer(t, peerOf('slows-wrong-tokens'), 'rfc')
  const { result } = await runChecks(runOptions(url, checks, { token, as, only, timeoutSeconds: 1 }))
  const skipped = result.outcomes.filter(
    ({ check, verdict }) => wrong.includes(check.id) && verdict !== 'passed',
  )
  t.same(
    skipped.map(({ verdict, reason }) => [verdict, reason]),
    skipped.map(() => [
      'skipped',
      'The server slows down invalid tokens: 3 earlier ones got responses, and the next one had no complete response within 1 s.',
    ]),
  )
  t.ok(skipped.length > 0)
  t.equal(result.exchanges.filter(({ response }) => response === undefined).length, 1)
})

const isWrong = ({ headers: { authorization } }: ReceivedRequest) =>
  authorization !== undefined && authorization !== 'Bearer the-secret-token'

const gate: Respond = one =>
  one.headers.authorization === 'Bearer the-secret-token' ? { body: {} } : { status: 401, body: {} }

t.test('each kind of invalid credentials is sent once', async t => {
  const { url, requests } = await smallServer(t, gate)
  await runChecks(runOptions(url, checks, { as, only }))
  const sent = requests.filter(isWrong).map(({ headers }) => headers.authorization)
  t.equal(sent.length, 5)
  t.equal(new Set(sent).size, sent.length)
})

t.test('only the checks that run last send invalid credentials', async t => {
  const { url, requests } = await smallServer(t, gate)
  await runChecks(runOptions(url, checks, { as, skip: ['entra/load', ...wrong] }))
  t.same(requests.filter(isWrong), [])
})

t.test('if no invalid token gets a response, one check fails', async t => {
  const { url } = await smallServer(t, ({ headers: { authorization } }) =>
    authorization === undefined || authorization === 'Bearer the-secret-token'
      ? { body: {} }
      : new Promise<undefined>(() => {}),
  )
  const { result } = await runChecks(
    runOptions(url, checks, { as, only: ['rfc/authentication', 'entra/probe'], timeoutSeconds: 0.5 }),
  )
  const silent = result.outcomes.filter(({ got }) => /no complete response/.test(got ?? ''))
  t.equal(silent.length, 1)
})

const passes = check('rfc/passes', async () => {})

/** Why a server isn’t graded, with HERE in place of its URL. */
async function errorFor(
  t: Parameters<typeof smallServer>[0],
  respond: Respond,
  below = '',
  only: Check = passes,
): Promise<string> {
  const { url } = await smallServer(t, respond)
  const error: unknown = await runChecks(runOptions(url + below, [only])).catch(error => error)
  return error instanceof NothingToGrade ? error.message.replaceAll(url, 'HERE') : 'graded'
}

const refused =
  'The token is missing or invalid (HERE/ServiceProviderConfig returned 401): set a valid one with --token or SCIM_TOKEN, or other credentials with --header.'

const responses: readonly (readonly [what: string, respond: Respond, why: string])[] = [
  ['a rejected token', () => ({ status: 401 }), refused],
  [
    'a token without permissions',
    () => ({ status: 403 }),
    'The token lacks the permission to read (HERE/ServiceProviderConfig returned 403): grant it, or use another token; and check that the tenant in the URL is the token’s.',
  ],
  [
    'a redirect to the server',
    ({ path }) => ({ status: 301, headers: { location: `https://x.example/scim/v2${path}` } }),
    'HERE/ServiceProviderConfig redirects to https://x.example/scim/v2/ServiceProviderConfig: use https://x.example/scim/v2 as the URL.',
  ],
  [
    'a redirect to a sign-in page',
    () => ({ status: 302, headers: { location: '/login?back=the-secret-token' } }),
    'HERE/ServiceProviderConfig redirects to HERE/login, which is not part of a SCIM server: use the URL of the server itself, and check that it accepts the token.',
  ],
  [
    'too many requests',
    () => ({ status: 429 }),
    'The server rejects further requests (HERE/ServiceProviderConfig returned 429): try again later, or with a lower --rate.',
  ],
  [
    'an unavailable server',
    () => ({ status: 503 }),
    'The server is unavailable (HERE/ServiceProviderConfig returned 503): check its logs, and try again when this URL works.',
  ],
  [
    'an empty server',
    () => ({ status: 404 }),
    'All URLs below HERE return 404: use the root of the SCIM server, below which /Users exists, and check the tenant in it.',
  ],
  [
    'something else',
    () => ({ status: 200 }),
    'No response below HERE is that of a SCIM server (/ServiceProviderConfig 200, /Schemas 200, /ResourceTypes 200, /Users?count=1 200, /Groups?count=1 200): use its root, below which /Users exists.',
  ],
]

for (const [what, respond, why] of responses) {
  t.test(`one sentence explains why nothing is graded: ${what}`, async t => {
    t.equal((await errorFor(t, respond)).replace(/http:[^ ]*(?=\/login)/, 'HERE'), why)
  })
}

t.test('a web page is reported as such', async t => {
  const page: Respond = () => ({ text: '<!doctype html><h1>Sign in</h1>' })
  t.equal(
    await errorFor(t, page),
    'HERE/ServiceProviderConfig is a web page, not a response of a SCIM server: use the root of the SCIM server, which often ends in /scim/v2.',
  )
})

t.test('the URL of a list is reported as such', async t => {
  const none: Respond = () => ({ status: 404 })
  t.equal(
    await errorFor(t, none, '/Users'),
    'HERE/Users isn’t the root of a SCIM server, since it includes /Users: use HERE.',
  )
})

t.test('a rejected token is detected even if discovery is public', async t => {
  const open: Respond = ({ path }) => (/^\/(Users|Groups)/.test(path) ? { status: 401 } : { body: {} })
  t.equal(await errorFor(t, open), refused.replace('/ServiceProviderConfig', '/Users?count=1'))
})

t.test('an endpoint that redirects ends the run, whichever request shows it', async t => {
  const why = (endpoint: string, status: number) =>
    `HERE${endpoint} redirects to HERE${endpoint}/ (${status}): serve ${endpoint} itself, since clients don’t follow redirects of POST, PATCH and DELETE, and send no token elsewhere. Nothing was graded.`
  const redirects =
    (status: number, matches: (one: ReceivedRequest) => boolean): Respond =>
    one =>
      matches(one)
        ? { status, headers: { location: `/scim${one.path.replace(/\?.*/, '')}/` } }
        : { body: { Resources: [] } }
  t.equal(
    await errorFor(
      t,
      redirects(308, ({ path }) => path.startsWith('/Groups')),
    ),
    why('/Groups', 308),
  )
  const single = ({ path }: ReceivedRequest) => path === '/Users/scim-check-no-such-id'
  t.equal(await errorFor(t, redirects(301, single)), why('/Users/scim-check-no-such-id', 301))
  const writes: Check = { ...passes, needs: ['write', 'users'] }
  const post = redirects(307, ({ method }) => method === 'POST')
  t.equal(await errorFor(t, post, '', writes), why('/Users', 307))
})

t.test('resource types of discovery itself aren’t types of resources', async t => {
  const core = 'urn:ietf:params:scim:schemas:core:2.0'
  const listed = [
    { name: 'User', endpoint: '/Users', schema: `${core}:User` },
    { name: 'Schema', endpoint: '/Schemas', schema: `${core}:Schema` },
    {
      name: 'ServiceProviderConfig',
      endpoint: '/ServiceProviderConfig',
      schema: `${core}:ServiceProviderConfig`,
    },
  ]
  t.same(
    supportedTypes('https://scim.example.com', listed, []).map(({ name }) => name),
    ['User'],
  )
})

t.test('discovery asks once more after a 5xx', async t => {
  const failed = new Set<string>()
  const { url } = await smallServer(t, ({ path }) => {
    if (path !== '/Schemas' || failed.has(path)) return { body: path === '/Schemas' ? [{ id: 'urn:x' }] : {} }
    failed.add(path)
    return { status: 500 }
  })
  const { result } = await runChecks(runOptions(url, [passes]))
  t.same(result.service.schemas, [{ id: 'urn:x' }])
})

t.test('a server without discovery is graded', async t => {
  const users: Respond = ({ path }) => (path.startsWith('/Users') ? { body: {} } : { status: 404 })
  t.equal(await errorFor(t, users), 'graded')
})

t.test('the command line prints this sentence, and returns exit code 2', async t => {
  const { url } = await smallServer(t, () => ({ status: 401 }))
  const said = t.capture(process.stderr, 'write', () => true)
  t.equal(await main([url, '--quiet']), 2)
  t.same(
    said().map(({ args }) => String(args[0]).replaceAll(url, 'HERE')),
    [`scim-compliance: ${refused}\n`],
  )
})
