import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import {
  addGroup,
  addMember,
  addUser,
  assign,
  changeAttributes,
  deleteGroup,
  disable,
  enable,
  hardDelete,
  removeMember,
  renameGroup,
  unassign,
} from '../../src/provisioning/kit/directory/edits.ts'
import { generateDirectory } from '../../src/provisioning/kit/directory/generate.ts'
import type { SourceDirectory } from '../../src/provisioning/kit/directory/source-directory.ts'
import { type OktaUser, toOktaDirectory } from '../../src/provisioning/okta/directory.ts'
import type { App } from '../../src/provisioning/okta/settings.ts'
import { isObject, type Json } from '../../src/scim/json.ts'
import { oktaJob, person } from '../support/okta.ts'
import { buildTestApp } from '../support/scim.ts'
import { scimmyServer } from '../support/scimmy.ts'
import { recordWire, type WireRequest } from '../support/wire.ts'

// 300 users, 20 groups and edits against each profile and a third-party server.

const source = generateDirectory({ users: 300, groups: 20, groupSize: 30, seed: 20 })
const nameOf = (at: number) => String(source.users[at]?.attributes.userPrincipalName)
const groupName = (at: number) => String(source.groups[at]?.attributes.displayName)
const each = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

/** The same directory a month later. */
function edited(): SourceDirectory {
  let next = source
  for (const at of each(0, 40))
    next = changeAttributes(next, nameOf(at), { displayName: `Renamed ${at}`, surname: `Name-${at}` })
  for (const at of each(40, 45))
    next = changeAttributes(next, nameOf(at), {
      userPrincipalName: `new-${at}@generated.example`,
      mail: `new-${at}@generated.example`,
    })
  for (const at of each(50, 60)) next = disable(next, nameOf(at))
  for (const at of each(60, 65)) next = hardDelete(next, nameOf(at))
  for (const at of each(0, 10)) {
    const userPrincipalName = `hired-${at}@generated.example`
    next = addUser(next, {
      userPrincipalName,
      displayName: `Hired ${at}`,
      givenName: 'Hired',
      surname: `${at}`,
    })
    next = assign(next, userPrincipalName)
  }
  next = renameGroup(next, groupName(0), 'Renamed Group')
  next = removeMember(next, groupName(1), String(source.groups[1]?.members[0]))
  next = addMember(next, groupName(1), 'hired-1@generated.example')
  next = unassign(next, groupName(2))
  next = deleteGroup(next, groupName(3))
  const members = each(100, 260).map(nameOf)
  next = addGroup(next, { displayName: 'Large Group', members })
  return assign(next, 'Large Group')
}

type Person = Readonly<Record<string, unknown>>

/** The users and groups of a server, by name. */
type Contents = {
  readonly users: readonly Person[]
  readonly groups: Readonly<Record<string, readonly string[]>>
}

const compare = (one: Person, other: Person) => (String(one.userName) < String(other.userName) ? -1 : 1)

const personIn = (user: Person): Person => {
  const { userName, externalId, displayName, name, emails, active } = user as Record<string, Json>
  const [email] = Array.isArray(emails) ? emails.filter(isObject) : []
  const { givenName, familyName } = isObject(name) ? name : {}
  return { userName, externalId, displayName, givenName, familyName, email: email?.value, active }
}

/** IDs of users with an active account in the app. */
function provisioned(directory: SourceDirectory): ReadonlySet<string> {
  const { users, assigned } = toOktaDirectory(directory)
  return new Set(
    [...users.values()].flatMap(({ id, lifecycle }) =>
      assigned.has(id) && lifecycle === 'active' ? [id] : [],
    ),
  )
}

/** What the server should contain: who is assigned, what is pushed, and others as they were last sent, deactivated. */
function expected(directory: SourceDirectory): Contents {
  const { users, groups, pushed } = toOktaDirectory(directory)
  const before = toOktaDirectory(source).users
  const active = provisioned(directory)
  const inactive = [...provisioned(source)].filter(id => !active.has(id))
  const view = (user: OktaUser | undefined, isActive: boolean) => ({
    userName: user?.login,
    externalId: user?.oktaId,
    displayName: user?.displayName,
    givenName: user?.attributes.givenName,
    familyName: user?.attributes.surname,
    email: user?.attributes.mail ?? user?.login,
    active: isActive,
  })
  const loginOf = (id: string) => String(users.get(id)?.login)
  return {
    users: [
      ...[...active].map(id => view(users.get(id), true)),
      ...inactive.map(id => view(before.get(id), false)),
    ].sort(compare),
    groups: Object.fromEntries(
      [...groups.values()]
        .filter(({ id }) => pushed.has(id))
        .map(({ name, members }) => [name, members.map(loginOf).sort()]),
    ),
  }
}

const contents = (
  users: readonly Person[],
  groups: readonly { readonly name: string; readonly members: readonly string[] }[],
): Contents => {
  const names = new Map(users.map(({ id, userName }) => [id, String(userName)]))
  return {
    users: users.map(personIn).sort(compare),
    groups: Object.fromEntries(
      groups.map(({ name, members }) => [name, members.map(id => names.get(id) ?? id).sort()]),
    ),
  }
}

/** A request without its values: keys, order and constants remain. */
function shapeOf({ line, body }: Pick<WireRequest, 'line' | 'body'>): string {
  const path = line
    .replace(/\/\S*?\/(Users|Groups)/, '/$1')
    .replace(/%22.*%22/, '%22…%22')
    .replace(/\/(Users|Groups)\/[^? ]+/, '/$1/…')
  return body === '' ? path : `${path} ${JSON.stringify(withoutValues(JSON.parse(body)))}`
}

const constants = ['schemas', 'op', 'type', 'locale', 'password']

function withoutValues(json: Json, key = ''): Json {
  if (Array.isArray(json)) {
    const values = json.map(value => withoutValues(value, key))
    return values.filter((value, at) => JSON.stringify(value) !== JSON.stringify(values[at - 1]))
  }
  if (isObject(json))
    return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, withoutValues(value, name)]))
  if (typeof json !== 'string' || constants.includes(key)) return json
  return key === 'path' ? json.replace(/".*"/, '"…"') : '…'
}

const golden: readonly WireRequest[] = readFileSync(new URL('okta-wire.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => ({ headers: [], body: '', ...JSON.parse(line) }))
/** `--no-password` leaves out one attribute. */
const withoutPassword = golden.map(({ body, ...rest }) => ({
  ...rest,
  body: body.replace(/"password":"\w+",/, ''),
}))
const shapes = new Set([...golden, ...withoutPassword].map(shapeOf))
const names = [
  'Accept',
  'Accept-Charset',
  'User-Agent',
  'Authorization',
  'Host',
  'Connection',
  'Accept-Encoding',
]
const namesWithBody = names.toSpliced(2, 0, 'Content-Type').toSpliced(5, 0, 'Content-Length')

/** Requests that no recorded one resembles. The body of a PUT is the server's; its headers and its form are checked. */
function strangers(requests: readonly WireRequest[]): readonly string[] {
  return requests
    .filter(request => {
      const { line, headers, body } = request
      const hasHeaders =
        headers.map(each => each.split(':')[0]).join() === (body ? namesWithBody : names).join()
      const isCompact = body === '' || JSON.stringify(JSON.parse(body)) === body
      const isEncoded = /^\w+ [A-Za-z0-9\-._~/?=&%]+ HTTP\/1\.1$/.test(line) && !/%(?![0-9A-F]{2})/.test(line)
      const isKnown = line.startsWith('PUT ') || shapes.has(shapeOf(request))
      return !(hasHeaders && isCompact && isEncoded && isKnown)
    })
    .map(shapeOf)
}

type Server = {
  readonly url: string
  readonly port: number
  readonly token: string
  read(ids: {
    readonly users: readonly string[]
    readonly groups: readonly (readonly [string, string])[]
  }): Promise<Contents>
}

async function playedAt(t: Test, server: Server, app: Partial<App> = {}): Promise<void> {
  const wire = await recordWire(t, server.port)
  const url = server.url.replace(/127\.0\.0\.1:\d+/, wire.host)
  const { job, state } = oktaJob({ url, token: server.token, app })
  const read = () =>
    server.read({
      users: [...state.users.values()].flatMap(({ target }) => target ?? []),
      groups: [...state.groups.values()].map(({ name, target = '' }) => [name, target] as const),
    })
  const sync = (directory: SourceDirectory) => job.sync({ directory: toOktaDirectory(directory) })

  const first = await sync(source)
  t.match(first, { users: { created: 300 }, groups: { created: 20 }, failed: 0, leftOut: 0 })
  t.same(await read(), expected(source), 'the directory equals the source')
  t.same((await sync(source)).requests, 0, 'nothing is sent twice')

  const later = edited()
  t.match(await sync(later), { failed: 0, groups: { created: 1, deleted: 2 } })
  const back = each(50, 55).reduce((directory, at) => enable(directory, nameOf(at)), later)
  const remaining = provisioned(later)
  const reactivated = [...provisioned(back)].filter(id => !remaining.has(id)).length
  t.match(await sync(back), { failed: 0, users: { reactivated } })
  t.same(job.tasks(), [])
  t.same(await read(), expected(back), 'and equals it after edits')

  const requests = wire.requests()
  t.ok(requests.length > 700)
  t.same(strangers(requests), [], 'each request has the form of a recorded one')
}

const app = await buildTestApp(t, 'aws')
await app.app.listen({ port: 0, host: '127.0.0.1' })
const { port } = app.app.server.address() as AddressInfo
const tenants = {
  aws: app,
  entra: await app.another('entra'),
  rfc: await app.another('rfc'),
  'aws, members allowed': await app.another('aws', { switches: { legacyMembers: 'allow' } }),
  'aws, members ignored': await app.another('aws', { switches: { legacyMembers: 'ignore' } }),
} as const
const urlOf = (name: keyof typeof tenants) => `http://127.0.0.1:${port}/${tenants[name].tenant.id}/scim/v2`

for (const profile of ['aws', 'entra', 'rfc'] as const) {
  t.test(`Okta provisions 300 users and 20 groups to the profile ${profile}, and edits`, async t => {
    const { tenant, token, client } = tenants[profile]
    const server = {
      url: urlOf(profile),
      port,
      token,
      async read({ users, groups }: Parameters<Server['read']>[0]) {
        const found: Person[] = []
        for (const id of users) found.push((await client.get(`/Users/${id}`)).body)
        const members = groups.map(async ([name, id]) => {
          const page = await app.deps.directory.members(tenant.key, 'Group', id, { limit: 200 })
          return { name, members: page?.items.map(member => member.id) ?? [] }
        })
        return contents(found, await Promise.all(members))
      },
    } satisfies Server
    // The other profiles hash passwords, which takes most of the time.
    await playedAt(t, server, { password: profile === 'aws' })
  })
}

t.test('the same against SCIMMY', async t => {
  const server = await scimmyServer(t)
  const { port } = new URL(server.url)
  await playedAt(t, {
    url: server.url,
    port: Number(port),
    token: server.token,
    read: async () =>
      contents(
        [...server.users.values()],
        [...server.groups.values()].map(({ displayName, members = [] }) => ({
          name: String(displayName),
          members: (members as { value: string }[]).map(({ value }) => value),
        })),
      ),
  })
})

const hundred = (count: number): SourceDirectory => {
  const users = each(0, count).map(at => person({ id: `id-${at}`, first: `First${at}`, last: 'Last' }))
  return { users, groups: [], assignments: users.map(({ objectId }) => ({ principal: objectId })) }
}

t.test('OC-160 OC-161 an import sees all pages of rfc, and the first one of aws', async t => {
  const results: unknown[] = []
  for (const profile of ['aws, members allowed', 'rfc'] as const) {
    const { tenant, token, client } = await app.another(profile === 'rfc' ? 'rfc' : 'aws')
    const url = `http://127.0.0.1:${port}/${tenant.id}/scim/v2`
    const { job, state } = oktaJob({ url, token, app: { password: false } })
    const directory = toOktaDirectory(hundred(101))
    await job.sync({ directory })
    await client.create('Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'stranger@example.com',
      displayName: 'A Stranger',
      name: { givenName: 'A', familyName: 'Stranger' },
      active: true,
    })
    results.push(await job.importAll({ directory }))
    t.equal(
      [...state.users.values()].filter(({ target }) => target === undefined).length,
      profile === 'rfc' ? 0 : 1,
    )
  }
  t.match(results, [
    { kind: 'completed', users: { seen: 100, matched: 0, unassigned: 1 }, groups: 0 },
    { kind: 'completed', users: { seen: 102, matched: 0, unassigned: 0, others: 1 }, groups: 0 },
  ])
})

t.test('OC-143 OC-144 push now with replace: a task, done, or silence', async t => {
  const source = {
    ...hundred(2),
    groups: [{ objectId: 'g', attributes: { displayName: 'Team' }, members: ['id-0', 'id-1'] }],
  }
  const directory = toOktaDirectory({ ...source, assignments: [...source.assignments, { principal: 'g' }] })
  const emptied = toOktaDirectory({
    ...source,
    groups: [{ ...source.groups[0], members: [] }],
  } as SourceDirectory)
  const results: unknown[] = []
  for (const name of ['aws', 'aws, members allowed', 'aws, members ignored'] as const) {
    const { tenant, token } = name === 'aws' ? await app.another('aws') : tenants[name]
    const url = `http://127.0.0.1:${port}/${tenant.id}/scim/v2`
    const { job, state } = oktaJob({ url, token, app: { pushNow: 'replace' } })
    await job.sync({ directory })
    await job.push({ directory: emptied, id: 'g', mode: 'now' })
    const id = state.groups.get('g')?.target ?? ''
    const members = await app.deps.directory.members(tenant.key, 'Group', id, { limit: 10 })
    results.push([job.tasks().map(({ sentence }) => sentence), members?.items.length])
  }
  t.same(results, [
    [
      [
        'Unable to update Group Push mapping target App group Team in app AWS IAM Identity Center: Error while updating user group Team: ' +
          'Bad Request. Errors reported by remote server: Replacing group memberships is not supported.',
      ],
      2,
    ],
    [[], 0],
    [[], 2],
  ])
})

t.test('OC-100 OC-101 a wizard app fails at AWS with the first group', async t => {
  const { tenant, token } = await app.another('aws')
  const source = {
    ...hundred(1),
    groups: [{ objectId: 'g', attributes: { displayName: 'Team' }, members: ['id-0'] }],
  }
  const directory = toOktaDirectory({ ...source, assignments: [...source.assignments, { principal: 'g' }] })
  const url = `http://127.0.0.1:${port}/${tenant.id}/scim/v2`
  const { job } = oktaJob({ url, token, app: { family: 'wizard' } })
  t.match(await job.sync({ directory }), { users: { created: 1 }, groups: { created: 1 }, failed: 1 })
  t.match(job.tasks(), [{ kind: 'group', name: 'Team', sentence: /Error while updating user group Team: / }])
})
