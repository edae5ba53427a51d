import { randomUUID } from 'node:crypto'
import t from 'tap'
import { aGroup, aUser, enterpriseUrn, groupUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, patchOp, type ScimClient, type TestApp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

const add = (path: string, value: unknown) => ({ op: 'add', path, value })
const replace = (path: string, value: unknown) => ({ op: 'replace', path, value })
const remove = (path: string, value?: unknown) => ({
  op: 'remove',
  path,
  ...(value !== undefined && { value }),
})
const ids = (members: readonly { value: string }[] | undefined) =>
  (members ?? []).map(({ value }) => value).sort()

/** A group with the first of two users; all later than its creation. */
async function family(t: Parameters<typeof buildTestApp>[0], profile: 'rfc' | 'entra' = 'rfc') {
  const switches: Readonly<Record<string, string>> = profile === 'rfc' ? { unknownMembers: 'refuse' } : {}
  const server: TestApp = await buildTestApp(t, profile, { switches })
  const marge = await server.client.create('Users', aUser('marge'))
  const homer = await server.client.create('Users', aUser('homer'))
  const group = await server.client.create('Groups', aGroup('Family', [marge.id]))
  await server.advance(60_000)
  return { ...server, marge, homer, group, at: `/Groups/${group.id}` }
}

t.test('R-166 R-171 R-175 a PATCH applies its operations in order and returns the resource', async t => {
  const { client, homer } = await family(t)
  const { status, body } = await client.patch(
    `/Users/${homer.id}`,
    add('title', 'first'),
    replace('title', 'second'),
    { op: 'Add', value: { nickName: 'Maggie', 'name.middleName': 'Jo' } },
    remove('displayName'),
  )
  const { displayName: _gone, ...rest } = homer
  t.equal(status, 200)
  t.same(body, {
    ...rest,
    name: { ...homer.name, middleName: 'Jo' },
    title: 'second',
    nickName: 'Maggie',
    meta: { ...homer.meta, lastModified: body.meta.lastModified, version: 'W/"2"' },
  })
  t.ok(body.meta.lastModified > homer.meta.lastModified)
  t.same((await client.get(`/Users/${homer.id}`)).body, body)
})

t.test('R-172 a PATCH that fails at one operation changes nothing, memberships included', async t => {
  const { client, at, group, homer, marge, deps, tenant } = await family(t)
  const responses = [
    await client.patch(
      at,
      replace('displayName', 'Half'),
      add('members', [{ value: homer.id }]),
      replace('shoeSize', 1),
    ),
    await client.patch(
      at,
      remove('members'),
      replace('displayName', 'Half'),
      add('members', [{ value: 'nobody' }]),
    ),
    await client.patch(at, add('members', [{ value: homer.id }]), remove('displayName')),
    await client.patch(at, add('members', [{ value: homer.id }, { value: 'nobody' }])),
  ]
  t.same(
    responses.map(({ status }) => status),
    [400, 400, 400, 400],
  )
  t.same((await client.get(at)).body, group)
  const clash = await client.patch(`/Users/${homer.id}`, replace('title', 'x'), replace('userName', 'MARGE'))
  isScimError(t, clash, { status: 409, scimType: 'uniqueness', detail: /userName/ }, 'a taken userName')
  t.notOk('title' in (await client.get(`/Users/${homer.id}`)).body)
  const history = await deps.directory.history(tenant.key, 'Group', group.id, { limit: 50 })
  t.equal(history?.items.filter(({ kind }) => kind === 'version').length, 1, 'no version came of it')
  t.same(ids((await client.get(at)).body.members), [marge.id])
})

t.test('R-167 R-168 R-169 R-177 R-182 an invalid PATCH message is rejected', async t => {
  const { client, at, group } = await family(t)
  const operation = replace('displayName', 'x')
  const rows = [
    ['no schemas', { Operations: [operation] }, 'invalidSyntax'],
    ['other schemas', { schemas: ['urn:x'], Operations: [operation] }, 'invalidSyntax'],
    ['no Operations', { schemas: patchOp().schemas }, 'invalidSyntax'],
    ['empty Operations', patchOp(), 'invalidSyntax'],
    ['no op', patchOp({ path: 'displayName', value: 'x' }), 'invalidSyntax'],
    ['another op', patchOp({ ...operation, op: 'set' }), 'invalidSyntax'],
    ['add without value', patchOp({ op: 'add', path: 'displayName' }), 'invalidValue'],
    ['remove without path', patchOp({ op: 'remove' }), 'noTarget'],
    ['a read-only path', patchOp(replace('id', 'x')), 'mutability'],
    ['a required path removed', patchOp(remove('displayName')), 'mutability'],
    ['an unknown path', patchOp(replace('shoeSize', 1)), 'invalidPath'],
  ] as const
  for (const [label, body, scimType] of rows)
    isScimError(t, await client.send('PATCH', at, body), { status: 400, scimType }, label)
  t.same((await client.get(at)).body, group)
})

t.test('R-175 R-143 the entra profile returns 204, unless attributes are requested', async t => {
  const { client, marge, at } = await family(t, 'entra')
  for (const path of [`/Users/${marge.id}`, at]) {
    const { status, body } = await client.patch(path, { op: 'Replace', path: 'displayName', value: 'New' })
    t.same([status, body], [204, undefined], path)
    t.equal((await client.get(path)).body.displayName, 'New')
  }
  const requested = await client.patch(`${at}?attributes=displayName`, replace('displayName', 'Newer'))
  t.match([requested.status, requested.body], [200, { displayName: 'Newer' }])
})

t.test('R-180 R-186 R-050 a PATCH without effect succeeds and keeps lastModified', async t => {
  const { client, at, group, homer, marge } = await family(t)
  const idle = [
    add('members', [{ value: marge.id }]),
    replace('members', [{ value: marge.id }]),
    remove(`members[value eq "${homer.id}"]`),
    remove('members', [{ value: homer.id }]),
    replace('displayName', 'Family'),
    add('displayName', 'Family'),
  ]
  for (const operation of idle) {
    const { status, body } = await client.patch(at, operation)
    t.same([status, body], [200, group], JSON.stringify(operation))
  }
  const user = await client.patch(
    `/Users/${marge.id}`,
    replace('active', true),
    add('title', 'x'),
    remove('title'),
  )
  t.equal(user.body.meta.lastModified, marge.meta.lastModified, 'two opposite changes')
  await client.get(at)
  t.equal((await client.get(at)).body.meta.lastModified, group.meta.lastModified, 'reads keep lastModified')
})

t.test('R-180 a changed membership changes lastModified of the group', async t => {
  const { client, at, group, homer, advance } = await family(t)
  const added = (await client.patch(at, add('members', [{ value: homer.id }]))).body.meta
  await advance(120_000)
  const removed = (await client.patch(at, remove(`members[value eq "${homer.id}"]`))).body.meta
  t.ok(added.lastModified > group.meta.lastModified)
  t.ok(removed.lastModified > added.lastModified)
  t.equal(removed.created, group.meta.created)
})

t.test('R-183 R-184 R-187 R-189 members are added and removed by each form of operation', async t => {
  const { client, at, marge, homer } = await family(t)
  const steps = [
    [add('members', { value: homer.id }), [homer.id, marge.id]],
    [remove('members', [{ value: marge.id }]), [homer.id]],
    [replace('members', [{ value: marge.id }]), [marge.id]],
    [{ op: 'add', value: { members: [{ value: homer.id }] } }, [homer.id, marge.id]],
    [remove(`members[value eq "${homer.id}"]`), [marge.id]],
    [remove('members'), []],
  ] as const
  for (const [operation, expected] of steps) {
    const { status, body } = await client.patch(at, operation)
    t.same([status, ids(body.members)], [200, [...expected].sort()], JSON.stringify(operation))
  }
  t.notOk('members' in (await client.get(at)).body, 'a group without members has no attribute `members`')
})

t.test('R-194 one PATCH may have hundreds of operations', async t => {
  const { client, marge } = await family(t)
  const operations = Array.from({ length: 500 }, (_, at) => replace('title', `title ${at}`))
  const { status, body } = await client.patch(`/Users/${marge.id}`, ...operations)
  t.same([status, body.title], [200, 'title 499'])
})

type Attribute = {
  readonly name: string
  readonly type: 'string' | 'boolean' | 'reference' | 'binary' | 'complex'
  readonly multiValued: boolean
  readonly required: boolean
  readonly mutability: string
  readonly canonicalValues?: readonly string[]
  readonly referenceTypes?: readonly string[]
  readonly subAttributes?: readonly Attribute[]
}

const isClients = ({ mutability }: Attribute) => mutability !== 'readOnly'

/** The value of a client that relies only on /Schemas. */
async function sample(client: ScimClient, attribute: Attribute): Promise<unknown> {
  const value = await oneSample(client, attribute)
  return attribute.multiValued ? [value] : value
}

async function oneSample(client: ScimClient, attribute: Attribute): Promise<unknown> {
  const { type, canonicalValues, referenceTypes = [], subAttributes = [] } = attribute
  switch (type) {
    case 'boolean':
      return true
    case 'binary':
      return Buffer.from(randomUUID()).toString('base64')
    case 'reference':
      return referenceTypes.includes('User')
        ? (await client.create('Users', aUser(randomUUID()))).meta.location
        : `https://${randomUUID()}.example`
    case 'complex':
      return pointing(await filled(client, subAttributes.filter(isClients)))
    default:
      return canonicalValues?.[0] ?? randomUUID()
  }
}

async function filled(client: ScimClient, attributes: readonly Attribute[]) {
  const values: Record<string, unknown> = {}
  for (const attribute of attributes) values[attribute.name] = await sample(client, attribute)
  return values
}

/** For attributes with a `$ref`, the value is the id at its end. */
const pointing = (values: Readonly<Record<string, unknown>>) =>
  typeof values.$ref === 'string' ? { ...values, value: values.$ref.split('/').at(-1) } : values

for (const [urn, endpoint, body] of [
  [userUrn, 'Users', () => aUser(randomUUID())],
  [enterpriseUrn, 'Users', () => aUser(randomUUID())],
  [groupUrn, 'Groups', () => aGroup('Family')],
] as const)
  t.test(
    `R-152 R-170 R-179 R-183 R-190 writable attributes of ${urn} are added, replaced and removed as sent`,
    async t => {
      const { client } = await buildTestApp(t, 'rfc')
      const { attributes } = (await client.get(`/Schemas/${urn}`)).body as {
        attributes: readonly Attribute[]
      }
      for (const attribute of attributes.filter(isClients)) {
        const { name, required, mutability } = attribute
        const path = `${urn}:${name}`
        const { id } = await client.create(endpoint, body())
        const after = async (op: string, value?: unknown) => {
          const { status, body } = await client.patch(`/${endpoint}/${id}`, { op, path, value })
          t.equal(status, 200, `${op} ${name}: ${body.detail}`)
          t.same((await client.get(`/${endpoint}/${id}`)).body, body, 'the change is stored')
          return (urn === enterpriseUrn ? body[urn] : body)?.[name]
        }
        const shown = (value: unknown) => (mutability === 'writeOnly' ? undefined : value)
        for (const op of ['add', 'replace']) {
          const value = await sample(client, attribute)
          if (op === 'add' && attribute.multiValued) await after('remove')
          t.match(await after(op, value), shown(value), `${op} ${name}`)
        }
        if (!required) t.equal(await after('remove'), undefined, `remove ${name}`)
      }
    },
  )
