import { randomBytes } from 'node:crypto'
import t from 'tap'
import { cookieValues, createAttempts, createCookies } from '../../../src/console/sign-in/cookies.ts'
import { renderErrorPage } from '../../../src/console/sign-in/failures.ts'
import { readRoleConditions, roleOf } from '../../../src/console/sign-in/person.ts'
import { toReturnPath } from '../../../src/console/sign-in/routes.ts'
import { createSessions } from '../../../src/console/sign-in/sessions.ts'
import { pageAddresses } from '../../../src/domain/contract/page-addresses.ts'
import { ConfigError, readConfig } from '../../../src/server/config.ts'
import { signInSettingsOf } from '../../../src/server/server.ts'
import { createSessionsInMemory } from '../../../src/storage/common/in-memory.ts'

const config = (...args: readonly string[]) => readConfig({ args, environment: {}, isTerminal: false })

const problemsOf = (...args: readonly string[]): readonly string[] => {
  try {
    config(...args)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

const entra = 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0'

t.test('the settings of sign-in have defaults, and nobody signs in without an issuer', async t => {
  t.equal(signInSettingsOf(config()), undefined)
  t.same(signInSettingsOf(config(`--console-issuer=${entra}`, '--console-client-id=abc')), {
    issuer: entra,
    clientId: 'abc',
    readers: [{ claim: 'roles', value: 'Scimulator.Read' }],
    writers: [{ claim: 'roles', value: 'Scimulator.Write' }],
    recent: 300_000,
    session: 28_800_000,
  })
  const all = config(
    `--console-issuer=${entra}`,
    '--console-client-id=abc',
    '--console-client-secret=the secret',
    '--console-url=https://console.example',
    '--console-readers=groups=1 tid=a=b',
    '--console-writers=sub=x',
    '--console-audience=api://console',
    '--console-recent=30s',
    '--console-acr=c1',
    '--console-session=1h',
  )
  t.same(signInSettingsOf(all), {
    issuer: entra,
    clientId: 'abc',
    clientSecret: 'the secret',
    readers: [
      { claim: 'groups', value: '1' },
      { claim: 'tid', value: 'a=b' },
    ],
    writers: [{ claim: 'sub', value: 'x' }],
    audience: 'api://console',
    recent: 30_000,
    acr: 'c1',
    session: 3_600_000,
  })
  const shown = all.effectiveSettings.find(({ flag }) => flag === '--console-client-secret')
  t.equal(shown?.value, '***')
})

t.test('settings of sign-in that cannot work are reported', async t => {
  const signIn = [`--console-issuer=${entra}`, '--console-client-id=abc']
  for (const [args, expected] of [
    [[`--console-issuer=${entra}`], /--console-issuer needs --console-client-id/],
    [['--console-client-id=abc'], /--console-client-id has no effect without --console-issuer/],
    [['--console-url=http://localhost:1'], /--console-url has no effect/],
    [[...signIn, '--console-host=0.0.0.0'], /--console-url is required with --console-issuer/],
    [[...signIn, '--console-url=http://console.example'], /must begin with https:\/\//],
    [[...signIn, '--console-url=https://console.example/path'], /without a path/],
    [[...signIn, '--console-url=https://user@console.example'], /without a path/],
    [[...signIn, '--console-readers=email=anna@example.com'], /must not use the claim email/],
    [[...signIn, '--console-readers=roles'], /invalid condition "roles"/],
    [[...signIn, '--console-writers='], /--console-writers/],
    [[...signIn, '--console-recent=soon'], /must be a duration such as 5m, at most 8h/],
    [[...signIn, '--console-session=9h'], /at most 8h/],
    [[...signIn, '--console-acr=a"b'], /without spaces or quotation marks/],
    [['--console-issuer=http://login.example', '--console-client-id=abc'], /https/],
    [['--console-issuer=http://169.254.169.254', '--console-client-id=abc'], /link-local/],
    [
      ['--console-issuer=https://login.microsoftonline.com/common/v2.0', '--console-client-id=abc'],
      /must name one directory/,
    ],
  ] as const) {
    t.match(problemsOf(...args).join('\n'), expected, args.join(' '))
  }
  t.same(problemsOf(...signIn, '--console-host=0.0.0.0', '--console-url=https://console.example'), [])
  const postgres = '--database-url=postgres://scim:pw@localhost:1/x'
  t.same(problemsOf(...signIn, '--console-host=0.0.0.0', '--console-url=https://c.example', postgres), [])
})

t.test('TS-105 a condition compares the whole text, or a member of an array', async t => {
  const conditions = {
    readers: readRoleConditions('scp=A.Read'),
    writers: readRoleConditions('groups=g  sub=s'),
  }
  const role = (claims: Readonly<Record<string, unknown>>) => roleOf(claims, conditions)
  t.equal(role({ scp: 'x A.Read' }), 'read')
  t.equal(role({ scp: ['A.Read'], sub: 's' }), 'write')
  t.equal(role({ groups: ['a', 'g'] }), 'write')
  t.equal(role({ groups: 'a g' }), undefined)
  t.equal(role({ groups: [{ g: 'g' }], sub: ['S'] }), undefined)
  t.equal(role({ sub: { s: 1 } }), undefined)
  t.equal(role(JSON.parse('{"__proto__":{"sub":"s"}}')), undefined)
})

t.test('TS-110 only paths of pages are returned to', async t => {
  for (const address of Object.values(pageAddresses)) {
    const path = address.replaceAll(/:\w+/g, 'some-id')
    t.equal(toReturnPath(path), path)
    t.equal(toReturnPath(`${path}?q=a%20b`), `${path}?q=a%20b`)
  }
  for (const text of [
    undefined,
    ['/findings'],
    '',
    'findings',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/findings\r\nset-cookie: a=b',
    '/%2f%2fevil.example',
    '/auth/sign-in',
    '/api/v1/tenants',
    '/tenants//users',
    '/a/b/c/d',
  ]) {
    t.equal(toReturnPath(text), '/', String(text))
  }
})

t.test('cookies: names depend on the port, and a value may occur several times', async t => {
  t.equal(createCookies(new URL('http://localhost:9000')).session.name, 'scimulator-9000')
  t.equal(createCookies(new URL('http://localhost')).session.name, 'scimulator-80')
  t.same(cookieValues('a=1; scimulator-1=x; scimulator-1=y;scimulator-10=z', 'scimulator-1'), ['x', 'y'])
  t.same(cookieValues(undefined, 'a'), [])
})

t.test('TS-108 an attempt is sealed, and expires after 10 minutes', async t => {
  let now = 1_000_000
  const key = randomBytes(32)
  const attempts = createAttempts(
    () => key,
    () => now,
  )
  const attempt = { state: 's', nonce: 'n', verifier: 'v'.repeat(43), returnPath: '/' }
  const sealed = attempts.seal(attempt)
  t.match(sealed, /^[\w-]+$/)
  t.same(attempts.open(['x', sealed]), attempt)
  const at = sealed.length - 5
  const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
  t.equal(attempts.open([changed, '', 'a'.repeat(9000)]), undefined)
  t.equal(attempts.openMove(sealed), undefined, 'it is for one purpose')
  t.equal(
    createAttempts(
      () => randomBytes(32),
      () => now,
    ).open([sealed]),
    undefined,
  )
  now += 600_000
  t.equal(attempts.open([sealed]), undefined)
})

t.test('TS-107 at most 1000 sessions are kept: the least recently used one ends', async t => {
  let now = 1_000_000
  const sessions = createSessions({ store: createSessionsInMemory(), clock: () => now, lifetime: 28_800_000 })
  const person = (subject: string) => ({ issuer: 'i', subject, role: 'read' as const })
  const first = await sessions.open(person('first'))
  for (let count = 1; count < 1000; count++) await sessions.open(person(`s${count}`))
  t.equal((await sessions.list()).length, 1000)
  t.match(await sessions.find([first.secret]), { subject: 'first' })
  now += 60_000
  t.match(await sessions.find([first.secret]), { subject: 'first' })
  await sessions.open(person('last'))
  t.match(await sessions.find(['x', first.secret]), { subject: 'first', lastUsed: now })
  t.notOk((await sessions.list()).some(({ subject }) => subject === 's1'))
})

t.test('the page of a failed sign-in contains no markup of others', async t => {
  const page = renderErrorPage({
    title: '<b>&',
    paragraphs: ['"a" <script>'],
    facts: [
      { name: '<i>', values: ['<u>', 'b'] },
      { name: 'none', values: [] },
    ],
    link: { address: '/"onclick', text: '</a>' },
  })
  t.notMatch(page, /<(b|script|i|u)>/)
  t.match(page, /<a href="\/&quot;onclick">&lt;\/a&gt;<\/a>/)
  t.match(page, /<dd>none<\/dd>/)
})
