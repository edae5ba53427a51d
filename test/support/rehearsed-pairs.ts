import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { AccessOutcome, RehearsedClient } from '../../src/domain/contract/rehearsal.ts'
import { createClient, readSource } from '../../src/insight/rehearsal/clients.ts'
import type { DirectoryReads, State } from '../../src/insight/rehearsal/played.ts'
import { type Found, playSetup } from '../../src/insight/rehearsal/setup.ts'
import { readNameId } from '../../src/insight/rehearsal/source.ts'
import { loadProfile } from '../../src/profiles/registry.ts'
import { createClockFrom } from '../../src/provisioning/kit/client.ts'
import { httpTarget } from '../../src/provisioning/kit/http-target.ts'
import type { JsonObject } from '../../src/scim/json.ts'
import { type ApiClient, createApiClient } from '../../src/server/cli/session.ts'
import { fittingSwitches } from '../../src/traffic/aws-directory/evidence.ts'
import { readAwsExport } from '../../src/traffic/aws-directory/read.ts'
import { awsExport, type ExportedDirectory, exportFiles, tarOf } from './aws-export.ts'

/** An AWS directory, the identity provider's, which was derived from it, and what is played. */
export type Pair = {
  readonly aws: ExportedDirectory
  readonly source: JsonObject
  readonly client: RehearsedClient
  readonly switches: Readonly<Record<string, string>>
  /** Whether the import sets the switches under which the profile accepts what AWS has. */
  readonly isFitted: boolean
}

type Size = { readonly people: number; readonly groups: number }

const nicks = ['marge', 'bart', 'lisa', 'ned', "o'hara", 'Krusty', 'käthe', 'moe+bar', 'apu', 'edna']
const nickOf = (at: number) => `${nicks[at % nicks.length]}${at < nicks.length ? '' : at}`
const home = (nick: string) => `${nick}@springfield.example`
const groupEmail = (at: number) => `group-${at}@springfield.example`

const personSpec = fc.record({
  userName: fc.constantFrom('address', 'address', 'address', 'capital', 'bare'),
  externalId: fc.constantFrom('none', 'former', 'nickname', 'same'),
  email: fc.constantFrom('own', 'own', 'own', 'untyped', 'none', 'of the next'),
  isActive: fc.boolean(),
  isAssigned: fc.constantFrom(true, true, true, false),
  edit: fc.constantFrom(
    'none',
    'none',
    'renamed',
    'other case',
    'dropped',
    'disabled',
    'no mail',
    'mail of the next',
    'deleted',
  ),
})

const groupSpec = (people: number) => {
  const some = fc.uniqueArray(fc.nat(people - 1), { maxLength: people })
  return fc.record({
    // ssosync names groups by address with the method users_groups. A twin differs from the group before in letter case.
    name: fc.constantFrom('own', 'own', 'own', 'address', 'twin'),
    externalId: fc.constantFrom('none', 'former', 'same'),
    edit: fc.constantFrom('none', 'none', 'renamed', 'other case', 'dropped'),
    members: some,
    later: fc.constantFrom('same', 'same', 'more', 'fewer', 'none'),
    accounts: fc.nat(2),
  })
}

const ignored = {
  ignoreUsers: fc.constant<string[]>([home(nickOf(0)), home(nickOf(1))]),
  ignoreGroups: fc.constant<string[]>([groupEmail(0)]),
}

const client: fc.Arbitrary<RehearsedClient> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record(
      {
        name: fc.constant('entra' as const),
        mapping: fc.constantFrom('aws', 'non-gallery'),
        scope: fc.constantFrom('assigned' as const, 'all' as const),
        disabledUnlinked: fc.constantFrom('skip' as const, 'disable' as const),
        skipOutOfScopeDeletions: fc.boolean(),
        linked: fc.boolean(),
      },
      { requiredKeys: ['name'] },
    ),
  },
  fc.record(
    {
      name: fc.constant('okta' as const),
      app: fc.constantFrom('catalog' as const, 'wizard' as const),
      importFirst: fc.boolean(),
      groupLinking: fc.constantFrom('on' as const, 'off' as const),
      linked: fc.boolean(),
    },
    { requiredKeys: ['name'] },
  ),
  fc.record(
    {
      name: fc.constant('google' as const),
      update: fc.constantFrom('put' as const, 'patch' as const),
      deleteAfter: fc.constantFrom('within-24h' as const, '7d' as const, 'never' as const),
      linked: fc.boolean(),
    },
    { requiredKeys: ['name'] },
  ),
  {
    weight: 2,
    arbitrary: fc.record(
      {
        name: fc.constant('ssosync' as const),
        version: fc.constantFrom('2.4', '2.6', '2.7', '2.8'),
        method: fc.constantFrom('groups' as const, 'users_groups' as const),
        ...ignored,
      },
      { requiredKeys: ['name', 'version'] },
    ),
  },
  fc.record(
    { name: fc.constant('ssosync' as const), retain: fc.constant(true), ...ignored },
    { requiredKeys: ['name', 'retain'] },
  ),
  fc.constant<RehearsedClient>({ name: 'idp-scim-sync' }),
)

/** Not `letterCase`: stored keys stay as they are when it changes. Fitted imports have both of its values. */
const switches = fc.record(
  {
    untypedEmail: fc.constantFrom('reject', 'replace'),
    unknownMembers: fc.constantFrom('refuse', 'keep'),
    assignmentsOfDeleted: fc.constantFrom('keep', 'delete'),
  },
  { requiredKeys: [] },
)

type PersonSpec = typeof personSpec extends fc.Arbitrary<infer Value> ? Value : never
type GroupSpec = ReturnType<typeof groupSpec> extends fc.Arbitrary<infer Value> ? Value : never

export const pairs = ({ people, groups }: Size): fc.Arbitrary<Pair> =>
  fc
    .record({
      people: fc.array(personSpec, { minLength: Math.min(3, people), maxLength: people }),
      groups: fc.array(groupSpec(people), { minLength: 1, maxLength: groups }),
      // A source without users is rejected.
      newcomers: fc.integer({ min: 1, max: 2 }),
      direct: fc.uniqueArray(fc.nat(people - 1), { maxLength: 3 }),
      hasOrphan: fc.boolean(),
      client,
      switches,
      isFitted: fc.boolean(),
    })
    .map(({ people, groups, newcomers, direct, hasOrphan, ...played }) => ({
      aws: awsOf(people, groups, direct, hasOrphan),
      source: sourceOf(people, groups, newcomers),
      ...played,
    }))

const userNameOf = ({ userName }: PersonSpec, nick: string) =>
  userName === 'bare' ? nick : userName === 'capital' ? home(nick.toUpperCase()) : home(nick)

const groupName = (at: number) =>
  ['Operators', 'Admins', 'AWSControlTowerAdmins', 'Crew & Co.'][at] ?? `Team ${at}`

const externalIdsOf = (nick: string) => ({ former: `00u-${nick}`, nickname: nick, same: `id-${nick}` })

function awsOf(
  people: readonly PersonSpec[],
  groups: readonly GroupSpec[],
  direct: readonly number[],
  hasOrphan: boolean,
): ExportedDirectory {
  const names = people.map((spec, at) => userNameOf(spec, nickOf(at)))
  const groupNames = groups.map(({ name }, at) => {
    if (name === 'twin' && at > 0) return swapCase(groupName(at - 1))
    return name === 'address' ? groupEmail(at) : groupName(at)
  })
  const emailsOf = (at: number): readonly JsonObject[] | undefined => {
    const own = { Value: home(nickOf(at)), Primary: true }
    switch (people[at]?.email) {
      case 'none':
        return undefined
      case 'untyped':
        return [own]
      case 'of the next':
        return [{ ...own, Value: home(nickOf(at + 1)), Type: 'work' }]
      default:
        return [{ ...own, Type: 'work' }]
    }
  }
  return {
    users: people.map(({ externalId, isActive }, at) => ({
      userName: names[at] ?? '',
      active: isActive,
      ...(externalId !== 'none' && { externalId: externalIdsOf(nickOf(at))[externalId] }),
      more: { Emails: emailsOf(at) },
    })),
    groups: groups.map(({ externalId }, at) => ({
      displayName: groupNames[at] ?? '',
      ...(externalId !== 'none' && { externalId: externalIdsOf(`group-${at}`)[externalId] }),
    })),
    members: Object.fromEntries(
      groups.map(({ members }, at) => [groupNames[at], members.flatMap(member => names[member] ?? [])]),
    ),
    assignments: [
      ...groups.flatMap(({ accounts }, at) =>
        Array.from({ length: accounts }, (_, nth) => ({
          to: groupNames[at] ?? '',
          account: `${nth + 1}`.repeat(12),
        })),
      ),
      ...direct.flatMap(at => (names[at] === undefined ? [] : [{ to: names[at], permissionSet: 'Billing' }])),
      ...(hasOrphan ? [{ to: '94482488-3041-7026-18f3-be45837cd0e4' }] : []),
    ],
  }
}

const swapCase = (text: string) => (text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase())

function sourceOf(
  people: readonly PersonSpec[],
  groups: readonly GroupSpec[],
  newcomers: number,
): JsonObject {
  const users = people.flatMap((spec, at): readonly JsonObject[] => {
    if (spec.edit === 'dropped') return []
    const nick = nickOf(at)
    const name = userNameOf(spec, nick)
    const userPrincipalName =
      spec.edit === 'renamed'
        ? `${nick}.simpson@corp.example`
        : spec.edit === 'other case'
          ? swapCase(name)
          : name
    const mail = spec.edit === 'mail of the next' ? home(nickOf(at + 1)) : home(nick)
    return [
      {
        ...{ id: `id-${nick}`, userPrincipalName, displayName: nick, givenName: nick, surname: 'Simpson' },
        ...{ mailNickname: nick, accountEnabled: spec.edit !== 'disabled' },
        ...(spec.edit !== 'no mail' && { mail }),
        ...(spec.edit === 'deleted' && { deletedDateTime: '2026-11-30T09:00:00Z' }),
      },
    ]
  })
  const more = Array.from({ length: newcomers }, (_, at) => {
    const nick = `newcomer${at}`
    const names = { userPrincipalName: home(nick), mail: home(nick), displayName: nick, mailNickname: nick }
    return { id: `id-${nick}`, ...names, givenName: nick, surname: 'Simpson', accountEnabled: true }
  })
  const known = new Set([...users, ...more].map(({ id }) => id))
  const unassigned = new Set(people.flatMap((spec, at) => (spec.isAssigned ? [] : [`id-${nickOf(at)}`])))
  const teams = groups.flatMap(({ edit, members, later }, at): readonly JsonObject[] => {
    if (edit === 'dropped') return []
    const name = groupName(at)
    const all = members.map(member => `id-${nickOf(member)}`)
    const changed = {
      ...{ same: all, none: [], fewer: all.slice(1) },
      more: [...new Set([...all, 'id-newcomer0', `id-${nickOf(0)}`])],
    }
    return [
      {
        id: `id-group-${at}`,
        mail: groupEmail(at),
        displayName: edit === 'renamed' ? `New ${name}` : edit === 'other case' ? swapCase(name) : name,
        members: changed[later].filter(id => known.has(id)),
      },
    ]
  })
  return {
    users: [...users, ...more],
    groups: teams,
    assignments: [...users, ...more, ...teams].flatMap(({ id }) =>
      id && !unassigned.has(String(id)) ? [id] : [],
    ),
  }
}

const now = Date.parse('2026-12-01T06:00:00Z')
const day = 24 * 60 * 60_000
const horizon = now + 60 * day

type Access = ReadonlySet<string>

/** What a directory has. IDs of what a client created are replaced by names. */
type Outcome = {
  readonly users: Readonly<Record<string, JsonObject>>
  readonly groups: Readonly<Record<string, JsonObject>>
  readonly members: Readonly<Record<string, readonly string[]>>
  readonly links: Readonly<Record<string, string>>
  readonly unsent: Readonly<Record<string, string>>
}

const sorted = <Value>(entries: Iterable<readonly [string, Value]>): Readonly<Record<string, Value>> =>
  Object.fromEntries([...entries].sort(([one], [other]) => (one < other ? -1 : 1)))

function outcomeOf(
  { users, groups, members }: State,
  before: State,
  links: ReadonlyMap<string, string>,
  unsent: Found['played']['unsent'],
): Outcome {
  const sources = new Map([...links].map(([source, id]) => [id, source]))
  const nameOf = (id: string) => {
    if (before.users.has(id) || before.groups.has(id)) return id
    const document: JsonObject = JSON.parse(users.get(id) ?? groups.get(id) ?? '{}')
    return `new ${sources.get(id) ?? document.userName ?? document.displayName}`
  }
  const documents = (texts: State['users']) =>
    sorted(
      [...texts].map(([id, text]) => {
        const { id: _, meta: __, ...document }: JsonObject = JSON.parse(text)
        return [nameOf(id), document]
      }),
    )
  return {
    users: documents(users),
    groups: documents(groups),
    members: sorted([...groups.keys()].map(id => [nameOf(id), members(id).map(nameOf).sort()])),
    links: sorted([...links].map(([source, id]) => [source, nameOf(id)])),
    unsent: sorted([...unsent].map(([source, { outcome }]) => [source, outcome])),
  }
}

const limit = 200

async function stateOf({ call }: ApiClient, tenant: string): Promise<State> {
  const documentsOf = async (noun: 'users' | 'groups') => {
    const { items } = await call(`GET /tenants/:tenant/${noun}`, { params: { tenant }, query: { limit } })
    const present = items.filter(({ status }) => status === 'active' || status === 'disabled')
    return new Map(
      await Promise.all(
        present.map(async ({ id }) => {
          const { document } = await call(`GET /tenants/:tenant/${noun}/:id`, { params: { tenant, id } })
          return [id, JSON.stringify(document)] as const
        }),
      ),
    )
  }
  const [users, groups] = [await documentsOf('users'), await documentsOf('groups')]
  const members = new Map<string, readonly string[]>()
  for (const id of groups.keys()) {
    const page = await call('GET /tenants/:tenant/groups/:id/members', {
      params: { tenant, id },
      query: { limit },
    })
    members.set(
      id,
      page.items.map(member => member.id),
    )
  }
  return { users, groups, members: group => members.get(group) ?? [] }
}

/** Users in the order of their creation, as SCIM lists them: the last of those with one address counts. */
function inOrderOf(before: State, { users, ...state }: State): State {
  const order = new Map([...before.users.keys()].map((id, at) => [id, at]))
  const placeOf = (id: string) => order.get(id) ?? order.size
  return { ...state, users: new Map([...users].sort(([one], [other]) => placeOf(one) - placeOf(other))) }
}

/** `account permissionSet` of each user, as the server says. */
async function grantsOf({ call }: ApiClient, tenant: string): Promise<ReadonlyMap<string, Access>> {
  const grants = new Map<string, Set<string>>()
  let cursor: string | undefined
  do {
    const page = await call('GET /tenants/:tenant/access', { params: { tenant }, query: { limit, cursor } })
    for (const { result, user, account, permissionSet } of page.items) {
      if (result !== 'access' || !user) continue
      grants.set(user.id, (grants.get(user.id) ?? new Set()).add(`${account} ${permissionSet.name}`))
    }
    cursor = page.next
  } while (cursor !== undefined)
  return grants
}

/**
 * What the rehearsal predicts, and what the same client does over HTTP to a server that imported the directory: what users and
 * groups there are then, and who has lost or gained access.
 */
export async function playPair({ aws, source, client, switches, isFitted }: Pair, console: string) {
  const api = createApiClient({ url: console })
  const bytes = new Uint8Array(tarOf(exportFiles(awsExport(aws))))
  const imported = await api.call('POST /tenants/import', {
    query: { id: `pair-${randomUUID()}`, working: 'true', fitSwitches: String(isFitted) },
    body: new Blob([bytes], { type: 'application/octet-stream' }),
  })
  const { id: tenant, endpoint } = imported.tenant

  const directory = await readAwsExport({ name: 'export.tar', bytes }, {})
  const files = [{ name: 'directory.json', text: JSON.stringify(source) }]
  const read = await readSource(client.name, files)
  const fitting = isFitted ? fittingSwitches(imported.result) : {}
  const profile = loadProfile('aws', { ...fitting, ...switches })
  const { signal } = new AbortController()
  const found = await playSetup({ directory, profile, client, source: read, now, horizon }, { signal })
  const { before, after, links, unsent } = found.played
  const predicted = outcomeOf(after, before, links, unsent)

  const params = { tenant }
  await api.call('PATCH /tenants/:tenant', { params, body: { switches } })
  const { value: token } = await api.call('POST /tenants/:tenant/tokens', { params, body: {} })
  const grantsBefore = await grantsOf(api, tenant)
  const sender = createClient(client, read, profile)
  const send = httpTarget({ tenantUrl: endpoint, token })
  let present = before
  await sender.run({
    async target(request) {
      const response = await send(request)
      if (request.method !== 'GET' && readers.has(client.name))
        present = inOrderOf(before, await stateOf(api, tenant))
      return response
    },
    directory: readsOf(() => present),
    clock: createClockFrom(now, () => 0),
    ...{ horizon, signal, beginCycle: () => {}, onProgress: () => {} },
  })
  const state = await stateOf(api, tenant)
  const played = outcomeOf(state, before, sender.links(), sender.unsent())
  const grantsAfter = await grantsOf(api, tenant)
  await api.call('DELETE /tenants/:tenant', { params })
  return { found, predicted, played, access: { before: grantsBefore, after: grantsAfter, state } }
}

const without = (one: Access, other: Access): Access => new Set([...one].filter(grant => !other.has(grant)))

const readsOf = (present: () => State): DirectoryReads => ({
  users: () => [...present().users].map(([, document]) => JSON.parse(document)),
  groups: () => [...present().groups].map(([, document]) => JSON.parse(document)),
  members: group => present().members(group),
})

/** They read AWS while they run. */
const readers: ReadonlySet<RehearsedClient['name']> = new Set(['ssosync', 'idp-scim-sync'])

/** Throws where a prediction is not what happened. */
export function assertPredicted({ found, predicted, played, access }: Awaited<ReturnType<typeof playPair>>) {
  assert.deepEqual(predicted, played)

  const userNamed = new Map(
    [...access.state.users].map(([id, text]) => [String(JSON.parse(text).userName), id] as const),
  )
  const nameIdOf = readNameId(undefined, found.played.client.objects)
  const sources = new Map(found.played.client.objects.map(object => [object.id, object]))
  const none: Access = new Set()
  const rows = (of: Found['access'][number] | undefined, isMeant: (row: AccessOutcome) => boolean) =>
    new Set(of?.rows().flatMap(row => (isMeant(row) ? [`${row.account} ${row.permissionSet}`] : [])))
  const check = (user: string, source: string | undefined) => {
    const person = found.access.find(each => each.user === user && each.source === source)
    const object = sources.get(source ?? '')
    const nameId = object?.isEnabled ? nameIdOf(object) : undefined
    const had = access.before.get(user) ?? none
    const signsInAs = userNamed.get(nameId ?? '') ?? ''
    const has = access.after.get(signsInAs) ?? none
    const isOwn = source !== undefined && found.people.get(signsInAs)?.source.id === source
    const hadBefore = isOwn ? new Set([...had, ...(access.before.get(signsInAs) ?? none)]) : had
    const about = `${user} ${source}`
    assert.deepEqual(
      rows(person, row => row.before && !row.after),
      without(had, has),
      `${about} loses`,
    )
    assert.deepEqual(
      rows(person, row => row.outcome === 'gained'),
      without(has, hadBefore),
      `${about} gains`,
    )
  }
  const known = new Set<string>()
  for (const user of found.played.before.users.keys()) {
    const source = found.people.get(user)?.source.id
    if (source !== undefined) known.add(source)
    check(user, source)
  }
  for (const { id, type } of sources.values()) if (type === 'User' && !known.has(id)) check('', id)
}
