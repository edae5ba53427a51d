import t, { type Test } from 'tap'
import type { ProfileName } from '../../../src/profiles/names.ts'
import { aUser, enterpriseUrn } from '../../support/samples.ts'
import { createScimClient } from '../../support/scim.ts'
import { buildTestConsole } from './console-app.ts'

const build = async (t: Test, profile: ProfileName) => {
  const app = await buildTestConsole(t, profile)
  const newest = async () => {
    const { body } = await app.callApi('GET', '/api/v1/exchanges?limit=1')
    return body.items[0]
  }
  const rejection = async () => {
    const { body } = await app.callApi('GET', `/api/v1/exchanges/${(await newest()).id}/explanation`)
    return body.rejection
  }
  return { ...app, newest, rejection }
}

const userName = 'ned.flanders@springfield.example'
const user = { ...aUser(userName), displayName: 'Ned Flanders' }

t.test('a rejected user has the character, the place of the value and the remedy', async t => {
  const { client, rejection, newest } = await build(t, 'aws')
  const { body } = await client.post('/Users', { ...user, displayName: 'Ned\u0007 Flanders' })
  t.same(await rejection(), {
    profile: 'aws',
    isTenantProfile: true,
    summary: 'AWS rejected this user: `displayName` contains a control character (U+0007).',
    rule: 'aws/text-characters',
    remedy: (await rejection()).remedy,
    attributes: [
      {
        path: 'displayName',
        kind: 'characters',
        characters: ['U+0007'],
        value: 'Ned\u0007 Flanders',
        pointers: ['/displayName'],
        remedy: 'Remove U+0007 from `displayName`.',
      },
    ],
  })
  t.equal((await newest()).detail, body.detail, 'the list has the detail of the response')
})

t.test('each kind of violation has its sentence and its place', async t => {
  const { client, rejection } = await build(t, 'aws')
  const { displayName: _, ...nameless } = user
  const cases: readonly (readonly [body: object, summary: string, pointers: readonly string[]])[] = [
    [nameless, '`displayName` is missing', []],
    [{ ...user, title: '' }, '`title` is empty', ['/title']],
    [
      { ...user, [enterpriseUrn]: { department: 'x'.repeat(1025) } },
      `\`${enterpriseUrn}:department\` has more than 1024 characters`,
      [`/${enterpriseUrn}/department`],
    ],
    [
      { ...user, roles: [{ value: 'a', display: 'b' }] },
      '`roles.display` is not supported',
      ['/roles/0/display'],
    ],
    [
      { ...user, userName: 'Administrator' },
      '`userName` is the reserved name "Administrator"',
      ['/userName'],
    ],
    [
      {
        ...user,
        emails: [
          { value: 'a@b.c', primary: true },
          { value: 'd@e.f', primary: true },
        ],
      },
      '`emails` has more than one value',
      ['/emails'],
    ],
  ]
  for (const [body, summary, pointers] of cases) {
    const response = await client.post('/Users', body)
    t.equal(response.status, 400, summary)
    const found = await rejection()
    t.equal(found.summary, `AWS rejected this user: ${summary}.`)
    t.same(found.attributes[0].pointers, pointers, summary)
  }
})

t.test('a duplicate names the attribute; a rejected PATCH has the place in its operation', async t => {
  const { client, rejection } = await build(t, 'aws')
  const { body: created } = await client.post('/Users', user)
  await client.post('/Users', user)
  t.match(await rejection(), {
    summary: 'AWS rejected this user: another user already has this `userName`.',
    attributes: [{ path: 'userName', kind: 'taken', value: userName, pointers: ['/userName'] }],
  })

  await client.patch(
    `/Users/${created.id}`,
    { op: 'Replace', path: 'displayName', value: 'Ned' },
    { op: 'Replace', path: `${enterpriseUrn}:department`, value: 'Left\u200bhand' },
  )
  t.match(await rejection(), {
    summary: `AWS rejected this change: \`${enterpriseUrn}:department\` contains an invisible character (U+200B).`,
    attributes: [{ pointers: ['/Operations/1/value'], value: 'Left\u200bhand' }],
  })
})

t.test('a request that only AWS would reject says so', async t => {
  const { client, rejection, newest } = await build(t, 'rfc')
  await client.post('/Users', { ...user, nickName: '' })
  t.match(await rejection(), {
    profile: 'aws',
    isTenantProfile: false,
    summary: 'AWS would reject this user: `nickName` is empty.',
  })
  t.notOk('detail' in (await newest()), 'no error response, no detail')
  await client.get('/Users')
  t.equal(await rejection(), undefined)
})

t.test('requests without a rule about an attribute have the text of the rule or of the error', async t => {
  const { client, rejection, app, tenant, token } = await build(t, 'aws')
  await client.post('/Users', { ...user, emails: [{ value: 'a@b.c' }] })
  t.match(await rejection(), {
    summary: 'AWS rejected this user: An email address must have `"primary": true`.',
    attributes: [],
  })
  await client.delete('/Users/nobody')
  t.match((await rejection()).summary, /^AWS rejected this request: /)

  await createScimClient(app, `/${tenant.id}/scim/v2`, `${token}x`).get('/Users')
  t.equal(await rejection(), undefined, 'a rejected token was not evaluated')
})

t.test('an explanation names the users and groups whose ids are among the changes', async t => {
  const { client, callApi, newest } = await build(t, 'entra')
  const manager = await client.create('Users', { ...user, userName: 'maude@springfield.example' })
  const employee = await client.create('Users', user)
  await client.patch(`/Users/${employee.id}`, {
    op: 'Replace',
    path: `${enterpriseUrn}:manager`,
    value: manager.id,
  })
  const { id } = await newest()
  const { body } = await callApi('GET', `/api/v1/exchanges/${id}/explanation`)
  t.same(body.names, { [manager.id]: 'maude@springfield.example' })
})
