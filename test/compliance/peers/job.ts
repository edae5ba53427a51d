import { enterpriseUrn } from '../../../scim-compliance/scim.ts'
import { generateDirectory } from '../../../src/provisioning/kit/directory/generate.ts'
import type { SourceDirectory, SourceUser } from '../../../src/provisioning/kit/directory/source-directory.ts'
import { jobConfigOf } from '../../support/entra-job.ts'
import { fetchOnce, provisioningOf } from '../../support/provisioning.ts'

/** A server, and how requests are sent to it: by default over a connection each. */
type Server = { readonly url: string; readonly token: string; readonly fetch?: typeof fetch }

/** The effects of a server's deviations on a job. */
export type Effects = {
  readonly quarantine: string
  /** Whether objects wait for another attempt in the end. */
  readonly retries?: boolean
  /** The kinds of differences between the directory and the target in the end. */
  readonly wrong?: readonly string[]
}

const first = generateDirectory({ users: 50, groups: 8, groupSize: 12, seed: 7 })

const ids = first.users.map(({ objectId }) => objectId)

/** Changes some users, by their positions in the directory. */
const edited = (
  { users, ...directory }: SourceDirectory,
  places: readonly number[],
  edit: (user: SourceUser, place: number) => Partial<SourceUser>,
): SourceDirectory => ({
  ...directory,
  users: users.map(user => {
    const place = ids.indexOf(user.objectId)
    return places.includes(place) ? { ...user, ...edit(user, place) } : user
  }),
})

const attributes = ({ attributes }: SourceUser, more: SourceUser['attributes']) => ({
  attributes: { ...attributes, ...more },
})

/** Each edit changes different users, except for phone number and department. */
const edits: readonly ((directory: SourceDirectory) => SourceDirectory)[] = [
  all => edited(all, [20, 21, 22], () => ({ accountEnabled: false })),
  all => edited(all, [23, 24], user => attributes(user, { jobTitle: 'Pilot' })),
  all => edited(all, [25], user => attributes(user, { givenName: 'Renamed' })),
  all => edited(all, [26], user => attributes(user, { userPrincipalName: 'renamed@generated.example' })),
  all =>
    edited(all, [27, 28, 29], user => attributes(user, { mobile: '+1 555 77', department: 'Navigation' })),
  all => edited(all, [30, 31, 32], () => ({ manager: ids[1] ?? '' })),
  all => edited(all, [33, 34], () => ({ manager: undefined }) as unknown as Partial<SourceUser>),
  all => ({
    ...all,
    groups: all.groups.map((group, place) =>
      place === 0 ? { ...group, attributes: { ...group.attributes, displayName: 'Renamed' } } : group,
    ),
  }),
  all => ({
    ...all,
    groups: all.groups.map((group, place) =>
      place === 1
        ? { ...group, members: [...group.members.slice(2), ...outsiders(group.members, 2)] }
        : group,
    ),
  }),
]

const outsiders = (members: readonly string[], count: number): readonly string[] =>
  ids
    .slice(0, 20)
    .filter(id => !members.includes(id))
    .slice(0, count)

/** Two users and a group are deleted; the users are not removed from groups first. */
const deletedUsers = first.groups[2]?.members.filter(id => ids.indexOf(id) > 34).slice(0, 2) ?? []

const afterDeletions = ({ users, groups, ...rest }: SourceDirectory): SourceDirectory => ({
  ...rest,
  users: users
    .filter(({ objectId }) => !deletedUsers.includes(objectId))
    .map(({ manager, ...user }) =>
      manager && !deletedUsers.includes(manager) ? { ...user, manager } : user,
    ),
  groups: groups
    .slice(0, 7)
    .map(group => ({ ...group, members: group.members.filter(id => !deletedUsers.includes(id)) })),
})

const second = edits.reduce((directory, edit) => edit(directory), first)
const third = afterDeletions(second)

type Found = {
  readonly id: string
  readonly externalId?: string
  readonly active?: boolean
  readonly title?: string
  readonly userName?: string
  readonly displayName?: string
  readonly name?: { readonly givenName?: string }
  readonly phoneNumbers?: readonly { readonly type?: string; readonly value: string }[]
  readonly members?: readonly { readonly value: string }[]
  readonly [enterpriseUrn]?: {
    readonly department?: string
    readonly manager?: { readonly value: string }
  }
}

/** Reads all resources of a type. */
type ReadAll = (server: Server, endpoint: '/Users' | '/Groups') => Promise<readonly Found[]>

const listed: ReadAll = async ({ url, token, fetch = fetchOnce }, endpoint) => {
  const response = await fetch(`${url}${endpoint}?count=200`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const { Resources } = (await response.json()) as { Resources: Found[] | null }
  return Resources ?? []
}

/** The differences between the directory and the target in the end. */
async function differences(server: Server, readAll: ReadAll): Promise<readonly string[]> {
  const [users, groups] = [await readAll(server, '/Users'), await readAll(server, '/Groups')]
  const userOf = ({ attributes }: SourceUser) =>
    users.find(({ externalId }) => externalId === attributes.mailNickname)
  const idOf = new Map(third.users.map(user => [user.objectId, userOf(user)?.id]))
  const phone = (found: Found | undefined) =>
    found?.phoneNumbers?.find(({ type }) => type === 'mobile')?.value
  const differ = (is: (user: SourceUser, found: Found) => boolean) =>
    third.users.some(user => {
      const found = userOf(user)
      return found !== undefined && !is(user, found)
    })
  const manager = (found: Found) => found[enterpriseUrn]?.manager
  const groupsDiffer = (is: (members: readonly string[], found: Found) => boolean) =>
    third.groups.some(({ objectId, members }) => {
      const found = groups.find(({ externalId }) => externalId === objectId)
      return found !== undefined && !is(members, found)
    })
  const membersOf = (found: Found): readonly string[] => (found.members ?? []).map(({ value }) => value)
  const known = new Set(users.map(({ id }) => id))
  const isDeleted = (objectId: string) => {
    const deletedUser = first.users.find(user => user.objectId === objectId)
    return deletedUser === undefined || userOf(deletedUser) === undefined
  }
  const named = (objectId: string | undefined) => third.groups.find(group => group.objectId === objectId)
  const deviations: Readonly<Record<string, boolean>> = {
    users: third.users.some(user => userOf(user) === undefined),
    active: differ(({ accountEnabled }, { active }) => active === accountEnabled),
    titles: differ(({ attributes }, { title }) => title === attributes.jobTitle),
    names: differ(({ attributes }, { name }) => name?.givenName === attributes.givenName),
    userNames: differ(({ attributes }, { userName }) => userName === attributes.userPrincipalName),
    phones: differ(({ attributes }, found) => phone(found) === attributes.mobile),
    departments: differ(
      ({ attributes }, found) => found[enterpriseUrn]?.department === attributes.department,
    ),
    managers: differ((user, found) => !user.manager || manager(found)?.value === idOf.get(user.manager)),
    'managers removed': differ((user, found) => user.manager !== undefined || manager(found) === undefined),
    groups: third.groups.some(({ objectId }) => !groups.some(({ externalId }) => externalId === objectId)),
    'group names': groups.some(({ externalId, displayName }) => {
      const group = named(externalId)
      return group !== undefined && group.attributes.displayName !== displayName
    }),
    members: groupsDiffer((members, found) => {
      const there = membersOf(found).filter(id => known.has(id))
      return there.length === members.length && members.every(id => there.includes(idOf.get(id) ?? ''))
    }),
    'deleted members': groupsDiffer((_, found) => membersOf(found).every(id => known.has(id))),
    'deleted users': !deletedUsers.every(isDeleted),
    'deleted groups': groups.some(({ externalId }) => externalId === first.groups[7]?.objectId),
  }
  return Object.entries(deviations).flatMap(([name, isWrong]) => (isWrong ? [name] : []))
}

/** The result of a job: an initial cycle, and one after each round of edits. */
export async function runJob(server: Server, readAll = listed): Promise<Effects> {
  const { job } = provisioningOf({ fetch: fetchOnce, ...server }, { ...jobConfigOf('entra'), scope: 'all' })
  const endings: string[] = []
  let escrows = 0
  for (const directory of [first, second, third]) {
    const report = await job.runCycle({ directory })
    endings.push(report.ending)
    escrows = report.escrows
  }
  const isQuarantined = endings[0] === 'completed' && endings[1] === 'quarantined'
  if (isQuarantined) return { quarantine: 'as soon as the server has a user' }
  return {
    quarantine: endings.every(ending => ending === 'completed') ? 'never' : endings.join(),
    retries: escrows > 0,
    wrong: await differences(server, readAll),
  }
}
