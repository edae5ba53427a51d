import fc from 'fast-check'
import t from 'tap'
import type {
  SourceDirectory,
  SourceGroup,
  SourceUser,
} from '../../src/provisioning/kit/directory/source-directory.ts'
import { buildJobTest, day, failure, type JobTest, minute, person } from '../support/entra-job.ts'
import { assertProperty } from '../support/property.ts'

/*
 * Whatever changes in the directory, and however the server fails meanwhile: once it works and all escrows are retried,
 * the target matches the directory, and another cycle writes nothing.
 */

const people = 4
const teams = 2
const index = (count: number) => fc.nat({ max: count - 1 })
const edit = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('join', 'leave'), user: index(people), team: index(teams) }),
  },
  fc.record({
    do: fc.constantFrom(
      'enable',
      'disable',
      'rename',
      'retitle',
      'assign',
      'unassign',
      'softDelete',
      'restore',
      'purge',
      'hire',
    ),
    user: index(people),
  }),
  fc.record({
    do: fc.constant('manage' as const),
    user: index(people),
    boss: fc.option(index(2), { nil: undefined }),
  }),
  fc.record({
    do: fc.constantFrom('assignTeam', 'unassignTeam', 'renameTeam', 'deleteTeam', 'foundTeam'),
    team: index(teams),
  }),
)
type Edit = typeof edit extends fc.Arbitrary<infer Value> ? Value : never

const step = fc.record({
  edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
  failing: fc.constantFrom(0, 0.1, 0.5),
  methods: fc.constantFrom(/./, /POST/, /PATCH/, /DELETE/),
  minutes: fc.constantFrom(40, 40, 40, 8 * 60),
})

/** The directory, and objects that are not compared: memberships of soft-deleted users are not sent again. */
type World = { directory: SourceDirectory; count: number; readonly wasDeleted: Set<string> }

const idOf = (user: number) => `id-user${user}`
const bossId = (boss: number) => `id-boss${boss}`
const teamId = (team: number) => `id-team${team}`
const team = (number: number, count: number): SourceGroup => ({
  objectId: teamId(number),
  attributes: { displayName: `Team ${number} (${count})` },
  members: [],
})

/** Two managers who are always in scope, and people and groups that change. */
const founded = (): World => ({
  directory: {
    users: [
      ...[0, 1].map(boss => person(`boss${boss}`, 'Boss', String(boss))),
      ...Array.from({ length: people }, (_, user) => person(`user${user}`, 'User', String(user))),
    ],
    groups: Array.from({ length: teams }, (_, number) => team(number, 0)),
    assignments: [bossId(0), bossId(1), teamId(0), teamId(1), idOf(0)].map(principal => ({ principal })),
  },
  count: 0,
  wasDeleted: new Set(),
})

function edited(world: World, change: Edit, now: number): SourceDirectory {
  const { directory } = world
  const count = ++world.count
  const has = (id: string) =>
    [...directory.users, ...directory.groups].some(({ objectId }) => objectId === id)
  const withUser = (user: number, into: (user: SourceUser) => SourceUser) => ({
    ...directory,
    users: directory.users.map(each => (each.objectId === idOf(user) ? into(each) : each)),
  })
  const withTeam = (team: number, into: (group: SourceGroup) => SourceGroup) => ({
    ...directory,
    groups: directory.groups.map(each => (each.objectId === teamId(team) ? into(each) : each)),
  })
  const withAttributes = (user: number, more: Record<string, string>) =>
    withUser(user, each => ({ ...each, attributes: { ...each.attributes, ...more } }))
  const others = (id: string) => directory.assignments.filter(({ principal }) => principal !== id)
  const assigned = (id: string) =>
    has(id) ? { ...directory, assignments: [...others(id), { principal: id }] } : directory
  switch (change.do) {
    case 'enable':
    case 'disable':
      return withUser(change.user, each => ({ ...each, accountEnabled: change.do === 'enable' }))
    case 'rename':
      return withAttributes(change.user, {
        userPrincipalName: `user${change.user}-${count}@springfield.example`,
      })
    case 'retitle':
      return withAttributes(change.user, { jobTitle: `Title ${count}` })
    case 'manage':
      return withUser(change.user, ({ manager, ...each }) => ({
        ...each,
        ...(change.boss !== undefined && { manager: bossId(change.boss) }),
      }))
    case 'assign':
      return assigned(idOf(change.user))
    case 'unassign':
      return { ...directory, assignments: others(idOf(change.user)) }
    case 'softDelete':
      world.wasDeleted.add(`user${change.user}`)
      return withUser(change.user, each => ({ ...each, deletedAt: each.deletedAt ?? now }))
    case 'restore':
      return withUser(change.user, ({ deletedAt, ...each }) => each)
    case 'purge':
      return without(directory, idOf(change.user))
    case 'hire':
      return has(idOf(change.user))
        ? directory
        : {
            ...directory,
            users: [...directory.users, person(`user${change.user}`, 'User', `${change.user} (${count})`)],
          }
    case 'join':
      return has(idOf(change.user))
        ? withTeam(change.team, each => ({
            ...each,
            members: [...new Set([...each.members, idOf(change.user)])],
          }))
        : directory
    case 'leave':
      return withTeam(change.team, each => ({
        ...each,
        members: each.members.filter(member => member !== idOf(change.user)),
      }))
    case 'assignTeam':
      return assigned(teamId(change.team))
    case 'unassignTeam':
      return { ...directory, assignments: others(teamId(change.team)) }
    case 'renameTeam':
      return withTeam(change.team, each => ({
        ...each,
        attributes: { displayName: `Team ${change.team} (${count})` },
      }))
    case 'deleteTeam':
      return without(directory, teamId(change.team))
    case 'foundTeam':
      return has(teamId(change.team))
        ? directory
        : { ...directory, groups: [...directory.groups, team(change.team, count)] }
  }
}

const without = ({ users, groups, assignments }: SourceDirectory, id: string): SourceDirectory => ({
  users: users.filter(({ objectId }) => objectId !== id),
  groups: groups
    .filter(({ objectId }) => objectId !== id)
    .map(each => ({ ...each, members: each.members.filter(member => member !== id) })),
  assignments: assignments.filter(({ principal }) => principal !== id),
})

/** Fails some requests, the same ones for a seed. */
function failingServer(seed: number) {
  let state = seed | 1
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) / 2 ** 24
  }
  const server = { rate: 0, methods: /./ }
  const responses = [
    () => failure(500),
    () => failure(503),
    () => failure(429),
    () => failure(401),
    () => failure(400),
    () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
    () => new TypeError('fetch failed'),
    () => 'lost' as const,
  ]
  const fails = (method: string) => {
    if (!server.methods.test(method) || random() >= server.rate) return undefined
    const response = responses[Math.floor(random() * responses.length)]?.()
    // A POST that was carried out without a response leaves a user behind if the user leaves the scope before the retry.
    return method === 'POST' && (response === 'lost' || isPage(response)) ? undefined : response
  }
  return { server, fails }
}

const isPage = (response: unknown) => response instanceof Response && response.status === 200

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

type Held = {
  readonly id: string
  readonly externalId: string
  readonly active: boolean
  readonly userName: string
  readonly displayName: string
  readonly title?: string
  readonly [enterprise]?: { readonly manager?: { readonly value: string } }
}
type HeldGroup = { readonly displayName: string; readonly members?: readonly { readonly value: string }[] }

async function targetOf({ client }: JobTest, { wasDeleted }: World) {
  const users: readonly Held[] = (await client.get('/Users?count=200')).body.Resources ?? []
  const groups: readonly HeldGroup[] = (await client.get('/Groups?count=200')).body.Resources ?? []
  const names = new Map(users.map(({ id, externalId }) => [id, externalId]))
  return {
    users,
    names,
    groups: groups
      .map(({ displayName, members = [] }) => ({
        displayName,
        members: members
          .map(({ value }) => names.get(value) ?? value)
          .filter(name => !wasDeleted.has(name))
          .toSorted(),
      }))
      .toSorted((one, other) => one.displayName.localeCompare(other.displayName)),
  }
}

/** Compares by the external id, which identifies a person. */
async function differences(test: JobTest, world: World): Promise<readonly string[]> {
  const { directory } = world
  const target = await targetOf(test, world)
  const assigned = new Set(directory.assignments.map(({ principal }) => principal))
  const inScope = directory.groups.filter(({ objectId }) => assigned.has(objectId))
  const isEntitled = (id: string) => assigned.has(id) || inScope.some(({ members }) => members.includes(id))
  const nameOf = (id: string) => id.replace('id-', '')
  const found: string[] = []
  for (const { objectId, attributes, accountEnabled, deletedAt, manager } of directory.users) {
    const held = target.users.filter(({ externalId, active }) => externalId === nameOf(objectId) && active)
    const isActive = isEntitled(objectId) && accountEnabled && deletedAt === undefined
    if (held.length !== (isActive ? 1 : 0)) found.push(`${objectId} has ${held.length} active users`)
    const [user] = held
    if (!isActive || !user) continue
    const actual = [user.userName, user.displayName, user.title, user[enterprise]?.manager?.value]
    const wanted = [
      attributes.userPrincipalName,
      attributes.displayName,
      attributes.jobTitle,
      manager && test.store.state.objects.get(manager)?.target,
    ]
    if (JSON.stringify(actual) !== JSON.stringify(wanted))
      found.push(`${objectId}: ${JSON.stringify({ actual, wanted })}`)
  }
  const nobody = target.users.filter(
    ({ externalId, active }) =>
      active && !directory.users.some(({ objectId }) => nameOf(objectId) === externalId),
  )
  if (nobody.length > 0)
    found.push(`active, but not in the directory: ${nobody.map(({ externalId }) => externalId)}`)
  const wanted = inScope
    .map(({ attributes, members }) => ({
      displayName: attributes.displayName,
      members: members
        .map(nameOf)
        .filter(
          name =>
            !world.wasDeleted.has(name) &&
            target.users.some(({ externalId, id }) => externalId === name && isLinked(test, id)),
        )
        .toSorted(),
    }))
    .toSorted((one, other) => String(one.displayName).localeCompare(String(other.displayName)))
  if (JSON.stringify(target.groups) !== JSON.stringify(wanted))
    found.push(JSON.stringify({ actual: target.groups, wanted }))
  return found
}

const isLinked = ({ store }: JobTest, id: string) =>
  [...store.state.objects.values()].some(({ target }) => target === id)

/** After failures end and all escrows are retried, the target matches the directory. */
const converges = fc.asyncProperty(
  fc.array(step, { minLength: 1, maxLength: 10 }),
  fc.nat(),
  fc.constantFrom('default' as const, 'aadOptscim062020' as const),
  async (steps, seed, dialect) => {
    const teardowns: (() => unknown)[] = []
    const { server, fails } = failingServer(seed)
    const test = await buildJobTest(
      { teardown: done => void teardowns.push(done as () => unknown) },
      'entra',
      { dialect, fails },
    )
    try {
      const world = founded()
      for (const { edits, failing, methods, minutes } of steps) {
        for (const each of edits) world.directory = edited(world, each, test.now())
        server.rate = failing
        server.methods = methods
        await test.job.runCycle({ directory: world.directory })
        test.pass(minutes * minute)
      }
      server.rate = 0
      for (let days = 0; days < 5; days++) {
        test.pass(day)
        await test.job.runCycle({ directory: world.directory })
      }
      const status = test.job.status()
      const last = await test.job.runCycle({ directory: world.directory })
      const wrong = [
        ...(await differences(test, world)),
        ...(status.code === 'Active' && last.escrows === 0 ? [] : [JSON.stringify({ status, last })]),
        ...(last.writes === 0 ? [] : [`the last cycle wrote ${last.writes} times`]),
      ]
      if (wrong.length > 0) throw new Error(wrong.join('\n'))
    } finally {
      for (const done of teardowns) await done()
    }
  },
)

t.test('after failures end and all escrows are retried, the target matches the directory', () =>
  assertProperty(converges, { numRuns: 30 }),
)

t.test(
  'a member whose addition was carried out without a response may leave the group before the retry',
  () => assertProperty(converges, { numRuns: 60, seed: 291450730 }),
)
