import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { ProfileName } from '../../../src/profiles/names.ts'
import { bulk, patch, post } from '../../support/bulk.ts'
import { aGroup, aUser, enterpriseUrn, userUrn } from '../../support/samples.ts'
import { createScimClient, patchOp, type TestResponse } from '../../support/scim.ts'
import { buildTestConsole } from './console-app.ts'

const build = async (t: Test, profile: ProfileName) => {
  const app = await buildTestConsole(t, profile)
  const explanationOf = async (id: string) => {
    const { status, body } = await app.callApi('GET', `/api/v1/exchanges/${id}/explanation`)
    t.equal(status, 200)
    return body
  }
  const newest = async () => (await app.callApi('GET', '/api/v1/exchanges?limit=1')).body.items[0]
  return { ...app, explanationOf, newest, explained: async () => explanationOf((await newest()).id) }
}

type Evaluation = { readonly profile: string; readonly status: number; readonly rules: readonly unknown[] }

type Line = {
  readonly name: string
  readonly mode: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly saveIdAs?: string
}

const lines: readonly Line[] = readFileSync(new URL('../../idp/entra-wire.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line))

const workEmail = 'emails[type eq "work"].value'
/** The effects of the operations of Entra's PATCH requests, in both dialects, in order. */
const operationsInWords: Readonly<Record<string, readonly string[]>> = {
  'replace several attributes': [
    'Changed displayName.',
    `Changed ${workEmail}.`,
    'Changed name.givenName.',
    'Changed name.familyName.',
    'Changed externalId.',
    `Changed ${enterpriseUrn}:employeeNumber.`,
  ],
  'replace email and family name': [`Changed ${workEmail}.`, 'Changed name.familyName.'],
  'add single-valued attribute': ['Changed nickName.'],
  'add title and department': ['Changed title.', `Changed ${enterpriseUrn}:department.`],
  'set manager (plain string)': [`Changed ${enterpriseUrn}:manager.value.`],
  'change manager': [`Changed ${enterpriseUrn}:manager.value.`],
  'disable - string False': ['Changed active.'],
  're-enable - string True': ['Changed active.'],
  'disable - documented boolean': ['Changed active.'],
  're-enable with Add': ['Changed active.'],
  'add one member': ['Added 1 member.'],
  'add one member with null $ref': ['Added 1 member.'],
  'add several members in one op': ['Added 3 members.'],
  'remove member - value array': ['Removed 1 member.'],
  'disable - boolean': ['Changed active.'],
  're-enable - boolean': ['Changed active.'],
  'on-demand disable ignores the flag': ['Changed active.'],
  'on-demand enable ignores the flag': ['Changed active.'],
  'add member': ['Added 1 member.'],
  'remove member - value filter path': ['No effect: there was nothing to remove.'],
}

t.test('each recorded request of Entra is explained, in both dialects', async t => {
  const { client, token, tenant, callApi, newest, explanationOf } = await build(t, 'entra')
  const names = new Map([['token', token]])
  const documents = new Map<string, unknown>()
  const documentOf = async (target: { type: string; id: string }) => {
    const path = `/api/v1/tenants/${tenant.id}/resources/${target.type}/${target.id}`
    const { body } = await callApi('GET', path)
    return body.status === 'retained' ? undefined : body.document
  }

  for (const line of lines) {
    const filled: Line = JSON.parse(
      JSON.stringify(line).replace(/\{\{(\w+)\}\}/g, (_, name) => names.get(name) ?? 'missing'),
    )
    const response = await client.send(filled.method, filled.path, filled.body, filled.headers)
    if (line.saveIdAs && response.status === 201) names.set(line.saveIdAs, response.body.id)
    const { id, target, refusal } = await newest()
    const { operations, resources, evaluations, notEvaluated } = await explanationOf(id)
    const description = `${line.mode} ${line.name}`
    t.equal(notEvaluated, refusal && 'its token was rejected, so the request was not processed', description)
    if (!refusal)
      t.equal(
        evaluations.find(({ isTenantProfile }: { isTenantProfile: boolean }) => isTenantProfile).status,
        response.status,
        description,
      )
    if (line.method === 'GET' || response.status >= 400) {
      t.same([operations, resources], [[], []], description)
      continue
    }
    const [about] = resources
    const after = await documentOf(target)
    t.same([about.before, about.after], [documents.get(target.id), after], description)
    documents.set(target.id, after)
    if (line.method !== 'PATCH') continue
    t.same(
      operations.map(({ summary }: { summary: string }) => summary),
      operationsInWords[line.name],
      description,
    )
    const pathsOf = (differences: readonly { path: string }[]) => differences.map(({ path }) => path).sort()
    t.same(
      pathsOf(
        operations.flatMap(({ differences }: { differences: readonly { path: string }[] }) => differences),
      ),
      pathsOf([
        ...about.differences,
        ...about.memberships.map(({ member }: { member: { id: string } }) => ({
          path: `members[value eq "${member.id}"]`,
        })),
      ]),
      `${description}: the effects of the operations match the changes of the resource`,
    )
  }
})

const work = (value: string) => ({ value, type: 'work', primary: true })

t.test('an rfc tenant shows what AWS would reject, and by which rules', async t => {
  const { client, explained } = await build(t, 'rfc')
  const marge = await client.create('Users', aUser('marge', { emails: [work('marge@x.y')] }))
  const crowd = Array.from({ length: 101 }, (_, at) => ({ value: `nobody${at}` }))
  const aws = async () =>
    (await explained()).evaluations.find(({ profile }: { profile: string }) => profile === 'aws')
  const cases: readonly (readonly [
    send: () => Promise<unknown>,
    status: number,
    rules: readonly string[],
  ])[] = [
    [
      () =>
        client.post('/Users', aUser('homer', { emails: [work('a@x.y'), { value: 'b@x.y', type: 'home' }] })),
      400,
      ['aws/one-value-per-list', 'aws/email-is-primary'],
    ],
    [
      () => client.post('/Users', { ...aUser('bart'), displayName: undefined, title: '' }),
      400,
      ['aws/required-attributes', 'aws/no-empty-text'],
    ],
    [
      () =>
        client.patch(
          `/Users/${marge.id}`,
          { op: 'remove', path: 'title' },
          { op: 'replace', value: { title: 'x', nickName: 'y' } },
        ),
      400,
      ['aws/pathless-changes-one-attribute'],
    ],
    [() => client.get('/Users?filter=userName%20sw%20%22m%22'), 400, ['aws/filters']],
    [() => client.put(`/Groups/${marge.id}`, aGroup('Family')), 400, ['aws/no-replacing-groups']],
    [
      () => client.post('/Groups', { ...aGroup('Crowd'), members: crowd }),
      400,
      ['aws/at-most-100-members-on-create'],
    ],
    [() => client.patch(`/Users/${marge.id}`, { op: 'replace', path: 'title', value: 'Mum' }), 200, []],
    [() => client.post('/Bulk', {}), 404, []],
    [() => client.get('/Me'), 404, []],
  ]
  for (const [send, status, rules] of cases) {
    await send()
    const evaluation = await aws()
    t.same(
      [evaluation.status, evaluation.accepted, evaluation.rules.map(({ id }: { id: string }) => id)],
      [status, status < 400, rules],
      `AWS answers ${status} ${rules.join(', ')}`,
    )
    for (const { description, source, detail } of evaluation.rules) t.ok(description && source && detail)
  }
})

t.test('an earlier state is not reported as an effect of a request', async t => {
  const { client, explained } = await build(t, 'rfc')
  const bart = await client.create('Users', {
    ...aUser('bart', { emails: [work('a@x.y'), { value: 'b@x.y' }] }),
    name: undefined,
    displayName: undefined,
  })
  await client.patch(`/Users/${bart.id}`, { op: 'replace', path: 'title', value: 'Pupil' })
  const { evaluations } = await explained()
  t.same(
    evaluations.map(({ profile, accepted }: { profile: string; accepted: boolean }) => [profile, accepted]),
    [
      ['aws', true],
      ['entra', true],
      ['rfc', true],
      ['interop', true],
    ],
  )
})

t.test('the operations of a PATCH are explained one by one', async t => {
  const { client, explained } = await build(t, 'rfc')
  const marge = await client.create(
    'Users',
    aUser('marge', { password: 'Homer', emails: [work('marge@x.y')] }),
  )
  const reported = async (...operations: readonly unknown[]) => {
    await client.patch(`/Users/${marge.id}`, ...operations)
    return (await explained()).operations.map(
      ({ outcome, summary, differences }: Readonly<Record<string, unknown>>) => [
        outcome,
        summary,
        differences,
      ],
    )
  }
  t.same(
    await reported(
      { op: 'replace', path: 'title', value: 'Mum' },
      { op: 'replace', path: 'userName', value: 'marge' },
      { op: 'remove', path: 'nickName' },
      { op: 'replace', value: { password: 'Bart', active: false } },
    ),
    [
      ['changed', 'Changed title.', [{ path: 'title', kind: 'added', after: 'Mum' }]],
      ['no-effect', 'No effect: the value is already set.', []],
      ['no-effect', 'No effect: there was nothing to remove.', []],
      [
        'changed',
        'Changed active. Set a secret; the journal does not store its value.',
        [{ path: 'active', kind: 'changed', before: true, after: false }],
      ],
    ],
  )
  t.same(
    await reported({ op: 'replace', path: 'password', value: 'Bart' }),
    [['no-effect', 'No effect: the value is already set.', []]],
    'a secret that stays the same',
  )
  t.same(
    await reported(
      { op: 'replace', path: 'title', value: 'x' },
      { op: 'replace', path: 'bogus', value: 'x' },
      { op: 'replace', path: 'nickName', value: 'x' },
    ),
    [
      [
        'changed',
        'Changed title. Rolled back, because Operations[1] was rejected.',
        [{ path: 'title', kind: 'changed', before: 'Mum', after: 'x' }],
      ],
      ['rejected', 'Rejected: A User has no attribute "bogus".', []],
      ['not-reached', 'Not reached, because Operations[1] was rejected.', []],
    ],
    'one that cannot be parsed',
  )
  t.match(
    await reported({ op: 'replace', path: 'title', value: 'x' }, { op: 'add', path: 'nickName', value: 7 }),
    [['changed'], ['rejected', /^Rejected: Operations\[1\]\.value must be a string/]],
    'and has its own index',
  )
  t.match(
    await reported({ op: 'remove', path: 'userName' }, { op: 'replace', path: 'title', value: 'x' }),
    [
      ['rejected', /^Rejected: This would remove userName,/],
      ['not-reached', 'Not reached, because Operations[0] was rejected.'],
    ],
    'a removal of a required attribute',
  )
})

t.test('a PATCH that is rejected as a whole has its reason', async t => {
  const { client, explained } = await build(t, 'rfc')
  const family = await client.create('Groups', aGroup('Family'))
  await client.patch(`/Groups/${family.id}`, { op: 'add', path: 'members', value: [{ value: family.id }] })
  t.match((await explained()).operations, [
    {
      op: 'add',
      path: 'members',
      outcome: 'not-reached',
      summary: /whole request was rejected: A Group can't be/,
    },
  ])
  await client.patch('/Users/nobody', { op: 'remove', path: 'title' })
  t.match((await explained()).operations, [
    { outcome: 'not-reached', summary: /whole request was rejected: There is no User/ },
  ])
})

t.test('with a rule of AWS, the operation that violates it is rejected', async t => {
  const { client, explained } = await build(t, 'aws')
  const marge = await client.create('Users', aUser('marge'))
  await client.patch(
    `/Users/${marge.id}`,
    { op: 'replace', path: 'active', value: false },
    { op: 'replace', path: 'active', value: true },
  )
  const { operations, evaluations } = await explained()
  t.match(operations, [{ outcome: 'changed' }, { outcome: 'rejected' }])
  t.match(
    evaluations.map(({ profile, isTenantProfile, accepted }: Readonly<Record<string, unknown>>) => [
      profile,
      isTenantProfile,
      accepted,
    ]),
    [
      ['aws', true, false],
      ['entra', false, true],
      ['rfc', false, true],
      ['interop', false, true],
    ],
  )
})

t.test(
  'all effects of a deletion are listed: groups, and resources that referred to it, in order of creation',
  async t => {
    const { client, explained } = await build(t, 'rfc')
    const marge = await client.create('Users', aUser('marge'))
    const bart = await client.create(
      'Users',
      aUser('bart', { [enterpriseUrn]: { manager: { value: marge.id } } }),
    )
    const family = await client.create('Groups', aGroup('Family', [marge.id, bart.id]))
    await client.delete(`/Users/${marge.id}`)
    const { resources } = await explained()
    const inShort = resources.map(({ id, revisions, differences, memberships }: TestResponse['body']) => [
      id,
      revisions,
      differences.map(({ path, kind }: Readonly<Record<string, string>>) => `${kind} ${path}`),
      memberships.map(({ event, group, member }: TestResponse['body']) => [event, group.id, member.id]),
    ])
    const left = [['removed', family.id, marge.id]]
    t.same(inShort, [
      [
        marge.id,
        { before: 1 },
        [
          'removed userName',
          'removed name.familyName',
          'removed name.givenName',
          'removed displayName',
          'removed active',
        ],
        left,
      ],
      [bart.id, { before: 1, after: 2 }, [`removed ${enterpriseUrn}:manager.value`], []],
      [family.id, { before: 1, after: 2 }, [], left],
    ])
  },
)

t.test('a bulk request is explained with all its operations', async t => {
  const { client, deps, explanationOf } = await build(t, 'rfc')
  const marge = await client.create('Users', aUser('marge'))
  await bulk(client, [
    post('/Groups', 'g', aGroup('Family', ['bulkId:b', marge.id])),
    post('/Users', 'b', aUser('bart')),
    patch(`/Users/${marge.id}`, patchOp({ op: 'replace', path: 'title', value: 'Mum' })),
    patch(`/Users/${marge.id}`, patchOp({ op: 'replace', path: 'title', value: 'Mother' })),
  ])
  const { items } = await deps.journal.page({ limit: 9 })
  const { resources, operations } = await explanationOf(
    items.find(({ operation }) => operation === 'bulk')?.id ?? '',
  )
  const one = (label: string) => resources.find((resource: { label: string }) => resource.label === label)
  t.same(operations, [])
  t.same(one('marge').revisions, { before: 1, after: 3 })
  t.same(one('marge').differences, [{ path: 'title', kind: 'added', after: 'Mother' }])
  t.same([one('bart').revisions, one('Family').revisions], [{ after: 1 }, { after: 1 }])
  t.equal(one('Family').memberships.length, 2)
})

t.test('an explanation does not change with later requests', async t => {
  const { client, newest, explanationOf } = await build(t, 'entra')
  const marge = await client.create('Users', aUser('marge', { emails: [work('marge@x.y')] }))
  const created = (await newest()).id
  await client.put(`/Users/${marge.id}`, aUser('marge', { title: 'Mum' }))
  const replaced = (await newest()).id
  await client.post('/Users', aUser('MARGE'))
  const rejected = (await newest()).id
  const ids = [created, replaced, rejected]
  const before = await Promise.all(ids.map(explanationOf))
  t.match(before[1].resources, [{ revisions: { before: 1, after: 2 } }])
  await client.patch(`/Users/${marge.id}`, { op: 'replace', path: 'userName', value: 'selma' })
  await client.create('Users', aUser('marge'))
  await client.delete(`/Users/${marge.id}`)
  for (const [at, id] of ids.entries()) {
    const { resources, evaluations } = await explanationOf(id)
    const asItWas = before[at].resources.map((resource: object) => ({ ...resource, label: 'selma' }))
    t.same(resources, asItWas, 'but for the name that it was called by last')
    t.same(evaluations, before[at].evaluations)
  }
})

t.test('a request that cannot be evaluated has the reason', async t => {
  const { app, tenant, client, explained, another, deps } = await build(t, 'rfc')
  await createScimClient(app, `/${tenant.id}/scim/v2`, 'wrong').get('/Users')
  t.match(await explained(), {
    evaluations: [],
    notEvaluated: 'its token was rejected, so the request was not processed',
  })
  await client.post('/Users', aUser('homer', { title: 'x'.repeat(70_000) }))
  t.match(await explained(), {
    evaluations: [],
    notEvaluated: 'the journal stored only the beginning of its body',
  })
  await client.get('/Users?filter=password%20eq%20%22x%22')
  t.match(await explained(), { evaluations: [], notEvaluated: 'a secret is masked in its URL' })
  const other = await another('aws')
  await other.client.get('/Users')
  await deps.tenants.remove(other.tenant.id)
  t.match(await explained(), { evaluations: [], resources: [], notEvaluated: 'its tenant was deleted' })
})

t.test('all profiles return the same for a request that none can read', async t => {
  const { client, explained } = await build(t, 'rfc')
  await client.send('POST', '/Users', '{"userName":')
  t.match(await explained(), {
    operations: [],
    resources: [],
    evaluations: [
      { profile: 'aws', status: 400, detail: 'Invalid JSON from RequestBody' },
      { profile: 'entra', status: 400, scimType: 'invalidSyntax' },
      { profile: 'rfc', status: 400, scimType: 'invalidSyntax' },
      { profile: 'interop', status: 400, scimType: 'invalidSyntax' },
    ],
  })
  await client.send('POST', '/Users', aUser('lisa'), { 'content-encoding': 'gzip' })
  const detail = 'The body has the encoding "gzip". Send it without "Content-Encoding".'
  t.match(await explained(), {
    evaluations: ['aws', 'entra', 'rfc', 'interop'].map(profile => ({ profile, status: 415, detail })),
  })
})

t.test('a body and its attributes are evaluated only at existing addresses', async t => {
  const { client, explained } = await build(t, 'rfc')
  const { id } = await client.create('Users', aUser('lisa'))
  const statuses = async () =>
    (await explained()).evaluations.map(({ profile, status, rules }: Evaluation) => [
      profile,
      status,
      rules.length,
    ])

  await client.send('DELETE', `/Users/${id}`, 'test', { 'content-type': 'text/plain' })
  t.same(await statuses(), [
    ['aws', 204, 0],
    ['entra', 204, 0],
    ['rfc', 204, 0],
    ['interop', 204, 0],
  ])
  await client.send('POST', '/Me', 'test', { 'content-type': 'text/plain' })
  t.same(await statuses(), [
    ['aws', 404, 0],
    ['entra', 501, 0],
    ['rfc', 501, 0],
    ['interop', 501, 0],
  ])
  const twoMistakes = {
    schemas: [userUrn],
    userName: 'lisa ',
    phoneNumbers: [{ value: '1' }, { value: '2' }],
  }
  await client.put(`/Users/${id}`, twoMistakes)
  t.same(await statuses(), [
    ['aws', 404, 0],
    ['entra', 404, 0],
    ['rfc', 404, 0],
    ['interop', 404, 0],
  ])
})

t.test('a request that the journal lacks is an error', async t => {
  const { callApi } = await build(t, 'rfc')
  t.match(await callApi('GET', '/api/v1/exchanges/nothing/explanation'), {
    status: 404,
    body: { status: 404 },
  })
})

t.test('OC-501 a rejected request that emptied the group is reported as both', async t => {
  const { another, explained } = await build(t, 'aws')
  const { client } = await another('aws', { switches: { legacyMembers: 'ignore' } })
  const { id: member } = await client.create('Users', aUser('marge@springfield.example'))
  const { id } = await client.create('Groups', aGroup('Family', [member]))
  const replaceBy = (value: unknown) =>
    client.patch(`/Groups/${id}`, { op: 'replace', path: 'members', value })
  t.equal((await replaceBy([])).status, 204)
  t.match(await explained(), {
    operations: [{ outcome: 'no-effect', summary: /^No effect: members is ignored/ }],
    resources: [{ id, memberships: [] }],
    findings: [{ id: 'aws/empty-replacement-ignored', detail: 'AWS returned 204 and changed nothing.' }],
    evaluations: [{ profile: 'aws', isTenantProfile: true, accepted: true, status: 204, rules: [] }, {}, {}],
  })
  t.equal((await replaceBy([{ value: '' }])).status, 400)
  t.match(await explained(), {
    operations: [{ outcome: 'rejected', summary: /but removes all members/ }],
    resources: [{ id, memberships: [{ event: 'removed', member: { id: member } }] }],
    findings: [{ id: 'aws/members-replaced-by-nobody', reason: /still removes all members/ }],
    evaluations: [
      { profile: 'aws', accepted: false, status: 400, rules: [{ id: 'aws/members-replaced-by-nobody' }] },
      {},
      {},
    ],
  })
})

t.test('a list of requests says whom each sought, and what it changed or why it was rejected', async t => {
  const { client, tenant, callApi } = await build(t, 'aws')
  const anna = await client.send('POST', '/Users', aUser('anna@example.com'))
  const group = await client.send('POST', '/Groups', aGroup('Sales'))
  await client.send('GET', `/Users?filter=${encodeURIComponent('userName eq "anna@example.com"')}`)
  await client.send('GET', `/Users?filter=${encodeURIComponent('userName eq "bert@example.com"')}`)
  const change = [{ op: 'replace', path: 'title', value: 'Director' }]
  await client.send('PATCH', `/Users/${anna.body.id}`, patchOp(...change))
  const join = [{ op: 'add', path: 'members', value: [{ value: anna.body.id }] }]
  await client.send('PATCH', `/Groups/${group.body.id}`, patchOp(...join))
  await client.send('POST', '/Users', { ...aUser('carl@example.com'), displayName: 'Carl\u0007' })

  const { items } = (await callApi('GET', `/api/v1/exchanges?tenant=${tenant.id}&limit=5`)).body
  t.same(
    items.slice(3).map(({ sought, results }: { sought?: string; results?: number }) => [sought, results]),
    [
      ['bert@example.com', 0],
      ['anna@example.com', 1],
    ],
  )
  const ids: readonly string[] = items.map(({ id }: { id: string }) => id)
  const outcomes = await callApi('GET', `/api/v1/exchanges/outcomes?ids=${ids.join(',')},unknown`)
  t.match(outcomes.body.items, [
    { exchange: ids[0], reason: /`displayName` contains a control character/ },
    { exchange: ids[1], differences: [], memberships: [{ event: 'added', member: { id: anna.body.id } }] },
    { exchange: ids[2], differences: [{ path: 'title', after: 'Director' }], memberships: [] },
  ])
  t.equal(outcomes.body.items.length, 3, 'reads have none')
  const many = await callApi('GET', `/api/v1/exchanges/outcomes?ids=${'x,'.repeat(40)}x`)
  t.equal(many.status, 400)
})
