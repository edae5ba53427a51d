import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { SourceDirectory } from '../../src/provisioning/kit/directory/source-directory.ts'
import type { App } from '../../src/provisioning/okta/settings.ts'
import { ada, assigned, directoryOf, edsger, grace, group, oktaJob, person } from '../support/okta.ts'
import { scriptedScim } from '../support/scripted-scim.ts'
import { recordWire, type WireRequest } from '../support/wire.ts'

// The played client sends each recorded or documented request of Okta in its situation, octet by octet.

type Golden = {
  readonly story: string
  readonly source: string
  readonly line: string
  readonly headers: 'with body' | 'without body'
  readonly body?: string
}

const golden: readonly Golden[] = readFileSync(new URL('okta-wire.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line))

/** OC-110: the headers of a request with a body, in the order of the capture. */
const headersOf = ({ headers, body = '' }: Golden, host: string): readonly string[] => [
  'Accept: application/scim+json',
  'Accept-Charset: utf-8',
  ...(headers === 'with body' ? ['Content-Type: application/scim+json; charset=utf-8'] : []),
  'User-Agent: Okta SCIM Client 1.0.0',
  'Authorization: Bearer let-me-in-for-now',
  ...(headers === 'with body' ? [`Content-Length: ${Buffer.byteLength(body)}`] : []),
  `Host: ${host}`,
  'Connection: Keep-Alive',
  'Accept-Encoding: gzip,deflate',
]

const recordedIn = (story: string, host: string): readonly WireRequest[] =>
  golden
    .filter(each => each.story === story)
    .map(each => ({ line: each.line, headers: headersOf(each, host), body: each.body ?? '' }))

/** A server and a job, and what the job sends. */
async function played(t: Test, app: Partial<App> = {}) {
  const server = await scriptedScim(t)
  const wire = await recordWire(t, server.port)
  const url = `http://${wire.host}/scim/v2`
  const test = oktaJob({ url, token: 'let-me-in-for-now', app })
  const sends = (story: string) => {
    const expected = recordedIn(story, wire.host)
    t.ok(expected.length > 0, `${story} is recorded`)
    t.same(wire.requests(), expected, story)
  }
  const sync = (source: Partial<SourceDirectory>) => test.job.sync({ directory: directoryOf(source) })
  return { ...test, server, wire, sends, sync }
}

const team = (...members: readonly string[]) => group('00g1', 'Test SCIMv2', ...members)
const people = [person(ada), person(grace), person(edsger)]
const everyone = assigned(ada.id, grace.id, edsger.id)
const pushed = assigned('00g1')

t.test('OC-120 the test of the credentials', async t => {
  const { job, sends } = await played(t)
  t.same(await job.test(), { ok: true, users: 0, groups: 0 })
  sends('test')
})

t.test(
  'OC-121 OC-122 OC-125 OC-128 OC-140 OC-141 OC-142 a catalog app through the life of users and a group',
  async t => {
    const { job, server, sends, sync } = await played(t)
    server.resources.set('/Users/user-1', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      id: 'user-1',
      userName: 'grace.hopper@example.com',
      name: { givenName: 'Another', middleName: '', familyName: 'User', formatted: 'Another User' },
      emails: [{ primary: true, value: 'old@example.com', type: 'work', display: 'old@example.com' }],
      active: true,
      meta: { resourceType: 'User' },
    })

    await sync({ users: people, assignments: assigned(ada.id, grace.id) })
    sends('users are created and linked')

    await sync({ users: people, groups: [team(ada.id, grace.id)], assignments: [...everyone, ...pushed] })
    sends('a group is pushed')

    const renamed = person(ada, { displayName: 'Countess Lovelace', surname: 'King' })
    const others = people.slice(1)
    await sync({
      users: [renamed, ...others],
      groups: [team(grace.id, edsger.id)],
      assignments: [...everyone, ...pushed],
    })
    sends('a user and the members change')

    const inactive = person(ada, { displayName: 'Countess Lovelace', surname: 'King' }, false)
    const groups = [group('00g1', 'Test SCIMv20', grace.id, edsger.id)]
    await sync({ users: [inactive, ...others], groups, assignments: [...everyone, ...pushed] })
    sends('a user is deactivated, and a group renamed')

    const suspended = person(grace, { status: 'SUSPENDED', displayName: 'Rear Admiral' })
    await sync({
      users: [inactive, suspended, person(edsger)],
      groups,
      assignments: [...everyone, ...pushed],
    })
    t.same(job.tasks(), [])
    await sync({ users: [renamed, ...others], groups, assignments: [...everyone, ...pushed] })
    sends('a user is back')

    const directory = directoryOf({
      users: [renamed, ...others],
      groups,
      assignments: [...everyone, ...pushed],
    })
    await job.push({ directory, id: '00g1', mode: 'now' })
    sends('push now')

    await job.importAll({ directory })
    sends('import')

    await sync({ users: [renamed, ...others], assignments: everyone })
    sends('a group is no longer pushed')
    await sync({ users: others, assignments: everyone })
    sends('a user is deleted')
  },
)

t.test('OC-143 push now with replace, and without a password', async t => {
  const { job, wire, sends, sync } = await played(t, { pushNow: 'replace', password: false })
  const source = { users: people.slice(0, 2), groups: [team(ada.id, grace.id)], assignments: pushed }
  await sync(source)
  t.notMatch(
    wire
      .requests()
      .map(({ body }) => body)
      .join('\n'),
    'password',
  )
  await job.push({ directory: directoryOf(source), id: '00g1', mode: 'now' })
  await sync({ ...source, groups: [team()], assignments: [...pushed, ...assigned(ada.id, grace.id)] })
  await job.push({
    directory: directoryOf({ ...source, groups: [team()] }),
    id: '00g1',
    mode: 'now',
  })
  sends('push now with replace')
})

t.test('OC-100 a wizard app sends PUT for status and groups', async t => {
  const { sends, sync } = await played(t, { family: 'wizard' })
  const source = { users: people.slice(0, 2), groups: [team(ada.id)], assignments: [...pushed, ...everyone] }
  await sync(source)
  sends('wizard: users and a group')
  await sync({ ...source, users: [person(ada), person(grace, {}, false)], groups: [team(ada.id, grace.id)] })
  sends('wizard: deactivated')
})
