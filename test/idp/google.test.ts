import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Command } from 'commander'
import t, { type Test } from 'tap'
import { day, hour } from '../../src/domain/duration.ts'
import { toGoogleDirectory } from '../../src/provisioning/google/directory/google-directory.ts'
import { readGoogleDirectory } from '../../src/provisioning/google/directory/read-google-directory.ts'
import { defaultApp, everyOccasion, googleSettings } from '../../src/provisioning/google/settings.ts'
import type { SourceDirectory } from '../../src/provisioning/kit/directory/source-directory.ts'
import { createProgram } from '../../src/server/cli/commands.ts'
import { formatReport, statusOf } from '../../src/server/cli/google/job-commands.ts'
import { readSettings, withSettings } from '../../src/server/cli/job-settings.ts'
import { run } from '../http/cli/run.ts'
import { folderOf, mistakesOf } from '../support/entra-files.ts'
import { googleJob } from '../support/google.ts'
import { ada, assigned, grace, group, person } from '../support/okta.ts'
import { buildTestApp } from '../support/scim.ts'
import { scriptedScim } from '../support/scripted-scim.ts'
import { recordWire } from '../support/wire.ts'

// Google's client against each profile, with delays by the job's clock.

const server = await buildTestApp(t, 'aws')
await server.app.listen({ port: 0, host: '127.0.0.1' })
const { port } = server.app.server.address() as AddressInfo

const people = [person(ada), person(grace)]
const everyone = assigned(ada.id, grace.id)

const coreSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'

/** The recorded requests in their order: starting, searching, creating. */
const [activation, lookUp, creation] = readFileSync(
  new URL('recordings/google.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .slice(1)
  .map(line => JSON.parse(line))

/** A recorded text about another person. */
const about = (text: string, given: string, family: string) =>
  text
    .replaceAll('tom.reed%40harbor', `${given}.${family}%40example`.toLowerCase())
    .replaceAll('tom.reed@harbor.example', `${given}.${family}@example.com`.toLowerCase())
    .replaceAll('%40example.example', '%40example.com')
    .replaceAll('Tom', given)
    .replaceAll('Reed', family)

/** The body of a user, from the recorded one. */
const bodyOf = (given: string, family: string, changes: object = {}): Record<string, unknown> => ({
  ...JSON.parse(about(JSON.stringify(creation.body), given, family)),
  ...changes,
})

/** As `bodyOf`, with the ID where a PUT has it. */
const putOf = (...[given, family, changes]: Parameters<typeof bodyOf>): object => {
  const { schemas, ...rest } = bodyOf(given, family, changes)
  return { schemas, id: `<${given}>`, ...rest }
}

const searchOf = (given: string, family: string) => `${lookUp.method} ${about(lookUp.path, given, family)}`

/** A job at a server, and what it sends: method, path and body, with names for the IDs of users. */
async function played(t: Test, root: string, of: number, token: string, ...more: unknown[]) {
  const wire = await recordWire(t, of)
  const [app, scopeGroup] = more as [Parameters<typeof googleJob>[2], string | undefined]
  const test = googleJob(`http://${wire.host}${root}`, token, app, scopeGroup)
  const names = new Map<string, string>()
  const sent = () => {
    for (const { email, target } of test.state.people.values())
      if (target !== undefined)
        names.set(target, `<${email.slice(0, 1).toUpperCase()}${email.slice(1).split('.')[0]}>`)
    const withNames = (text: string) => [...names].reduce((all, [id, name]) => all.replaceAll(id, name), text)
    return wire.requests().map(request => {
      const [method = '', path = ''] = request.line.split(' ')
      t.same(
        request.headers,
        [
          ...(request.body === '' ? [] : ['Content-Type: application/json']),
          'User-Agent: Google-Auto-Provisioning',
          `Authorization: Bearer ${token}`,
          ...(request.body === '' ? [] : [`Content-Length: ${Buffer.byteLength(request.body)}`]),
          `Host: ${wire.host}`,
          'Connection: keep-alive',
        ],
        'OC-202 the headers',
      )
      const line = `${method} ${withNames(path.replace(root, ''))}`
      return request.body === '' ? line : `${line} ${withNames(request.body)}`
    })
  }
  return { ...test, sent }
}

for (const profile of ['aws', 'entra', 'rfc'] as const) {
  t.test(`OC-203 OC-205 OC-207 OC-208 the life of users at the profile ${profile}`, async t => {
    const { tenant, token, client } = await server.another(profile)
    const schemas = profile === 'rfc' ? 'core' : 'both'
    const own = schemas === 'core' ? { schemas: [coreSchema] } : {}
    const user = (given: string, family: string, changes = {}) =>
      bodyOf(given, family, { ...own, ...changes })
    const put = (given: string, family: string, changes = {}) => putOf(given, family, { ...own, ...changes })
    const app = {
      schemas,
      suspendAfter: { ...defaultApp.suspendAfter, suspended: '1d' as const },
      deleteAfter: { ...everyOccasion('7d'), deleted: '1d' as const },
    }
    const { job, sync, sent, advance, state, entries } = await played(
      t,
      `/${tenant.id}/scim/v2`,
      port,
      token,
      app,
    )
    const existing = await client.create('Users', {
      ...user('Grace', 'Hopper'),
      displayName: 'Amazing Grace',
    })
    const read = async (at: number) => {
      const { target } = [...state.people.values()][at] ?? {}
      const { status, body } = await client.get(`/Users/${target ?? existing.id}`)
      return status === 200 ? `${body.displayName}, ${body.active ? 'active' : 'disabled'}` : status
    }

    t.same(await job.activate(), { ok: true, users: 1 })
    t.same(sent(), [`${activation.method} ${activation.path}`], 'OC-203 a bare list')

    t.match(await sync({ users: people, assignments: everyone }), {
      users: { created: 1, linked: 1 },
      failed: 0,
    })
    t.same(
      sent(),
      [
        searchOf('Ada', 'Lovelace'),
        `POST /Users ${JSON.stringify(user('Ada', 'Lovelace'))}`,
        searchOf('Grace', 'Hopper'),
        `PUT /Users/<Grace> ${JSON.stringify(put('Grace', 'Hopper'))}`,
      ],
      'OC-204 OC-205 created, or overwritten',
    )

    const renamed = person(ada, { displayName: 'Ada King', surname: 'King' })
    await sync({ users: [renamed, person(grace)], assignments: everyone })
    const king = { displayName: 'Ada King', name: { givenName: 'Ada', familyName: 'King' } }
    t.same(sent(), [`PUT /Users/<Ada> ${JSON.stringify(put('Ada', 'Lovelace', king))}`], 'OC-207 renamed')
    t.equal(await read(0), 'Ada King, active')

    const suspended = person(ada, { displayName: 'Not sent' }, false)
    await sync({ users: [suspended, person(grace)], assignments: everyone })
    advance(day - 1)
    await sync({ users: [suspended, person(grace)], assignments: everyone })
    t.same(sent(), [], 'OC-208 the delay is not over')
    advance(1)
    t.match(await sync({ users: [suspended, person(grace)], assignments: everyone }), {
      users: { suspended: 1 },
    })
    const disabled = { ...king, active: false }
    t.same(
      sent(),
      [`PUT /Users/<Ada> ${JSON.stringify(put('Ada', 'Lovelace', disabled))}`],
      'OC-208 suspended',
    )
    t.equal(await read(0), 'Ada King, disabled')

    t.match(await sync({ users: [renamed, person(grace)], assignments: everyone }), {
      users: { reactivated: 1 },
    })
    t.same(sent(), [`PUT /Users/<Ada> ${JSON.stringify(put('Ada', 'Lovelace', king))}`], 'back')

    await sync({ users: [renamed], assignments: everyone })
    t.same(
      sent(),
      [`PUT /Users/<Grace> ${JSON.stringify(put('Grace', 'Hopper', { active: false }))}`],
      'OC-208 a deleted user is suspended with what was sent last',
    )
    advance(day)
    t.match(await sync({ users: [renamed], assignments: everyone }), { users: { deleted: 1 } })
    t.same(sent(), ['DELETE /Users/<Grace>'], 'OC-208 deleted')
    t.same([await read(0), await read(1)], ['Ada King, active', 404])
    t.match(await sync({ users: [renamed], assignments: everyone }), { requests: 0 })
    t.same(
      entries.map(({ event, email }) => `${event}: ${email.split('.')[0]}`),
      [
        'user created: ada',
        'user linked: grace',
        'user updated: ada',
        'user out of scope: ada',
        'user suspended: ada',
        'user reactivated: ada',
        'user out of scope: grace',
        'user suspended: grace',
        'user deleted: grace',
      ],
    )
  })
}

t.test('OC-205 a server that reads RFC 7643 strictly rejects the URN of SCIM 1.0', async t => {
  const { tenant, token } = await server.another('rfc')
  const { sync, state } = googleJob(`http://127.0.0.1:${port}/${tenant.id}/scim/v2`, token)
  t.match(await sync({ users: [person(ada)], assignments: everyone }), { failed: 1, users: { created: 0 } })
  t.match(statusOf(state, defaultApp).errors, [{ category: 'user', step: 'create', detail: /core:1\.0/ }])
})

for (const profile of ['aws', 'entra', 'rfc'] as const) {
  t.test(
    `OC-207 OC-622 PATCH sends one operation for each changed attribute, at the profile ${profile}`,
    async t => {
      const { tenant, token, client } = await server.another(profile)
      const app = {
        update: 'patch',
        schemas: 'core',
        attributes: ['externalId', 'phoneNumbers', 'department'],
      } as const
      const { sync, sent, state } = await played(t, `/${tenant.id}/scim/v2`, port, token, app)
      const more = { telephoneNumber: '+44 20 1', department: 'Engines' }
      await sync({ users: [person(ada, more)], assignments: everyone })
      const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
      const body = bodyOf('Ada', 'Lovelace', {
        schemas: [coreSchema, enterprise],
        externalId: ada.id,
        phoneNumbers: [{ value: '+44 20 1', type: 'work' }],
        [enterprise]: { department: 'Engines' },
      })
      t.same(sent(), [searchOf('Ada', 'Lovelace'), `POST /Users ${JSON.stringify(body)}`])

      await sync({ users: [person(ada, { surname: 'King', telephoneNumber: '+44 20 1' })] })
      const operations = [
        { op: 'replace', path: 'name.familyName', value: 'King' },
        { op: 'replace', path: 'active', value: false },
        { op: 'remove', path: `${enterprise}:department` },
      ]
      const patch = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations }
      t.same(sent(), [`PATCH /Users/<Ada> ${JSON.stringify(patch)}`], 'OC-209 attributes and status at once')
      const [{ target } = {}] = state.people.values()
      t.match((await client.get(`/Users/${target}`)).body, { name: { familyName: 'King' }, active: false })
    },
  )
}

t.test('OC-208 OC-209 OC-621 each occasion has its delays, and another one starts them again', async t => {
  const scim = await scriptedScim(t)
  const app = {
    suspendAfter: everyOccasion('1d'),
    deleteAfter: { ...everyOccasion('never'), 'out-of-group': '7d', deleted: '30d' } as const,
  }
  const root = '/scim/v2'
  const { sync, sent, advance, state, now } = await played(
    t,
    root,
    scim.port,
    'let-me-in-for-now',
    app,
    'AWS Users',
  )
  const team = (...members: readonly string[]) => [group('g', 'AWS Users', ...members)]
  await sync({ users: people, groups: team(ada.id), assignments: everyone })
  t.equal(sent().length, 2, 'only members of the scope group are provisioned')
  const recorded = () => [...state.people.values()].map(({ out }) => out)
  const activeSent = () => [...state.people.values()].map(({ sent }) => sent?.active)

  await sync({ users: people, groups: team(), assignments: everyone })
  t.same(recorded(), [{ why: 'out-of-group', since: now() }])
  advance(23 * hour)
  const renamed = [person(ada, { displayName: 'Countess' })]
  t.match(await sync({ users: renamed, groups: team(), assignments: everyone }), { users: { updated: 1 } })
  t.same(activeSent(), [true])
  advance(hour)
  await sync({ users: renamed, groups: team(), assignments: everyone })
  t.same(activeSent(), [false])
  t.match(await sync({ users: people, groups: team(), assignments: everyone }), { users: { updated: 1 } })
  t.same(activeSent(), [false], 'OC-209 attributes of a disabled user are sent')

  advance(day)
  await sync({ users: people, groups: team(), assignments: [] })
  t.same(recorded(), [{ why: 'app-off', since: now() }])
  advance(365 * day)
  await sync({ users: people, groups: team(), assignments: [] })
  t.equal(state.people.size, 1, 'never deleted')
  await sync({ users: [], groups: team() })
  t.same(
    statusOf(state, { ...defaultApp, ...app }).pending.map(({ why, next, at }) => [why, next, at]),
    [['deleted', 'delete', new Date(now() + 30 * day).toISOString()]],
  )
  advance(30 * day)
  t.match(await sync({ users: [], groups: team() }), { users: { deleted: 1 } })
  t.equal(sent().at(-1), 'DELETE /Users/<Ada>')
  t.equal(state.people.size, 0)
})

/** A server that accepts only SCIM's media type. */
async function strictServer(t: Test) {
  const strict = createServer((request, response) => {
    const isRefused = request.method !== 'GET' && request.headers['content-type'] !== 'application/scim+json'
    response.writeHead(isRefused ? 406 : 200, { 'content-type': 'application/scim+json' })
    const detail = 'Only application/scim+json type is accepted.'
    response.end(JSON.stringify(isRefused ? { detail, status: '406' } : { totalResults: 0, Resources: [] }))
  })
  await new Promise<void>(resolve => strict.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    strict.closeAllConnections()
    return new Promise(resolve => strict.close(resolve))
  })
  return `http://127.0.0.1:${(strict.address() as AddressInfo).port}`
}

t.test('OC-202 OC-211 a server that insists on scim+json gets no user, and each run tries again', async t => {
  const { job, sync, state } = googleJob(await strictServer(t), 'let-me-in-for-now')
  t.same(await job.activate(), { ok: true, users: 0 })
  await sync({ users: people, assignments: everyone })
  const report = await sync({ users: people, assignments: everyone })
  t.match(report, { ending: 'completed', failed: 2, users: { created: 0 } })
  t.match(statusOf(state, defaultApp), {
    users: { active: 0, notCreated: 2 },
    failures: { authorization: 0, transient: 0, user: 2 },
    errors: [{ email: 'ada.lovelace@example.com', step: 'create', attempts: 2 }, {}],
  })
  t.equal(
    formatReport(report, state),
    [
      '2 users failed (4 requests).',
      '  ada.lovelace@example.com: user-level error: HTTP 406. Errors reported by remote server: Only application/scim+json type is accepted.',
      '  grace.hopper@example.com: user-level error: HTTP 406. Errors reported by remote server: Only application/scim+json type is accepted.',
      '',
    ].join('\n'),
  )
})

t.test(
  'OC-206 OC-211 errors: a refused token ends the run, 503 is transient, and names are mandatory',
  async t => {
    const scim = await scriptedScim(t)
    const { sync, state } = googleJob(`http://127.0.0.1:${scim.port}/scim/v2`, 'let-me-in-for-now')
    const source = { users: people, assignments: everyone }
    scim.script.push({ status: 401 })
    t.match(await sync(source), { ending: 'refused', requests: 1, failed: 1 })
    const nameless = { ...person(grace), attributes: { userPrincipalName: 'grace.hopper@example.com' } }
    scim.script.push({ status: 404 }, { status: 503 })
    t.match(await sync({ ...source, users: [person(ada), nameless] }), {
      ending: 'completed',
      requests: 2,
      failed: 2,
    })
    t.match(statusOf(state, defaultApp), {
      failures: { authorization: 0, transient: 1, user: 1 },
      errors: [
        {},
        { step: 'mapping', detail: 'The mapping has no value for the mandatory attribute name.givenName.' },
      ],
    })
    t.match(await sync(source), { users: { created: 2 }, failed: 0 })
    t.match(statusOf(state, defaultApp), { users: { active: 2 }, errors: [] })
  },
)

t.test('OC-620 responses of the Admin SDK, in a folder or a file, and our own form', async t => {
  const users = [
    {
      id: '103456789012345678901',
      primaryEmail: 'ada@example.com',
      name: { givenName: 'Ada', familyName: 'Lovelace', fullName: 'Ada Lovelace' },
      suspended: false,
      phones: [
        { value: '+1', type: 'mobile' },
        { value: '+2', type: 'work' },
      ],
      organizations: [{ title: 'Analyst', department: 'Engines', primary: true }],
    },
    { id: '103456789012345678902', primaryEmail: 'grace@example.com', suspended: true },
    { id: '103456789012345678903', primaryEmail: 'alan@example.com', archived: true },
    {
      id: '103456789012345678904',
      primaryEmail: 'edsger@example.com',
      deletionTime: '2026-01-01T00:00:00.000Z',
    },
    { id: '103456789012345678905', primaryEmail: 'barbara@example.com' },
  ]
  const groups = [{ id: 'g1', email: 'aws@example.com', name: 'AWS Users' }]
  const folder = await folderOf(t, {
    'users.json': { kind: 'admin#directory#users', users, nextPageToken: 'more' },
    'groups.json': { groups },
    'members/aws@example.com.json': { members: [{ id: '103456789012345678901', type: 'USER' }] },
  })
  const { directory, warnings } = await readGoogleDirectory(folder)
  const scopeOf = (source: SourceDirectory, scopeGroup?: string) =>
    [...toGoogleDirectory(source, scopeGroup).values()].map(
      ({ primaryEmail, outBecause = 'in scope' }) => `${primaryEmail.split('@')[0]} ${outBecause}`,
    )
  const outside = ['grace suspended', 'alan suspended', 'edsger deleted']
  t.same(scopeOf(directory), ['ada in scope', ...outside, 'barbara in scope'])
  t.same(scopeOf(directory, 'aws@example.com'), ['ada in scope', ...outside, 'barbara out-of-group'])
  t.match(directory.users[0]?.attributes, {
    telephoneNumber: '+2',
    jobTitle: 'Analyst',
    department: 'Engines',
  })
  t.same(warnings, [
    `${folder}: users.json: this is only the first page of a longer list (it has nextPageToken).`,
  ])
  t.throws(() => scopeOf(directory, 'Nobody'), {
    message: 'The directory has no group "Nobody" for the scope.',
  })

  const assignments = [{ principal: 'barbara@example.com' }]
  const files = await folderOf(t, {
    'one.json': { users, assignments },
    'own.json': { users: [{ id: 'a', userPrincipalName: 'ada@example.com', status: 'suspended' }] },
    'broken.json': { users: [{ primaryEmail: 'ada@example.com' }] },
  })
  t.same(scopeOf((await readGoogleDirectory(join(files, 'one.json'))).directory), [
    'ada app-off',
    ...outside,
    'barbara in scope',
  ])
  t.same(scopeOf((await readGoogleDirectory(join(files, 'own.json'))).directory), ['ada suspended'])
  t.match(await mistakesOf(readGoogleDirectory(join(files, 'broken.json'))), [/users\[0\]: id is missing/])
})

t.test('OC-622 the settings of a job, and their mistakes', async t => {
  const settingsOf = (...flags: readonly string[]) => {
    const command = withSettings(new Command('sync'), googleSettings)
    command.parse(flags, { from: 'user' })
    return readSettings(command, googleSettings, ['url'])
  }
  const url = ['--url', 'http://127.0.0.1:9/scim/']
  t.same(settingsOf(...url, '--delete-after', 'deleted=30d, app-off=7d', '--suspend-after', '1d'), {
    url: 'http://127.0.0.1:9/scim/',
    state: 'data/google.json',
    maxRps: 5,
    timeout: 60_000,
    update: 'put',
    schemas: 'both',
    attributes: [],
    suspendAfter: everyOccasion('1d'),
    deleteAfter: { deleted: '30d', suspended: 'never', 'app-off': '7d', 'out-of-group': 'never' },
  })
  const folder = t.testdir({
    'job.json': '{ "deleteAfter": { "suspended": "7d" }, "directory": "org.json" }',
  })
  t.match(settingsOf(...url, '--job', join(folder, 'job.json')), {
    directory: join(folder, 'org.json'),
    deleteAfter: { deleted: 'never', suspended: '7d' },
  })
  const delays =
    'must be one of within-24h, 1d, 7d, 30d, never, or delays by occasion such as deleted=1d,app-off=7d.'
  t.throws(() => settingsOf('--update', 'post', '--delete-after', '2d', '--suspend-after', 'fired=1d'), {
    message: new RegExp(
      `^--update must be put or patch.\n.*--suspend-after ${delays}\n.*--delete-after ${delays}\n.*--url is required`,
    ),
  })
})

t.test('OC-620 OC-623 the commands: Springfield is provisioned, and two users leave', async t => {
  const { tenant, token } = await server.another('aws')
  const url = `http://127.0.0.1:${port}/${tenant.id}/scim/v2`
  const folder = t.testdir()
  const springfield = JSON.parse(readFileSync('samples/springfield.json', 'utf8'))
  const write = (users: readonly object[]) =>
    writeFileSync(join(folder, 'directory.json'), JSON.stringify({ ...springfield, users }))
  writeFileSync(
    join(folder, 'job.json'),
    JSON.stringify({
      url,
      directory: 'directory.json',
      state: 'google.json',
      maxRps: 1000,
      deleteAfter: '7d',
    }),
  )
  const all: string[] = []
  const google = async (...args: readonly string[]) => {
    const ended = await run(['google', ...args], { SCIMULATOR_GOOGLE_TOKEN: token })
    all.push(ended.out, ended.err)
    return ended
  }
  const job = ['--job', join(folder, 'job.json')]
  const notKnown =
    /^scimulator: Not known about Google's client:\n.*search by userName.*\n.*PUT or by PATCH.*\n.*recording/
  t.match(await google('activate', '--url', url), {
    code: 0,
    out: 'The endpoint reports 0 users.\n',
    err: notKnown,
  })
  write(springfield.users)
  t.match(await google('sync', ...job), {
    code: 0,
    out: '6 users created (12 requests).\nInteroperability Profile (draft): breaks 1 of 13 rules, 5 not seen: IC-02\n',
    err: notKnown,
  })
  write(springfield.users.filter((user: { displayName: string }) => !/^(Marge|Lenny)/.test(user.displayName)))
  const watched = await google('sync', '--watch', '--fast', ...job)
  t.match(watched, {
    code: 0,
    out: /^\S+Z {2}2 users suspended \(2 requests\)\.\n\S+Z {2}2 users deleted \(2 requests\)\.\n\S+Z {2}No work remains\.\nInteroperability Profile .+\n$/,
  })
  t.equal(watched.err.match(/Not known/g)?.length, 1, 'once at each start')
  t.match(await google('status', ...job), {
    code: 0,
    out: /^last run +\S+Z\nactive +4 users\nsuspended +0 users\nnot created +0 users\nfailures +none\n$/,
    err: '',
  })
  t.match(await google('deprovision-settings', '--suspend-after', 'deleted=1d'), {
    out: /^occasion +meaning +suspend after +delete after\ndeleted +user deleted in Google +1d +never\nsuspended /,
    err: '',
  })
  t.match(readFileSync(join(folder, 'google.log.ndjson'), 'utf8'), /"event":"user deleted"/)
  t.notMatch(all.join('') + readFileSync(join(folder, 'google.json'), 'utf8'), token)
})

t.test('the commands of the page exist', async t => {
  const google = (await createProgram(['google'])).commands.find(command => command.name() === 'google')
  const lines = [
    ...readFileSync('docs/google-simulator.md', 'utf8').matchAll(/^scimulator google ([\w-]+)(.*)$/gm),
  ]
  t.ok(lines.length >= 6)
  for (const [, name = '', rest = ''] of lines) {
    const options = google?.commands.find(command => command.name() === name)?.options.map(({ long }) => long)
    t.same(
      [...rest.matchAll(/--[\w-]+/g)].map(([flag]) => flag).filter(flag => !options?.includes(flag)),
      [],
      name,
    )
  }
})
