import { enterpriseUrn, isObject, type Json, type JsonObject } from '../../../scim-compliance/scim.ts'
import {
  deriveGuid,
  type SourceDirectory,
  type SourceGroup,
  type SourceUser,
} from '../../../src/provisioning/kit/directory/source-directory.ts'
import { defaultRequestOptions, type RequestOptions } from '../../../src/provisioning/kit/target.ts'
import { jobConfigOf } from '../../../test/support/entra-job.ts'
import { fetchOnce, provisioningOf } from '../../../test/support/provisioning.ts'

/** A server with what it has stored. */
export type PlayedServer = {
  readonly url: string
  readonly token: string
  readonly users: ReadonlyMap<string, unknown>
  readonly groups: ReadonlyMap<string, unknown>
}

/** What is on a server after a job, by externalId, with the names of members and managers instead of their IDs. */
export type Played = {
  readonly endings: readonly string[]
  readonly escrows: number
  readonly users: ReadonlyMap<string, readonly JsonObject[]>
  readonly groups: ReadonlyMap<string, readonly JsonObject[]>
}

/** The attributes of Entra’s default mapping that change in the job, with their targets. */
export const mapped: Readonly<Record<string, string>> = {
  displayName: 'displayName',
  jobTitle: 'title',
  mail: 'emails[type eq "work"].value',
  preferredLanguage: 'preferredLanguage',
  givenName: 'name.givenName',
  surname: 'name.familyName',
  'givenName surname': 'name.formatted',
  physicalDeliveryOfficeName: 'addresses[type eq "work"].formatted',
  streetAddress: 'addresses[type eq "work"].streetAddress',
  city: 'addresses[type eq "work"].locality',
  state: 'addresses[type eq "work"].region',
  postalCode: 'addresses[type eq "work"].postalCode',
  country: 'addresses[type eq "work"].country',
  telephoneNumber: 'phoneNumbers[type eq "work"].value',
  mobile: 'phoneNumbers[type eq "mobile"].value',
  facsimileTelephoneNumber: 'phoneNumbers[type eq "fax"].value',
  employeeId: `${enterpriseUrn}:employeeNumber`,
  department: `${enterpriseUrn}:department`,
}

const sources = [...new Set(Object.keys(mapped).flatMap(names => names.split(' ')))]

const userOf = (
  name: string,
  more: Partial<SourceUser> = {},
  without: readonly string[] = [],
): SourceUser => ({
  objectId: deriveGuid(name),
  accountEnabled: true,
  ...more,
  attributes: {
    userPrincipalName: `${name}@played.example`,
    mailNickname: name,
    ...Object.fromEntries(
      sources
        .filter(source => !without.includes(source))
        .map(source => [source, source === 'mail' ? `${name}@mail.example` : `${source} of ${name}`]),
    ),
    ...more.attributes,
  },
})

const groupOf = (name: string, members: readonly string[], displayName = name): SourceGroup => ({
  objectId: deriveGuid(name),
  attributes: { displayName, mailNickname: name },
  members: members.map(deriveGuid),
})

const addressParts = Object.keys(mapped).filter(name => mapped[name]?.startsWith('addresses'))

/** What a user lacks whose attribute is added: an address is added with this one part. */
function without(list: readonly string[], round: number): readonly string[] {
  const isAddress = addressParts.some(name => list.includes(name))
  const before = isAddress ? addressParts : list
  return round === 1 ? before : before.filter(name => !list.includes(name))
}

const people = ['ann', 'bob', 'eve', 'joe']
const boss = { manager: deriveGuid('ann') }
const other = { manager: deriveGuid('bob') }

/** A user for each change, so that a request that fails affects no other change. */
function directoryOf(round: 1 | 2 | 3): SourceDirectory {
  const changed = Object.keys(mapped).flatMap(names => {
    const list = names.split(' ')
    const values = Object.fromEntries(list.map(name => [name, `new ${name}`]))
    const place = names.replaceAll(' ', '-')
    return [
      userOf(`replace-${place}`, round > 1 ? { attributes: values } : {}),
      userOf(`add-${place}`, {}, without(list, round)),
    ]
  })
  const users = [
    ...people.map(name => userOf(name)),
    ...changed,
    userOf('renamed', round > 1 ? { attributes: { userPrincipalName: 'other@played.example' } } : {}),
    userOf('disabled', { accountEnabled: round === 1 }),
    userOf('enabled', { accountEnabled: round !== 2 }),
    userOf('changed-while-disabled', {
      accountEnabled: round === 1,
      ...(round === 3 && { attributes: { displayName: 'changed' } }),
    }),
    userOf('restored', {
      ...(round === 2 && { deletedAt: Date.now() }),
      ...(round === 3 && { attributes: { displayName: 'changed' } }),
    }),
    userOf('manager-set', round > 1 ? boss : {}),
    userOf('manager-changed', round > 1 ? other : boss),
    userOf('manager-cleared', round > 1 ? {} : boss),
    ...(round === 3 ? [] : [userOf('deleted')]),
  ]
  const groups = [
    groupOf('group-renamed', [], round > 1 ? 'Renamed' : 'Before'),
    groupOf('member-added', round > 1 ? ['ann', 'bob'] : ['ann']),
    groupOf('members-added', round > 1 ? people : ['ann']),
    groupOf('member-removed', round > 1 ? ['ann', 'bob', 'eve'] : people),
    groupOf('members-removed', round > 1 ? ['ann'] : people),
    groupOf('members-changed', round > 1 ? ['bob', 'eve'] : ['ann', 'bob']),
    groupOf('of-a-deleted-user', round === 3 ? ['ann'] : ['ann', 'deleted']),
    ...(round === 3 ? [] : [groupOf('deleted-group', ['ann'])]),
  ]
  return { users, groups, assignments: [] }
}

/** An initial cycle, and two with changes. */
export async function playJob(server: PlayedServer, wire: Partial<RequestOptions> = {}): Promise<Played> {
  const config = jobConfigOf('entra')
  const { job } = provisioningOf(
    { url: server.url, token: server.token, fetch: fetchOnce },
    { ...config, scope: 'all', wire: { ...defaultRequestOptions, ...wire } },
  )
  const endings: string[] = []
  let escrows = 0
  for (const round of [1, 2, 3] as const) {
    const report = await job.runCycle({ directory: directoryOf(round) })
    endings.push(report.ending)
    escrows = Math.max(escrows, report.escrows)
  }
  return { endings, escrows, ...stateOf(server) }
}

function stateOf({ users, groups }: PlayedServer): Pick<Played, 'users' | 'groups'> {
  const all = [...users.values()].map(one => one as JsonObject)
  const nameOf = (id: Json | undefined) => {
    const found = all.find(one => one.id === id)
    return `${found?.externalId ?? id}`
  }
  const shownUsers = all.map(one => {
    const extension = one[enterpriseUrn]
    const manager = isObject(extension) && isObject(extension.manager) ? extension.manager : undefined
    return { ...one, ...(manager && { manager: nameOf(manager.value) }) }
  })
  const shownGroups = [...groups.values()]
    .map(one => one as JsonObject)
    .map(one => ({
      ...one,
      members: (Array.isArray(one.members) ? (one.members as readonly JsonObject[]) : [])
        .map(({ value }) => nameOf(value))
        .toSorted(),
    }))
  return {
    users: Map.groupBy(shownUsers, one => `${(one as JsonObject).externalId}`),
    // Without externalId on the server, groups are known by their names.
    groups: Map.groupBy(shownGroups, one => nameOfGroup(one)),
  }
}

const groupNames = new Map(
  directoryOf(1).groups.map(({ objectId, attributes }) => [objectId, attributes.mailNickname]),
)
const nameOfGroup = ({ externalId, displayName }: JsonObject): string =>
  `${groupNames.get(`${externalId}`) ?? displayName}`

/** A value by a path of the mapping. */
export function valueAt(resource: JsonObject | undefined, path: string): Json | undefined {
  if (!resource) return undefined
  if (path.startsWith(`${enterpriseUrn}:`)) {
    const extension = resource[enterpriseUrn]
    return isObject(extension) ? extension[path.slice(enterpriseUrn.length + 1)] : undefined
  }
  const [, name = '', type, part] = /^(\w+)(?:\[type eq "(\w+)"\])?(?:\.(\w+))?$/.exec(path) ?? []
  const value = resource[name]
  const one = Array.isArray(value)
    ? (value as readonly Json[]).find(each => isObject(each) && (each.type === type || type === undefined))
    : value
  return part === undefined ? one : isObject(one) ? one[part] : undefined
}
