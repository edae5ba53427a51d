import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import type { Tenant } from '../../src/domain/tenants/tenant.ts'
import type { ProfileName } from '../../src/profiles/names.ts'
import { type OperationName, type Profile, toInstant, toWholeSecond } from '../../src/profiles/profile.ts'
import { loadProfile } from '../../src/profiles/registry.ts'
import { attribute } from '../../src/scim/attribute.ts'
import { groupType, userType } from '../../src/scim/core-schemas.ts'
import { prepareResource } from '../../src/scim/document.ts'
import type { Json, JsonObject } from '../../src/scim/json.ts'
import { includesMeta, includesRelation, project, readProjection } from '../../src/scim/projection.ts'
import {
  entityTag,
  type RelatedResource,
  type StoredResource,
  toResourceId,
} from '../../src/scim/resource.ts'
import { type ResourceType, resourceType } from '../../src/scim/resource-types.ts'
import { createTextFinder } from '../../src/scim/text-finder.ts'
import type { Call } from '../../src/scim-api/provider/call.ts'
import {
  fillReferences,
  referencedIds,
  referencesOf,
  relatedElement,
} from '../../src/scim-api/provider/references.ts'
import { connect } from '../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../src/storage/sqlite/resources.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { assertProperty } from '../support/property.ts'
import { createProviderOver } from '../support/provider.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const teamUrn = 'urn:example:scim:schemas:extension:Team'
const base = 'https://scim.example/acme/scim/v2'

const reference = (name: string, multiValued: boolean) =>
  attribute(name, 'A colleague.', {
    type: 'complex',
    multiValued,
    subAttributes: [
      attribute('note', 'Any text.'),
      attribute('value', 'The ID of the colleague.', { refersTo: ['User'] }),
      attribute('display', 'The name of the colleague.', { derived: 'display' }),
      attribute('type', 'The type of the colleague.', { derived: 'type' }),
    ],
  })

/** Users with references at other places, and with an attribute whose name is also that of a reference. */
const teamType = (another: boolean): ResourceType =>
  resourceType({
    ...userType,
    extensions: [
      ...userType.extensions,
      {
        required: false,
        schema: {
          id: teamUrn,
          name: 'Team',
          description: 'Team',
          attributes: [
            reference('buddy', false),
            reference('peers', true),
            attribute('motto', 'What is returned on request.', { returned: another ? 'request' : 'default' }),
            ...(another ? [attribute('manager', 'Any text.')] : []),
          ],
        },
      },
    ],
  })

const one = <Value>(...values: readonly Value[]) => fc.constantFrom(...values)

const userIds = ['a', 'b', 'c', 'd'] as const
const groupIds = ['g', 'h', 'i'] as const
const text = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
  one('"manager":{"value":"a"}', '\\"manager":', '"}', '\ud800', 'é\u2028\u0001', '"schemas":['),
)
const id = one(...userIds, ...groupIds, 'nobody', 'a"}', 'x\\', 'é')
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const colleague = fc.record({ note: optional(text), value: optional(id) })

const user = fc.record({
  userName: text,
  externalId: optional(text),
  displayName: optional(text),
  active: optional(fc.boolean()),
  emails: optional(fc.array(fc.record({ value: text, primary: fc.boolean() }), { maxLength: 2 })),
  [enterprise]: optional(
    fc.record({ department: optional(text), manager: optional(fc.record({ value: id })) }),
  ),
  [teamUrn]: optional(
    fc.record({
      buddy: optional(colleague),
      peers: optional(fc.array(colleague, { maxLength: 2 })),
      motto: optional(text),
      manager: optional(text),
    }),
  ),
})
const directory = fc.record({
  users: fc.tuple(user, user, user, user),
  groups: fc.tuple(...groupIds.map(() => fc.record({ displayName: text, members: fc.uniqueArray(id) }))),
})
const names = one(
  ...['userName', 'groups', 'groups.display', 'members', 'members.value', 'members.$ref', 'meta', 'shoeSize'],
  ...['manager', `${enterprise}:manager.displayName`, enterprise, `${teamUrn}:motto`, 'displayName', 'id'],
)
const projection = fc.record({
  kind: one('none', 'none', 'attributes', 'excludedAttributes'),
  names: fc.array(names, { minLength: 1, maxLength: 3 }),
})
/** By name, so that a counterexample is short. */
const types = {
  user: userType,
  team: teamType(false),
  'team with another manager': teamType(true),
  group: groupType,
} as const

const setting = fc.record({
  profile: one<ProfileName>('rfc', 'entra', 'aws'),
  switches: fc.record({ references: one('absolute', 'relative'), nestedGroups: one('show', 'hide') }),
  operation: one<OperationName>('read', 'list', 'patch'),
  type: one<keyof typeof types>('user', 'team', 'team with another manager', 'group'),
  projection,
})

const tenantOfProfile = (profile: Profile): Tenant => ({
  key: 1,
  id: 'acme',
  profile,
  settings: { profile: profile.name, onDelete: 'retain', throttle: 'off', switches: {} },
  declared: { schemas: [], resourceTypes: [] },
  clockOffset: 0,
  created: 0,
})

function openStore() {
  const db = openSqlite(undefined)
  migrate(db)
  const connections = connect(db)
  const writer = createWriter(db)
  const close = async () => {
    await writer.close()
    await connections.close()
  }
  return { store: createResourceStore(connections, writer), close }
}

type Store = ReturnType<typeof openStore>['store']
type Directory = typeof directory extends fc.Arbitrary<infer Value> ? Value : never

async function fill(store: Store, type: ResourceType, { users, groups }: Directory) {
  const none = { types: ['User', 'Group'], unknown: 'keep' } as const
  const insert = async (type: ResourceType, id: string, resource: JsonObject, members: readonly string[]) => {
    const { id: _id, ...others } = resource
    const next = prepareResource(type, toResourceId(id), JSON.parse(JSON.stringify(others)))
    await store.insert(
      { tenant: 1, type: type.name, id: toResourceId(id) },
      { now: 1_000_000_000_000 },
      { next, memberships: [{ kind: 'add', members }], members: none },
      100,
    )
  }
  for (const [at, one] of users.entries()) {
    const userName = `${one.userName} ${at}`
    await insert(type, userIds[at] ?? '', { ...one, userName } as unknown as JsonObject, [])
  }
  for (const [at, { displayName, members }] of groups.entries()) {
    const id = groupIds[at] ?? ''
    await insert(
      groupType,
      id,
      { displayName },
      members.filter(member => member !== id),
    )
  }
}

/** The representation of a parsed document, as RFC 7644 describes it. */
async function expected(
  store: Store,
  { type, tenant, operation }: Call,
  stored: StoredResource,
  projection: ReturnType<typeof readProjection>,
) {
  const { profile } = tenant
  const { responses, features } = profile
  const root = responses.references === 'relative' ? '..' : base
  const { id, externalId, schemas, ...others }: JsonObject = JSON.parse(stored.document)
  const ids = referencesOf(type).flatMap(reference => referencedIds(JSON.parse(stored.document), reference))
  const fills = referencesOf(type).some(({ derived }) => derived.length > 0)
  const named = new Map<string, RelatedResource>()
  for (const id of fills ? ids : []) {
    for (const found of (await store.relatedById(1, [id])).values()) named.set(id, found)
  }
  const shown: Record<string, Json> = {}
  const tagged: (readonly RelatedResource[])[] = []
  for (const attribute of type.attributes) {
    const { relation, name } = attribute
    if (!relation) continue
    const isShown = includesRelation(projection, type, relation)
    const how = responses.relation(relation, operation)
    if (how === 'empty' && isShown) shown[name] = []
    if (how !== 'rows') continue
    const reach = responses.nestedGroups ? 'nested' : 'direct'
    const list = (await store.related(1, relation, [stored.key], reach)).get(stored.key) ?? []
    if (relation === 'groups' || isShown) tagged.push(list)
    if (isShown && list.length > 0) {
      shown[name] = list.map(other => relatedElement(attribute, other, profile.schema.resourceTypes, root))
    }
  }
  const lists = operation !== 'list' || includesMeta(projection, type) ? tagged : []
  const hashed = [...lists, (fills ? ids : []).map(id => named.get(id) ?? { id })]
  const digest = createHash('sha256').update(JSON.stringify(hashed)).digest('base64url').slice(0, 8)
  const tag = entityTag(stored, hashed.some(({ length }) => length > 0) ? digest : undefined)
  const whole: JsonObject = {
    id: id ?? null,
    ...(externalId !== undefined && { externalId }),
    meta: JSON.parse(responses.meta(stored, type, base, features.etag ? tag : undefined)),
    schemas: schemas ?? null,
    ...others,
    ...shown,
  }
  const filled = fillReferences(type, whole, named, profile.schema.resourceTypes, root)
  const text = JSON.stringify(project(type, filled, projection))
  return features.etag ? { text, tag } : { text }
}

t.test('a representation is the octets of the parsed, completed and projected document', async t => {
  let whole = 0
  await assertProperty(
    fc.asyncProperty(directory, setting, async (directory, { operation, ...setting }) => {
      const type = types[setting.type]
      const { store, close } = openStore()
      try {
        const userAs = type === groupType ? userType : type
        await fill(store, userAs, directory)
        const loaded = loadProfile(setting.profile, setting.profile === 'aws' ? {} : setting.switches)
        const profile: Profile = {
          ...loaded,
          schema: { ...loaded.schema, resourceTypes: [userAs, groupType] },
        }
        const call: Call = {
          tenant: tenantOfProfile(profile),
          type,
          operation,
          now: 1_000_000_000_000,
          exchange: 'x',
        }
        const { kind, names } = setting.projection
        const named = names.join()
        const projection =
          kind === 'none'
            ? undefined
            : readProjection(
                type,
                kind === 'attributes' ? named : undefined,
                kind === 'attributes' ? undefined : named,
              )
        if (projection === undefined) whole++
        const { page } = await store.list(1, {
          typeQueries: [{ type: type.name }],
          slice: { by: 'index', offset: 0, count: 10 },
          total: false,
        })
        const provider = createProviderOver(store)
        const wanted = []
        for (const stored of page) wanted.push(await expected(store, call, stored, projection))
        assert.deepStrictEqual(await provider.represent(call, page, { base, projection }), wanted)
        const alone = []
        for (const stored of page) alone.push(await provider.representOne(call, stored, { base, projection }))
        assert.deepStrictEqual(alone, wanted, 'each on its own')
      } finally {
        await close()
      }
    }),
    { numRuns: 100 },
  )
  t.ok(whole > 30)
})

t.test('so is that of a group whose members are read and written in portions', async t => {
  const { store, close } = openStore()
  t.teardown(close)
  const members = Array.from({ length: 2_500 }, (_, at) => `m${at}`)
  await fill(store, userType, {
    users: [{ userName: 'a' }, { userName: 'b' }, { userName: 'c' }, { userName: 'd' }],
    groups: [
      { displayName: 'G', members: ['a', ...members, 'h'] },
      { displayName: 'H', members: members.slice(0, 999) },
      { displayName: 'I', members: members.slice(0, 1_000) },
    ],
  } as unknown as Directory)
  const call: Call = {
    tenant: tenantOfProfile(loadProfile('rfc')),
    type: groupType,
    operation: 'read',
    now: 1,
    exchange: 'x',
  }
  const { page } = await store.list(1, {
    typeQueries: [{ type: 'Group' }],
    slice: { by: 'index', offset: 0, count: 10 },
    total: false,
  })
  for (const names of [undefined, 'members.value', 'members']) {
    const projection = readProjection(groupType, names, undefined)
    const provider = createProviderOver(store)
    const represented = await provider.represent(call, page, { base, projection })
    for (const [at, stored] of page.entries()) {
      const wanted = await expected(store, call, stored, projection)
      t.strictSame(represented[at], wanted, `${names} ${stored.id}`)
      const alone = await provider.representOne(call, stored, { base, projection })
      t.strictSame(alone, wanted, `${names} ${stored.id} on its own`)
    }
  }
})

t.test('instants are written as Date writes them', async () => {
  const at = fc.integer({ min: -8.64e15, max: 8.64e15 })
  const inOneDay = fc.integer({ min: 1_790_000_000_000, max: 1_790_086_400_000 })
  assertProperty(
    fc.property(fc.array(fc.oneof(at, inOneDay)), instants => {
      const expected = instants.map(one => new Date(one).toISOString())
      assert.deepEqual(instants.map(toInstant), expected)
      assert.deepEqual(
        instants.map(toWholeSecond),
        expected.map(text => text.replace(/\.\d{3}Z$/, 'Z')),
      )
    }),
  )
})

t.test('a text is found where String.includes finds it', async () => {
  const unit = fc.constantFrom('a', 'e', 'y', 'J', '"', ':', '-', '0', 'é', '😀')
  const text = (maxLength: number) => fc.string({ unit, maxLength })
  assertProperty(
    fc.property(text(40), fc.array(text(12)), (searched, texts) => {
      const isIn = createTextFinder(searched)
      const all = [...texts, ...texts.map(before => before + searched), searched.slice(1)]
      assert.deepEqual(
        all.map(isIn),
        all.map(one => one.includes(searched)),
      )
    }),
  )
})
