import t from 'tap'
import { main } from '../../scim-compliance/main.ts'
import { NothingToGrade } from '../../scim-compliance/run/nothing-to-grade.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { check, type Respond, runOptions, smallServer } from './small-server.ts'

const passes = check('rfc/passes', async () => {})

/** Why a server isn’t graded, with HERE in place of its URL. */
async function errorFor(t: Parameters<typeof smallServer>[0], respond: Respond, below = ''): Promise<string> {
  const { url } = await smallServer(t, respond)
  const error: unknown = await runChecks(runOptions(url + below, [passes])).catch(error => error)
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
