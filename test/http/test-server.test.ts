import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Exchange } from '../../src/domain/journal/exchange.ts'
import type { Summary } from '../../src/domain/journal/summary.ts'
import type { CreateServerOptions, TestServer } from '../../src/index.ts'
import { waitFor } from '../../src/server/test-server/wait-for.ts'
import { decompress, itemsOf } from '../support/session-file.ts'
import { createServer } from '../support/test-server.ts'

const sender =
  ({ url, token }: Pick<TestServer, 'url' | 'token'>) =>
  (method: string, path: string, body?: object): Promise<Response> =>
    fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/scim+json',
        connection: 'close',
      },
      ...(body && { body: JSON.stringify(body) }),
    })

const aUser = (userName: string) => ({
  userName,
  displayName: userName,
  name: { givenName: 'A', familyName: 'B' },
  active: true,
})

/** Options as a JavaScript caller may pass them. */
const unchecked = <Value>(value: unknown) => value as Value

t.test('createServer reports every invalid option in its own terms', async t => {
  const invalid: readonly (readonly [options: unknown, message: string])[] = [
    ['aws', "Expected an object of options, such as { profile: 'aws' }."],
    [{ profil: 'aws' }, 'profil is not an option; did you mean profile?'],
    [{ 'on-delete': 'retain' }, 'on-delete is not an option; did you mean onDelete?'],
    [
      { port: 8080 },
      'port is not an option. Options: profile, onDelete, throttle, tenant, token, awsRegion, awsAccessKey, awsAuth, switches, types, issuers, clients.',
    ],
    [{ profile: 'azure' }, 'profile "azure" must be one of aws, entra, rfc, interop.'],
    [{ awsRegion: 'moon' }, 'awsRegion "moon" must be a region such as us-east-1.'],
    [{ awsAuth: 'none' }, 'awsAuth "none" must be one of sigv4, any.'],
    [{ issuers: {} }, 'issuers must be an array.'],
    [{ types: null }, 'types must be an object.'],
    [
      { token: 'secret', tenant: 8, onDelete: 'keep' },
      `
- tenant must be a string.
- token: An access token must have 8 to 4096 characters: ASCII letters, digits and punctuation, without spaces.
- onDelete "keep" must be one of retain, remove.`,
    ],
  ]
  for (const [options, text] of invalid) {
    const message = `createServer:${text.startsWith('\n') ? '' : ' '}${text}`
    await t.rejects(createServer(unchecked(options)), { name: 'CreateServerError', message }, message)
  }
})

t.test('what the server rejects is reported by the option and the place in it', async t => {
  const invalid: readonly (readonly [CreateServerOptions, message: string])[] = [
    [
      { profile: 'rfc', clients: [{ id: 'one', name: 'One' }, unchecked({ name: 3 })] },
      'createServer: clients[1]: name: Invalid input: expected string, received number',
    ],
    [
      { switches: { putUserStatus: '999', nope: '1' } },
      `createServer:
- switches: The switch "putUserStatus" is one of 200, 201; "999" is none of them.
- switches: The profile "aws" has no switch "nope".`,
    ],
    [
      { profile: 'rfc', types: { resourceTypes: [{ name: '3' }] } },
      'createServer: types: resourceTypes[0].name: "3" is not a valid type name: use an ASCII letter, followed by ASCII letters, digits, "-" and "_".',
    ],
  ]
  for (const [options, message] of invalid) {
    await t.rejects(createServer(options), { name: 'CreateServerError', message }, message)
  }
})

t.test('options that are undefined have their defaults, and switches change the tenant', async t => {
  await using server = await createServer(
    unchecked({ profile: undefined, tenant: 'acme', switches: { putUserStatus: '201' } }),
  )
  t.equal(server.tenant, 'acme')
  t.match(server.url, /\/acme\/scim\/v2$/)
  const send = sender(server)
  const { id } = (await (await send('POST', '/Users', aUser('marge'))).json()) as { id: string }
  t.equal((await send('PUT', `/Users/${id}`, { ...aUser('marge'), id })).status, 201)
})

t.test('a server in a test', async t => {
  const server = await createServer({ tenant: 'acme', token: 'token-of-acme' })
  t.teardown(() => server.close())
  const send = sender(server)
  t.beforeEach(() => server.reset())

  const labelsOf = (identities: readonly { label: string }[]) => identities.map(({ label }) => label)

  t.test('requests are in their order, with bodies and findings', async t => {
    await send('POST', '/Users', aUser('marge'))
    await send('GET', '/Users?filter=userName eq "bart"')
    const [created, listed, ...others] = await server.requests()
    t.same(others, [])
    t.match(created, {
      status: 201,
      operation: 'create',
      analyzed: true,
      client: 'ad-hoc',
      findings: ['client/no-external-id', 'client/no-email'],
      target: { label: 'marge' },
      request: { body: JSON.stringify(aUser('marge')) },
    })
    t.match(listed, { method: 'GET', status: 200 })
    t.same(await server.requests('finding:any'), [created])
  })

  t.test('waitFor counts earlier requests, and those that come', async t => {
    await send('POST', '/Users', aUser('marge'))
    t.equal((await server.waitFor('operation:create')).length, 1)
    const waiting = server.waitFor('operation:create status:201', { times: 3, timeout: 60_000 })
    await send('POST', '/Users', aUser('lisa'))
    await send('POST', '/Users', aUser('lisa'))
    await send('POST', '/Users', aUser('bart'))
    t.same(
      (await waiting).map(({ target }) => target?.label),
      ['marge', 'lisa', 'bart'],
    )
  })

  t.test('waitFor finds what only the analysis knows', async t => {
    const waiting = server.waitFor('finding:client/no-email', { timeout: 60_000 })
    await send('POST', '/Users', aUser('marge'))
    t.match(await waiting, [{ findings: ['client/no-external-id', 'client/no-email'] }])
  })

  t.test('waitFor rejects with what came instead, at the line of the test', async t => {
    await send('POST', '/Users', aUser('marge'))
    await send('POST', '/Users', aUser('marge'))
    const error = await server
      .waitFor('operation:create status:201', { times: 2, timeout: 1 })
      .catch((reason: Error) => reason)
    t.match(error, {
      message: `waitFor("operation:create status:201", { times: 2 }): 1 of 2 arrived within 1 ms.
Matching requests:
  201 POST   /Users  create user marge
Another request:
  409 POST   /Users  create user marge  (Refused to create a new, duplicate resource.)  ← not status:201`,
      stack: /test-server\.test\.ts/,
    })
  })

  t.test('waitFor shows where the client should send its requests, if none came', async t => {
    await t.rejects(server.waitFor('user:"marge simpson" -method:GET', { timeout: 0 }), {
      message: `waitFor("user:\\"marge simpson\\" -method:GET"): 0 of 1 arrived within 0 ms.
No request arrived at all. Does the client use ${server.url}?`,
    })
  })

  t.test('of many other requests, waitFor shows the newest, without control characters', async t => {
    for (let at = 1; at < 12; at++) await send('GET', `/Users/${at}`)
    await send('POST', '/Users', aUser('\u001b[31mmarge'))
    const { message } = await server
      .waitFor('method:PATCH', { timeout: 0 })
      .then(() => new Error('resolved'))
      .catch((reason: Error) => reason)
    const lines = message.split('\n')
    t.equal(lines.length, 12)
    t.equal(lines[1], 'The newest 10 of 12 other requests:')
    t.match(lines[2], /^ {2}404 GET {4}\/Users\/3 {2}/)
    t.match(lines.at(-1), /create user \\u001b\[31mmarge .*← not method:PATCH$/)
  })

  t.test('a mistake in a call is reported by the member', async t => {
    const mistakes: readonly (readonly [call: () => Promise<unknown>, message: string])[] = [
      [() => server.waitFor('metod:GET'), 'waitFor: Unknown filter "metod": did you mean "method"?'],
      [
        () => server.waitFor(unchecked(/GET/)),
        "waitFor: the query must be a string, such as 'operation:create status:201'.",
      ],
      [
        () => server.waitFor('method:GET', unchecked({ time: 2 })),
        'waitFor: time is not an option; did you mean times?',
      ],
      [
        () => server.waitFor('method:GET', unchecked(2)),
        "waitFor: the options must be an object: waitFor('operation:create', { times: 2, timeout: 1000 }).",
      ],
      [() => server.waitFor('method:GET', { times: 0 }), 'waitFor: times must be a whole number from 1.'],
      [
        () => server.waitFor('method:GET', { timeout: -1 }),
        'waitFor: timeout must be a whole number of milliseconds.',
      ],
      [() => server.requests('status:abc'), 'requests: Enter a status such as 404, or a class such as 4xx.'],
      [
        () => server.users(unchecked({ status: 'deleted' })),
        'users: status must be one of existing, any, active, disabled, retained, removed.',
      ],
      [
        () => server.faults.add({ effect: { kind: 'status', status: 99 } }),
        'faults.add: effect.status: Expected a whole number from 400 to 599.',
      ],
      [
        () => server.clock.advance('4 days'),
        'clock.advance: expected a duration such as 90d or 1h30m, with w, d, h, m and s.',
      ],
      [() => server.restore(), 'restore: there is no snapshot. Call snapshot() first.'],
      [() => server.restore('x'), 'restore: there is no snapshot "x".'],
      [() => server.attach({ file: 'session.txt' }), 'attach: the file must end in .html, .har or .ndjson.'],
      [
        () => server.attach(unchecked<{ name: string }>(null)),
        "attach: the options must be an object: attach({ name: 'creates a user' }).",
      ],
      [() => server.attach({ name: '' }), 'attach: name must be a string, and not empty.'],
    ]
    for (const [call, message] of mistakes) await t.rejects(async () => call(), { message }, message)
    await t.rejects(server.faults.add('throtled'), {
      message: /^faults\.add: preset: Unknown preset "throtled": expected one of throttled, /,
    })
  })

  t.test('users and groups are those of SCIM; deleted ones by their status', async t => {
    const ids: string[] = []
    for (const name of ['marge', 'lisa', 'bart']) {
      const { id } = (await (await send('POST', '/Users', aUser(name))).json()) as { id: string }
      ids.push(id)
    }
    const [marge, lisa, bart] = ids
    await send('POST', '/Groups', { displayName: 'Women', members: [{ value: marge }, { value: lisa }] })
    await send('POST', '/Groups', { displayName: 'Nobody' })
    await send('DELETE', `/Users/${bart}`)
    const users = await server.users()
    t.match(users, [
      { id: marge, status: 'active', groups: [{ display: 'Women' }], document: aUser('marge') },
      { id: lisa },
    ])
    t.equal(users.length, 2)
    t.same(labelsOf(await server.users({ status: 'retained' })), ['bart'])
    t.same(labelsOf(await server.users({ status: 'any' })), ['marge', 'lisa', 'bart'])
    const groups = await server.groups()
    t.same(labelsOf(groups), ['Women', 'Nobody'])
    t.same(
      groups.map(({ members }) => members.map(({ id }) => id).sort()),
      [[marge, lisa].sort(), []],
    )
  })

  t.test('findings are complete up to the last request', async t => {
    for (let at = 0; at < 40; at++) await send('POST', '/Users', aUser(`user-${at}`))
    const findings = await server.findings()
    t.same(findings.map(({ id, count }) => `${id} ${count}`).sort(), [
      'aws/user-name-is-no-address 40',
      'client/no-email 40',
      'client/no-external-id 40',
    ])
  })

  t.test('faults: added, listed and removed', async t => {
    const once = await server.faults.add({
      match: { operations: ['create'] },
      effect: { kind: 'status', status: 503 },
      times: 1,
    })
    t.match(await server.faults.list(), [{ id: once.id, remaining: 1 }])
    t.equal((await send('POST', '/Users', aUser('marge'))).status, 503)
    t.equal((await send('POST', '/Users', aUser('marge'))).status, 201)
    t.equal(await server.faults.remove(once), false, 'it has reached its last hit')
    const preset = (await server.faults.presets()).find(({ id }) => id === 'expired-token')
    const expired = await server.faults.add('expired-token')
    t.equal(expired.name, preset?.name)
    t.equal((await send('GET', '/Users')).status, 401)
    t.equal(await server.faults.remove(expired), true)
    await server.faults.add('unavailable')
    await server.faults.clear()
    t.equal((await send('GET', '/Users')).status, 200)
    t.equal((await server.requests('fault:any')).length, 2)
  })

  t.test('the clock is advanced, and returned to real time', async t => {
    const before = await server.clock.now()
    const later = await server.clock.advance('366d')
    t.ok(later.getTime() - before.getTime() >= 366 * 24 * 60 * 60 * 1000)
    t.equal((await send('GET', '/Users')).status, 401)
    t.ok((await server.clock.reset()) < later)
    t.equal((await send('GET', '/Users')).status, 200)
  })

  t.test('restore returns to a snapshot, with an empty journal and without faults', async t => {
    await send('POST', '/Users', aUser('marge'))
    const first = await server.snapshot('one user')
    await send('POST', '/Users', aUser('lisa'))
    await server.snapshot()
    await send('POST', '/Users', aUser('bart'))
    await server.faults.add('unavailable')
    await server.clock.advance('366d')
    await server.restore()
    t.same(labelsOf(await server.users()), ['marge', 'lisa'])
    t.same([await server.requests(), await server.findings(), await server.faults.list()], [[], [], []])
    await server.restore(first)
    t.same(labelsOf(await server.users()), ['marge'])
    t.equal((await send('POST', '/Users', aUser('lisa'))).status, 201)
  })

  t.test('attach saves the session in the format of the file', async t => {
    await send('POST', '/Users', aUser('marge'))
    const folder = t.testdir({})
    const page = await server.attach({ file: join(folder, 'deep', 'session.html') })
    t.equal(page, join(folder, 'deep', 'session.html'))
    const session = decompress(readFileSync(page, 'utf8'))
    t.match(session, /^<!doctype html>.*"userName\\?":\\?"marge/is)
    const archive = await server.attach({ file: join(folder, 'session.har') })
    t.match(JSON.parse(readFileSync(archive, 'utf8')), { log: { entries: [{ _action: 'create user' }] } })
    const lines = await server.attach({ file: join(folder, 'session.ndjson') })
    t.match(JSON.parse(readFileSync(lines, 'utf8')), { action: 'create user' })
    const texts = [session, readFileSync(archive, 'utf8'), readFileSync(lines, 'utf8')]
    for (const text of texts) t.notMatch(text, server.token)
  })

  t.test('a long name of a test becomes one that file systems allow', async t => {
    const folder = process.cwd()
    process.chdir(t.testdir({}))
    t.teardown(() => process.chdir(folder))
    t.match(await server.attach({ name: '試'.repeat(200) }), /scimulator-sessions\/試{66}\.html$/)
  })

  t.test('waitFor ends while matching requests keep coming', async t => {
    const arrived = unchecked<Summary>({ exchange: () => unchecked<Exchange>({}) })
    let arrive = (_: Summary) => {}
    const journal = {
      subscribe: (listener: typeof arrive) => {
        arrive = listener
        return () => {}
      },
      async *batches() {
        arrive(arrived)
        yield []
      },
      extent: async () => ({ exchanges: 1 }),
    }
    const analysis = {
      caughtUp: () => new Promise(resolve => setImmediate(resolve, true)),
      subscribe: () => () => {},
    }
    const closed = new AbortController().signal
    await t.rejects(
      waitFor('', { times: 2, timeout: 0 }, unchecked({ journal, analysis, closed, endpoint: server.url })),
      { message: /0 of 2 arrived within 0 ms/ },
    )
  })

  t.test('attach returns the result of a function, or saves the session and rethrows its error', async t => {
    const file = join(t.testdir({}), 'session.ndjson')
    t.equal(await server.attach(async () => 'result', { file }), 'result')
    const printed = capturePrinted(t)
    const failure = new Error('mine')
    const rethrown = await server
      .attach(
        async () => {
          await send('POST', '/Users', aUser('marge'))
          throw failure
        },
        { name: 'creates marge', file },
      )
      .catch((reason: unknown) => reason)
    t.equal(rethrown, failure)
    t.match(JSON.parse(readFileSync(file, 'utf8')), { action: 'create user' })
    const page = join(t.testdir({}), 'session.html')
    await server.attach(() => Promise.reject(failure), { name: 'finds marge', file: page }).catch(() => {})
    t.match(itemsOf(readFileSync(page, 'utf8')).session, [{ test: 'finds marge' }])
    t.same(printed.slice(0, 1), [
      `Scimulator: the session of "creates marge" is in ${file}, with 1 request:\n  201 POST   /Users  create user marge`,
    ])
  })
})

/** What is printed until the test ends. */
function capturePrinted(t: Test): readonly unknown[] {
  const printed: unknown[] = []
  t.intercept(console, 'error', { value: (text: unknown) => printed.push(text) })
  return printed
}

/** A context as node:test has it, whose test ends with a call of `end`. */
function aContext() {
  const hooks: (() => Promise<void>)[] = []
  const context = {
    name: 'a/../test: "1"',
    filePath: '/home/me/users.test.js',
    passed: false,
    after: (hook: () => Promise<void>) => void hooks.push(hook),
  }
  const end = async (passed: boolean) => {
    context.passed = passed
    for (const hook of hooks) await hook()
  }
  return { context, end }
}

t.test('the session of a test that fails is saved, even if its server was closed before', async t => {
  const folder = t.testdir({})
  const server = await createServer()
  const printed = capturePrinted(t)
  const [passing, failing] = [aContext(), aContext()]
  server.attach(passing.context, { file: join(folder, 'passing.ndjson') })
  server.attach(failing.context, { file: join(folder, 'failing.ndjson') })
  await sender(server)('POST', '/Users', aUser('marge'))
  const pending = server.waitFor('user:bart', { timeout: 60_000 }).catch(({ message }: Error) => message)
  await Promise.all([server.close(), server.close()])
  t.equal(await pending, 'waitFor("user:bart"): the server was closed.')
  await passing.end(true)
  await failing.end(false)
  t.match(JSON.parse(readFileSync(join(folder, 'failing.ndjson'), 'utf8')), { action: 'create user' })
  t.equal(printed.length, 1)
  t.match(printed, [
    /^Scimulator: the session of "a\/\.\.\/test: "1"" is in .*failing\.ndjson, with 1 request:/,
  ])
  await t.rejects(server.requests(), { message: 'requests: the server is closed.' })
  await t.rejects(async () => server.attach(), { message: 'attach: the server is closed.' })
})
