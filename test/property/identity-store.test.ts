import assert from 'node:assert/strict'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { ApiError } from '../../src/aws-api/api-error.ts'
import type { HistoryEntry } from '../../src/domain/ports/directory.ts'
import { ScimError } from '../../src/scim/error.ts'
import type { JsonObject } from '../../src/scim/json.ts'
import { toResourceId } from '../../src/scim/resource.ts'
import { type Apis, accessKey, type IdentityStoreParts, openApis } from '../support/identity-store.ts'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { openPostgresLater } from '../support/postgres-store.ts'
import { assertProperty } from '../support/property.ts'
import { openSqliteStore } from '../support/sqlite-store.ts'

/** One of those that were created, or one that does not exist. */
const which = fc.nat(6)
const userName = fc.constantFrom('marge', 'Marge', 'homer', 'lisa', 'bart', 'maggie')
const groupName = fc.constantFrom('Staff', 'STAFF', 'Others', 'Family')
const title = fc.option(fc.constantFrom('Boss', 'Clerk'))
const text = fc.option(fc.constantFrom('a', 'b'))

const request = fc.oneof(
  fc.record({
    do: fc.constant('create user' as const),
    by: fc.constantFrom('scim', 'api'),
    userName,
    title,
    text,
  }),
  fc.record({
    do: fc.constant('create group' as const),
    by: fc.constantFrom('scim', 'api'),
    groupName,
    text,
  }),
  fc.record({
    do: fc.constant('change user' as const),
    by: fc.constantFrom('scim', 'put', 'api'),
    which,
    userName,
    title,
    text,
  }),
  fc.record({
    do: fc.constant('change group' as const),
    by: fc.constantFrom('scim', 'api'),
    which,
    groupName,
    text,
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      by: fc.constantFrom('scim', 'api'),
      which,
      member: which,
    }),
  },
  fc.record({ do: fc.constant('leave' as const), by: fc.constantFrom('scim', 'api'), which, member: which }),
  fc.record({ do: fc.constant('delete user' as const), by: fc.constantFrom('scim', 'api'), which }),
  fc.record({ do: fc.constant('delete group' as const), by: fc.constantFrom('scim', 'api'), which }),
)
type Request = typeof request extends fc.Arbitrary<infer Value> ? Value : never

/** There is something to change from the start. */
const beginning: readonly Request[] = [
  { do: 'create user', by: 'scim', userName: 'marge', title: null, text: 'a' },
  { do: 'create user', by: 'api', userName: 'homer', title: 'Clerk', text: 'a' },
  { do: 'create group', by: 'scim', groupName: 'Staff', text: null },
  { do: 'create group', by: 'api', groupName: 'Others', text: 'b' },
]

const nobody = '94482488-3041-7026-18f3-be45837cd0e4'
const choose = (ids: readonly string[], which: number): string =>
  which === 6 ? nobody : (ids[which % ids.length] ?? nobody)

/** Sends requests through both APIs, and keeps the ids of what they created. */
function createClients(apis: Apis) {
  const { api, provider, scimCall } = apis
  const users: string[] = []
  const groups: string[] = []
  const name = { givenName: 'A', familyName: 'B' }
  const patch = (type: 'User' | 'Group', id: string, ...operations: readonly JsonObject[]) =>
    provider.patch(scimCall(type, 'patch'), toResourceId(id), { Operations: operations })
  const memberOf = (GroupId: string, UserId: string) => ({ GroupId, MemberId: { UserId } })

  const send = async (request: Request): Promise<unknown> => {
    const viaScim = request.by !== 'api'
    const user = 'which' in request ? choose(users, request.which) : nobody
    const group = 'which' in request ? choose(groups, request.which) : nobody
    const member = 'member' in request ? choose(users, request.member) : nobody
    switch (request.do) {
      case 'create user': {
        const { userName, title, text } = request
        const created = viaScim
          ? (
              await provider.create(scimCall('User', 'create'), {
                userName,
                name,
                displayName: 'X',
                title,
                externalId: text,
              })
            ).id
          : (
              await api('CreateUser', {
                UserName: userName,
                Name: { GivenName: 'A', FamilyName: 'B' },
                DisplayName: 'X',
                Title: title,
                Website: text,
              })
            ).UserId
        return void users.push(String(created))
      }
      case 'create group': {
        const { groupName, text } = request
        const created = viaScim
          ? (await provider.create(scimCall('Group', 'create'), { displayName: groupName, externalId: text }))
              .id
          : (await api('CreateGroup', { DisplayName: groupName, Description: text })).GroupId
        return void groups.push(String(created))
      }
      case 'change user': {
        const { by, userName, title, text } = request
        if (by === 'put') {
          const body = { id: user, userName, name, displayName: 'Y', active: text === 'a', title }
          return provider.replace(scimCall('User', 'replace'), toResourceId(user), body)
        }
        if (viaScim) {
          return patch(
            'User',
            user,
            { op: 'replace', path: 'userName', value: userName },
            { op: 'add', path: 'active', value: text === 'a' },
          )
        }
        const operations = { userName, title, website: text }
        return api('UpdateUser', {
          UserId: user,
          Operations: Object.entries(operations).map(([AttributePath, AttributeValue]) => ({
            AttributePath,
            AttributeValue,
          })),
        })
      }
      case 'change group': {
        const { groupName, text } = request
        if (viaScim) return patch('Group', group, { op: 'replace', path: 'displayName', value: groupName })
        return api('UpdateGroup', {
          GroupId: group,
          Operations: [
            { AttributePath: 'displayName', AttributeValue: groupName },
            { AttributePath: 'description', AttributeValue: text },
          ],
        })
      }
      case 'join':
        if (viaScim) return patch('Group', group, { op: 'add', path: 'members', value: [{ value: member }] })
        return api('CreateGroupMembership', memberOf(group, member))
      case 'leave':
        if (viaScim)
          return patch('Group', group, { op: 'remove', path: 'members', value: [{ value: member }] })
        return api('DeleteGroupMembership', {
          MembershipId: (await api('GetGroupMembershipId', memberOf(group, member))).MembershipId ?? '',
        })
      case 'delete user':
        if (viaScim) return provider.remove(scimCall('User', 'delete'), toResourceId(user))
        return api('DeleteUser', { UserId: user })
      case 'delete group':
        if (viaScim) return provider.remove(scimCall('Group', 'delete'), toResourceId(group))
        return api('DeleteGroup', { GroupId: group })
    }
  }

  /** "ok", or why the request was rejected. */
  const outcomeOf = (request: Request): Promise<string> =>
    send(request).then(
      () => 'ok',
      (error: unknown) => {
        if (error instanceof ApiError) return error.message
        if (error instanceof ScimError) return error.reason
        throw error
      },
    )
  return { outcomeOf, users, groups }
}

/** A user or group, without what only one of the views has. */
type Seen = {
  readonly id: string
  readonly name: unknown
  readonly displayName: unknown
  readonly title: unknown
  readonly externalId: unknown
  readonly isEnabled: boolean
  readonly members: readonly string[]
  readonly created: number
  readonly changed: number
}

/** Every page of a list. */
async function allOf(
  { api }: Apis,
  operation: string,
  member: string,
  input: JsonObject = {},
): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = []
  for (let NextToken: JsonObject[string] | undefined = null; NextToken !== undefined; ) {
    const page: JsonObject = await api(operation, { ...input, MaxResults: 2, NextToken })
    found.push(...(page[member] as readonly JsonObject[]))
    NextToken = page.NextToken
  }
  return found
}

const seconds = (at: number) => at / 1000

/** What this API shows, as `Seen`, and its records. */
async function seenByApi(apis: Apis) {
  const users = await allOf(apis, 'ListUsers', 'Users')
  const groups = await allOf(apis, 'ListGroups', 'Groups')
  const memberships = new Map<string, readonly JsonObject[]>()
  for (const { GroupId } of groups) {
    const id = String(GroupId)
    memberships.set(id, await allOf(apis, 'ListGroupMemberships', 'GroupMemberships', { GroupId: id }))
  }
  const membersOf = (id: string) =>
    (memberships.get(id) ?? []).map(({ MemberId }) => String((MemberId as JsonObject).UserId))
  const toSeen = (record: JsonObject): Seen => {
    const id = String(record.UserId ?? record.GroupId)
    const [external] = (record.ExternalIds ?? []) as readonly JsonObject[]
    return {
      id,
      name: record.UserName ?? record.DisplayName,
      displayName: record.DisplayName,
      title: record.Title,
      externalId: external?.Id,
      isEnabled: record.UserStatus !== 'DISABLED',
      members: membersOf(id),
      created: Number(record.CreatedAt),
      changed: Number(record.UpdatedAt),
    }
  }
  return { seen: [...users, ...groups].map(toSeen), records: [...users, ...groups], memberships }
}

/** What SCIM shows. AWS returns no members, so those are read from the store. */
async function seenByScim(apis: Apis, { store }: IdentityStoreParts): Promise<readonly Seen[]> {
  const { provider, scimCall } = apis
  const seen: Seen[] = []
  for (const type of ['User', 'Group'] as const) {
    const { page } = await store.list(apis.tenant.key, {
      typeQueries: [{ type }],
      slice: { by: 'index', offset: 0, count: 100 },
      total: false,
    })
    const texts = await provider.represent(scimCall(type, 'read'), page, {
      base: 'https://x',
      projection: undefined,
    })
    for (const [at, stored] of page.entries()) {
      const text = texts[at]?.text ?? ''
      assert.doesNotMatch(text, /website|description|urn:scimulator/)
      const { id, userName, displayName, title, externalId, active } = JSON.parse(text)
      const members = await store.related(apis.tenant.key, 'members', [stored.key])
      seen.push({
        id,
        name: userName ?? displayName,
        displayName,
        title,
        externalId,
        isEnabled: active !== false,
        members: members.get(stored.key)?.map(({ id }) => id) ?? [],
        created: seconds(stored.created),
        changed: seconds(stored.lastModified),
      })
    }
  }
  return seen
}

/** The document and the members that result from a history, oldest first. */
function replay(id: string, entries: readonly HistoryEntry[]) {
  let document: string | undefined
  const members = new Set<string>()
  let versions = 0
  for (const entry of entries) {
    if (entry.kind === 'version') {
      assert.equal(entry.version, ++versions)
      assert.equal(entry.before, document)
      document = entry.document
    } else if (entry.group.id === id) {
      if (entry.event === 'added') members.add(entry.member.id)
      else members.delete(entry.member.id)
    }
  }
  return { document, members: [...members] }
}

/** Compares what the API shows with the history, and its authors with the causes there. */
async function checkHistory(apis: Apis, parts: IdentityStoreParts): Promise<void> {
  const { records, seen, memberships } = await seenByApi(apis)
  const authorOf = (entry: HistoryEntry | undefined) => {
    assert.ok(
      entry?.via === undefined || (entry.via.api === 'identity-store' && entry.via.accessKey === accessKey),
    )
    return entry?.via ? apis.account : 'SCIM'
  }
  for (const [at, record] of records.entries()) {
    const { id, members } = seen[at] as Seen
    const type = record.UserId === undefined ? 'Group' : 'User'
    const stored = await parts.store.find({ tenant: apis.tenant.key, type, id: toResourceId(id) })
    const page = await parts.directory.history(apis.tenant.key, type, id, { limit: 500 })
    const entries = (page?.items ?? []).toReversed()
    assert.deepEqual(replay(id, entries), { document: stored?.document, members })
    const versions = entries.filter(({ kind }) => kind === 'version')
    assert.deepEqual([record.CreatedBy, record.UpdatedBy], [authorOf(versions[0]), authorOf(versions.at(-1))])
    for (const membership of memberships.get(id) ?? []) {
      const { UserId } = membership.MemberId as JsonObject
      const joined = entries.findLast(entry => entry.kind === 'membership' && entry.member.id === UserId)
      assert.deepEqual(
        [membership.CreatedAt, membership.CreatedBy],
        [joined && seconds(joined.at), authorOf(joined)],
      )
      assert.deepEqual(
        await apis.api('DescribeGroupMembership', { MembershipId: membership.MembershipId ?? '' }),
        membership,
      )
    }
  }
}

type Engine = IdentityStoreParts & { readonly clear: (tenant: number) => Promise<unknown> }

/** Runs requests on an empty directory. Returns what must be the same on every engine. */
async function runOn(parts: Engine, requests: readonly Request[]) {
  await parts.clear(1)
  const apis = openApis(parts)
  const { outcomeOf, users, groups } = createClients(apis)
  const outcomes: string[] = []
  for (const request of [...beginning, ...requests]) outcomes.push(await outcomeOf(request))
  const { seen } = await seenByApi(apis)
  assert.deepEqual(seen, await seenByScim(apis, parts))
  await checkHistory(apis, parts)
  const ids = [...users, ...groups]
  const toPlace = (id: string) => ids.indexOf(id)
  return {
    outcomes,
    seen: seen.map(({ id, members, ...one }) => ({ ...one, id: toPlace(id), members: members.map(toPlace) })),
  }
}

const requests = fc.array(request, { minLength: 1, maxLength: 24, size: 'max' })

t.test('both APIs show the same directory, which is that of the history replayed', async t => {
  const engine = openSqliteStore(t)
  await assertProperty(fc.asyncProperty(requests, async requests => void (await runOn(engine, requests))))
})

t.test(
  'and so they do on PostgreSQL, with the same responses',
  { skip: skipWithoutPostgres },
  async (t: Test) => {
    const [sqlite, postgres] = [openSqliteStore(t), openPostgresLater(t)]
    const compare = async (requests: readonly Request[]) =>
      assert.deepEqual(await runOn(postgres, requests), await runOn(sqlite, requests))
    await assertProperty(fc.asyncProperty(requests, compare), { numRuns: 15 })
  },
)
