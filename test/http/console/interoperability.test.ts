import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { Cycle, Interoperability } from '../../../src/domain/contract/cycles.ts'
import { type PlayedClient, playedClients } from '../../support/played-clients.ts'
import { aUser, enterpriseUrn } from '../../support/samples.ts'
import { patchOp } from '../../support/scim.ts'
import { buildTestConsole, problem, type TestConsole } from './console-app.ts'

type Request = readonly [
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
]

/** Rules, apart from IC-01 and IC-12, which hold unless they are named. */
type Expected = {
  readonly breaks?: string
  readonly holds?: string
  readonly unread?: string
  readonly notes?: string
}

const get = (path: string, headers = {}): Request => ['GET', path, undefined, headers]
const patch = (...operations: readonly object[]): Request => ['PATCH', '/Users/ADA', patchOp(...operations)]
const post = (values: object, headers = {}): Request => [
  'POST',
  '/Users',
  aUser('eve', { ...values }),
  headers,
]
const filter = (text: string): Request => get(`/Users?filter=${encodeURIComponent(text)}`)

const created = 'IC-02 IC-05'
const patched = 'IC-02 IC-05 IC-06'

/** `ADA` is the ID of a user. */
const cases: readonly (readonly [name: string, request: Request, expected: Expected])[] = [
  ['no User-Agent', get('/Users', { 'user-agent': '' }), { breaks: 'IC-01' }],
  ['a list', get('/Users?startIndex=1&count=2'), {}],
  ['a condition', get('/Users', { 'if-none-match': '"1"' }), { breaks: 'IC-12' }],
  [
    'JSON of another type',
    post({}, { 'content-type': 'application/json' }),
    { breaks: 'IC-02', holds: 'IC-05 IC-13' },
  ],
  ['a read by ID', get('/Users/ADA'), { holds: 'IC-03' }],
  ['a read by name', get('/Users/ada%40example.com'), { breaks: 'IC-03' }],
  ['a read of a deleted ID', get('/Users/2819c223-7f76-453a-919d-413861904646'), { holds: 'IC-03' }],
  ['a parameter instead of a filter', get('/Users?userName=ada'), { breaks: 'IC-03' }],
  ['a filter by ID', filter('id eq "ADA"'), { breaks: 'IC-03', holds: 'IC-04' }],
  ['eq and and', filter('userName eq "ada" and active eq true'), { holds: 'IC-03 IC-04' }],
  ['sw', filter('userName sw "ada"'), { breaks: 'IC-04', holds: 'IC-03' }],
  ['or', filter('title eq "a" or title eq "b"'), { breaks: 'IC-04', holds: 'IC-03' }],
  ['not', filter('not (title eq "a")'), { breaks: 'IC-04', holds: 'IC-03' }],
  ['pr', filter('title pr'), { breaks: 'IC-04', holds: 'IC-03' }],
  [
    'co in brackets',
    filter('emails[type eq "work" and value co "a"]'),
    { breaks: 'IC-04', holds: 'IC-03 IC-11', notes: 'Filters by values of a list' },
  ],
  ['an invalid filter', filter('userName eq'), { unread: 'IC-03 IC-04 IC-11' }],
  ['a filter by a secret', filter('password eq 1'), { unread: 'IC-03 IC-04 IC-11' }],
  [
    'a search by POST',
    [
      'POST',
      '/Users/.search',
      { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], filter: 'userName eq "ada"' },
    ],
    { breaks: 'IC-03', holds: 'IC-02 IC-04 IC-05' },
  ],
  [
    'a filter in the URL of DELETE',
    ['DELETE', '/Users/nobody?filter=active+eq+true'],
    { breaks: 'IC-05', holds: 'IC-04' },
  ],
  ['a DELETE', ['DELETE', '/Users/nobody'], { holds: 'IC-05' }],
  ['PUT', ['PUT', '/Users/ADA', aUser('ada')], { breaks: 'IC-06', holds: 'IC-02 IC-05 IC-13' }],
  ['a path', patch({ op: 'replace', path: 'title', value: 'x' }), { holds: `${patched} IC-07 IC-08 IC-13` }],
  [
    'no path',
    patch({ op: 'replace', value: { active: true } }),
    { breaks: 'IC-07', holds: `${patched} IC-08 IC-13` },
  ],
  [
    'several attributes without a path',
    patch({ op: 'replace', value: { title: 'x', nickName: 'y' } }),
    { breaks: 'IC-07 IC-08', holds: `${patched} IC-13` },
  ],
  [
    'an ID repeated in the value',
    patch({ op: 'replace', value: { id: 'ADA', title: 'x' } }),
    { breaks: 'IC-07', holds: `${patched} IC-08 IC-13` },
  ],
  [
    'several attributes of an extension',
    patch({ op: 'add', path: enterpriseUrn, value: { division: 'x', department: 'y' } }),
    { breaks: 'IC-08', holds: `${patched} IC-07 IC-13` },
  ],
  [
    'a manager as text',
    patch({ op: 'add', path: `${enterpriseUrn}:manager`, value: 'ADA' }),
    { breaks: 'IC-09', holds: `${patched} IC-07 IC-08 IC-13` },
  ],
  [
    'a name and emails as they should be',
    patch(
      { op: 'replace', path: 'name', value: { givenName: 'A', familyName: 'L' } },
      { op: 'add', path: 'emails', value: [{ value: 'a@example.com', type: 'work' }] },
    ),
    { holds: `${patched} IC-07 IC-08 IC-09 IC-11 IC-13` },
  ],
  [
    'one of the emails without an array',
    patch({ op: 'add', path: 'emails', value: { value: 'b@example.com', type: 'home' } }),
    { breaks: 'IC-09', holds: `${patched} IC-07 IC-08 IC-11 IC-13` },
  ],
  [
    'a filter and a sub-attribute',
    patch({ op: 'replace', path: 'emails[type eq "work"].value', value: 'c@example.com' }),
    { holds: `${patched} IC-07 IC-08 IC-10 IC-11 IC-13` },
  ],
  [
    'a filter and no sub-attribute',
    patch({ op: 'remove', path: 'emails[value eq "]."]' }),
    { breaks: 'IC-10', holds: `${patched} IC-07 IC-08 IC-13` },
  ],
  [
    'a type that is not declared, in a resource',
    post({ emails: [{ value: 'd@example.com', type: 'private' }] }),
    { breaks: 'IC-11', holds: `${created} IC-13` },
  ],
  [
    'a type that is not declared, in a path',
    patch({ op: 'add', path: 'phoneNumbers[type eq "desk"].value', value: '1' }),
    { breaks: 'IC-11', holds: `${patched} IC-07 IC-08 IC-10 IC-13` },
  ],
  [
    'a type that is not declared, in a filter',
    filter('emails[type eq "desk"].value eq "x"'),
    { breaks: 'IC-11', holds: 'IC-03 IC-04', notes: 'Filters by values of a list' },
  ],
  ['a password', post({ password: 'moe-is-here' }), { breaks: 'IC-13', holds: created }],
  [
    'a password by PATCH',
    patch({ op: 'replace', path: 'password', value: 'moe-is-here' }),
    { breaks: 'IC-13', holds: `${patched} IC-07 IC-08` },
  ],
  [
    'a long body',
    patch({ op: 'replace', path: 'title', value: 'x'.repeat(70_000) }),
    { holds: patched, unread: 'IC-07 IC-08 IC-09 IC-10 IC-11 IC-13' },
  ],
  [
    'a body that is not JSON',
    ['PATCH', '/Users/ADA', '{'],
    { holds: patched, unread: 'IC-07 IC-08 IC-09 IC-10 IC-11 IC-13' },
  ],
]

const ids = (text = '') => text.split(' ').filter(Boolean).sort()

t.test('each rule is broken, held or not seen', async t => {
  const { callApi, client } = await buildTestConsole(t, 'rfc')
  const { id: ada } = await client.create('Users', aUser('ada'))
  for (const [at, [, [method, path, body, headers]]] of cases.entries()) {
    const text = typeof body === 'object' ? JSON.stringify(body).replaceAll('ADA', ada) : body
    await client.send(method, path.replaceAll('ADA', ada), text, { 'user-agent': `case${at}/1`, ...headers })
  }
  const { items } = (await callApi('GET', '/api/v1/cycles?limit=200')).body as { items: readonly Cycle[] }
  for (const [at, [name, [, , , headers], { breaks, holds, unread, notes: noted }]] of cases.entries()) {
    const cycle = items.find(
      ({ userAgent }) => userAgent === (headers?.['user-agent'] === '' ? undefined : `case${at}`),
    )
    const { body } = await callApi('GET', `/api/v1/cycles/${cycle?.id}/interoperability`)
    const { requests, rules, notes }: Interoperability = body
    const found = (is: (rule: Interoperability['rules'][number]) => boolean) =>
      rules.filter(is).map(({ id }) => id)
    const usual = ['IC-01', 'IC-12'].filter(id => !breaks?.includes(id)).join(' ')
    t.same(
      {
        requests,
        breaks: found(({ result }) => result === 'breaks'),
        holds: found(({ result }) => result === 'holds'),
        unread: found(rule => rule.unread > 0),
        notes: notes.map(({ note }) => note.split(',', 1)[0]),
        first: rules.filter(({ result }) => result === 'breaks').map(({ first }) => first),
      },
      {
        requests: 1,
        breaks: ids(breaks),
        holds: ids(`${usual} ${holds ?? ''}`),
        unread: ids(unread),
        notes: noted ? [noted] : [],
        first: ids(breaks).map(() => cycle?.id),
      },
      name,
    )
  }
})

type Verdict = {
  readonly requests: number
  /** By rule, the number of requests and the first of them. */
  readonly breaks: Readonly<Record<string, string>>
  readonly notSeen: string
  readonly notes: readonly string[]
}

const capitalized = 'Capitalizes the operations of PATCH, such as Replace'
const probe = 'first GET: test connection'
const several = 'first PATCH: change emails.value, displayName, name.familyName, name.formatted of user'

/** What tenants of two profiles refuse, with the number of requests, and the verdict on each cycle, oldest first. */
type Outcome = { readonly refused: Readonly<Record<string, number>>; readonly verdicts: readonly Verdict[] }

const clients: Readonly<Record<PlayedClient, { readonly entra: Outcome; readonly interop: Outcome }>> = {
  'Entra ID': {
    entra: {
      refused: {},
      verdicts: [
        {
          requests: 14,
          breaks: { 'IC-01': `14, ${probe}`, 'IC-09': '1, first PATCH: change manager.value of user' },
          notSeen: 'IC-10',
          notes: [`${capitalized}: 3, first PATCH: change manager.value of user`],
        },
        {
          requests: 11,
          breaks: { 'IC-01': `11, ${probe}` },
          notSeen: 'IC-09',
          notes: [
            `${capitalized}: 4, first PATCH: change displayName, emails.value, name.familyName, name.formatted of user`,
          ],
        },
      ],
    },
    interop: {
      refused: {
        'POST create group: 400 invalidSyntax': 2,
        'PATCH change user: 400 invalidValue': 3,
      },
      verdicts: [
        {
          requests: 11,
          breaks: { 'IC-01': `11, ${probe}`, 'IC-09': '1, first PATCH: change user' },
          notSeen: 'IC-10',
          notes: [`${capitalized}: 1, first PATCH: change user`],
        },
        {
          requests: 11,
          breaks: { 'IC-01': `11, ${probe}`, 'IC-09': '1, first PATCH: change user' },
          notSeen: '',
          notes: [
            `${capitalized}: 3, first PATCH: change displayName, emails.value, name.familyName, name.formatted of user`,
          ],
        },
      ],
    },
  },
  'Entra ID with aadOptscim062020': {
    entra: {
      refused: {},
      verdicts: [
        {
          requests: 14,
          breaks: { 'IC-01': `14, ${probe}`, 'IC-09': '1, first PATCH: change manager.value of user' },
          notSeen: 'IC-10',
          notes: [],
        },
        {
          requests: 11,
          breaks: {
            'IC-01': `11, ${probe}`,
            'IC-07': `1, ${several}`,
            'IC-08': `1, ${several}`,
            'IC-10': '1, first PATCH: remove 1 member',
          },
          notSeen: 'IC-09',
          notes: [],
        },
      ],
    },
    interop: {
      refused: {
        'POST create group: 400 invalidSyntax': 2,
        'PATCH change user: 400 invalidValue': 2,
        'PATCH change user: 400 invalidSyntax': 1,
      },
      verdicts: [
        {
          requests: 11,
          breaks: { 'IC-01': `11, ${probe}`, 'IC-09': '1, first PATCH: change user' },
          notSeen: 'IC-10',
          notes: [],
        },
        {
          requests: 11,
          breaks: {
            'IC-01': `11, ${probe}`,
            'IC-07': '1, first PATCH: change user',
            'IC-08': '1, first PATCH: change user',
            'IC-09': '1, first PATCH: change user',
          },
          notSeen: '',
          notes: [],
        },
      ],
    },
  },
  'Okta, an app of the catalog': {
    entra: {
      refused: {},
      verdicts: [
        {
          requests: 13,
          breaks: {
            'IC-06': '1, first PUT: replace user (enabled)',
            'IC-07': '3, first PATCH: rename group',
            'IC-10': '1, first PATCH: remove 1 member',
            'IC-13': '2, first POST: create user',
          },
          notSeen: '',
          notes: [],
        },
      ],
    },
    interop: {
      refused: { 'POST create user: 400 invalidSyntax': 3, 'PATCH change group: 400 invalidSyntax': 1 },
      verdicts: [
        {
          requests: 9,
          breaks: { 'IC-07': '1, first PATCH: change group', 'IC-13': '3, first POST: create user' },
          notSeen: 'IC-09 IC-10',
          notes: [],
        },
      ],
    },
  },
  'Okta, an app of the wizard': {
    entra: {
      refused: {},
      verdicts: [
        {
          requests: 14,
          breaks: { 'IC-06': '4, first PUT: replace group', 'IC-13': '2, first POST: create user' },
          notSeen: 'IC-07 IC-08 IC-09 IC-10',
          notes: [],
        },
      ],
    },
    interop: {
      refused: { 'POST create user: 400 invalidSyntax': 3 },
      verdicts: [
        {
          requests: 12,
          breaks: { 'IC-06': '2, first PUT: replace group', 'IC-13': '3, first POST: create user' },
          notSeen: 'IC-07 IC-08 IC-09 IC-10',
          notes: [],
        },
      ],
    },
  },
  'Google Workspace': {
    entra: {
      refused: {},
      verdicts: [
        {
          requests: 6,
          breaks: { 'IC-02': '4, first POST: create user', 'IC-06': '2, first PUT: replace user (enabled)' },
          notSeen: 'IC-07 IC-08 IC-09 IC-10',
          notes: [],
        },
      ],
    },
    interop: {
      refused: { 'POST create user: 400 invalidSyntax': 3 },
      verdicts: [
        {
          requests: 6,
          breaks: { 'IC-02': '3, first POST: create user' },
          notSeen: 'IC-06 IC-07 IC-08 IC-09 IC-10',
          notes: [],
        },
      ],
    },
  },
}

async function verdictOn({ callApi }: Pick<TestConsole, 'callApi'>, cycle: Cycle): Promise<Verdict> {
  const verdict: Interoperability = (await callApi('GET', `/api/v1/cycles/${cycle.id}/interoperability`)).body
  const describe = async (requests: number, first = '') => {
    const { method, action } = (await callApi('GET', `/api/v1/exchanges/${first}`)).body
    return `${requests}, first ${method}: ${action}`
  }
  const breaks: Record<string, string> = {}
  for (const { id, result, requests, first } of verdict.rules)
    if (result === 'breaks') breaks[id] = await describe(requests, first)
  const notes = verdict.notes.map(
    async ({ note, requests, first }) => `${note.split(':', 1)}: ${await describe(requests, first)}`,
  )
  const notSeen = verdict.rules.flatMap(({ id, result }) => (result === 'not-seen' ? [id] : [])).join(' ')
  return { requests: verdict.requests, breaks, notSeen, notes: await Promise.all(notes) }
}

async function refusedBy({ callApi }: TestConsole, tenant: string) {
  const refused: Record<string, number> = {}
  for (const { id } of (await callApi('GET', `/api/v1/exchanges?tenant=${tenant}&q=status:4xx&limit=200`))
    .body.items) {
    const { method, action, status, response } = (await callApi('GET', `/api/v1/exchanges/${id}`)).body
    const what = `${method} ${action}: ${status} ${JSON.parse(response.body).scimType}`
    refused[what] = (refused[what] ?? 0) + 1
  }
  return refused
}

for (const profile of ['entra', 'interop'] as const) {
  t.test(`the verdict on played clients, and what ${profile} refuses`, async t => {
    const test = await buildTestConsole(t, profile)
    await test.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = test.app.server.address() as AddressInfo
    for (const name of Object.keys(playedClients) as PlayedClient[]) {
      const { tenant, token } = await test.another(profile)
      await playedClients[name]({ url: `http://127.0.0.1:${port}/${tenant.id}/scim/v2`, token })
      const { items } = (await test.callApi('GET', `/api/v1/cycles?tenant=${tenant.id}`)).body
      const verdicts: Verdict[] = []
      for (const cycle of items.reverse()) verdicts.push(await verdictOn(test, cycle))
      t.same({ refused: await refusedBy(test, tenant.id), verdicts }, clients[name][profile], name)
    }
  })
}

t.test('operations of a bulk request are judged as requests without headers', async t => {
  const { callApi, client } = await buildTestConsole(t, 'rfc')
  const operation = (method: string, path: string, data: object) => ({ method, path, bulkId: method, data })
  await client.send('POST', '/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: [
      operation('POST', '/Users', aUser('ada', { password: 'moe-is-here' })),
      operation('PATCH', '/Users/bulkId:POST', patchOp({ op: 'add', value: { title: 'x' } })),
    ],
  })
  const [cycle] = (await callApi('GET', '/api/v1/cycles')).body.items
  const { breaks, notSeen } = await verdictOn({ callApi }, cycle)
  t.match(breaks, { 'IC-07': /^1, first PATCH/, 'IC-13': /^1, first POST: create user$/ })
  t.same([Object.keys(breaks), notSeen], [['IC-07', 'IC-13'], 'IC-03 IC-04 IC-09 IC-10 IC-11'])
})

t.test('the whole verdict on one request, and on a cycle whose tenant or ID is gone', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t, 'rfc')
  const path = `${enterpriseUrn}:manager`
  await client.send('PATCH', '/Users/nobody', patchOp({ op: 'Add', path, value: 'x' }), {
    'user-agent': 'iga/1',
  })
  const [{ id }] = (await callApi('GET', '/api/v1/cycles')).body.items
  const address = `/api/v1/cycles/${id}/interoperability`
  const { status, body } = await callApi('GET', address)
  t.equal(status, 200)
  const draft = 'draft-zollner-scim-interop-profile-02'
  t.match(body, {
    summary: 'breaks 1 of 13 rules, 4 not seen',
    requests: 1,
    rules: [
      {
        id: 'IC-01',
        draft,
        date: '2026-11-02',
        section: '6.2',
        rule: 'Sends a User-Agent with each request.',
        result: 'holds',
        requests: 0,
        unread: 0,
      },
    ],
    notes: [{ note: /^Capitalizes the operations of PATCH/, requests: 1, first: id }],
  })
  t.same(body.rules[8], {
    id: 'IC-09',
    draft,
    date: '2026-11-02',
    section: '6.5.2',
    rule: 'Adds and replaces complex attributes with an object, and multi-valued ones with an array.',
    result: 'breaks',
    requests: 1,
    unread: 0,
    first: id,
  })
  t.same(
    body.rules.map((rule: Interoperability['rules'][number]) => rule.id),
    Array.from({ length: 13 }, (_, at) => `IC-${String(at + 1).padStart(2, '0')}`),
  )

  await callApi('DELETE', `/api/v1/tenants/${tenant.id}`)
  t.match((await callApi('GET', address)).body, {
    summary: 'breaks none of 13 rules, 6 not seen',
    requests: 1,
  })
  t.same(
    (await callApi('GET', '/api/v1/cycles/nothing/interoperability')).body,
    problem(
      'not-found',
      'Not found',
      404,
      'There is no cycle "nothing". Cycles are deleted with their last exchange in the journal. GET /api/v1/cycles lists all cycles.',
    ),
  )
})
