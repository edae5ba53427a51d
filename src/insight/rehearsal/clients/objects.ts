import {
  attributeText,
  type SourceDirectory,
  type SourceUser,
} from '../../../provisioning/kit/directory/source-directory.ts'
import { compact, isObject, type JsonObject } from '../../../scim/json.ts'
import { nonScimName } from '../../../scim/resource-types.ts'
import { fold } from '../../../scim/text.ts'
import type { DirectoryReads, SourceObject } from '../played.ts'

const loginOf = attributeText('userPrincipalName')
const displayNameOf = attributeText('displayName')

type Provisioned = {
  /** Whether a user or group is in the scope of the client, by ID. */
  readonly has: (id: string) => boolean
  readonly isActive?: (user: SourceUser) => boolean
  readonly nameIdOf?: (user: SourceUser) => string | undefined
}

export function sourceObjects(
  { users, groups }: SourceDirectory,
  { has, isActive = user => user.accountEnabled, nameIdOf = loginOf }: Provisioned,
): readonly SourceObject[] {
  const isPresent = ({ deletedAt }: { readonly deletedAt?: number }) => deletedAt === undefined
  const inScope = new Set(
    users.flatMap(user => (isPresent(user) && has(user.objectId) ? [user.objectId] : [])),
  )
  return [
    ...users.map(
      (user): SourceObject => ({
        ...{ id: user.objectId, type: 'User', attributes: user.attributes },
        name: loginOf(user) ?? displayNameOf(user) ?? user.objectId,
        isInScope: inScope.has(user.objectId),
        isEnabled: isPresent(user) && isActive(user),
        ...compact({ nameId: nameIdOf(user) }),
      }),
    ),
    ...groups.map(
      (group): SourceObject => ({
        ...{ id: group.objectId, type: 'Group', attributes: group.attributes },
        name: displayNameOf(group) ?? group.objectId,
        isInScope: isPresent(group) && has(group.objectId),
        isEnabled: isPresent(group),
        members: group.members.filter(member => inScope.has(member)),
      }),
    ),
  ]
}

type Records = Iterable<readonly [id: string, record: { readonly target?: string }]>

/** IDs at AWS by IDs of the source, in the state of a job. */
export const targetsIn = (records: Records): ReadonlyMap<string, string> =>
  new Map([...records].flatMap(([id, { target }]) => (target === undefined ? [] : [[id, target] as const])))

export type Linked = {
  /** IDs at AWS by IDs of the source. */
  readonly links: ReadonlyMap<string, string>
  /** IDs of the source: those members of a group that AWS has, too. */
  members(group: string): readonly string[]
}

/**
 * What a client knows that has provisioned the directory before. Objects are the same if they have the same external ID, or else
 * the same name, and no other object has it.
 */
export function certainLinks(objects: readonly SourceObject[], aws: DirectoryReads): Linked {
  const links = new Map<string, string>()
  const taken = new Set<string>()
  const link = (type: SourceObject['type'], index: ReadonlyMap<string, string | undefined>) => {
    const open = objects.filter(object => object.type === type)
    for (const keysOf of [externalKeys, nameKeys]) {
      for (const object of open) {
        if (links.has(object.id)) continue
        const target = keysOf(object)
          .map(key => index.get(key))
          .find(found => found !== undefined && !taken.has(found))
        if (target === undefined) continue
        links.set(object.id, target)
        taken.add(target)
      }
    }
  }
  link('User', indexOf(aws.users(), 'userName'))
  link('Group', indexOf(aws.groups(), 'displayName'))

  const membersOf = new Map(objects.map(({ id, members = [] }) => [id, members]))
  return {
    links,
    members(group) {
      const target = links.get(group)
      if (target === undefined) return []
      const present = new Set(aws.members(target))
      return (membersOf.get(group) ?? []).filter(member => present.has(links.get(member) ?? ''))
    },
  }
}

/** IDs by external ID and by name; undefined where several have it. */
function indexOf(
  resources: Iterable<JsonObject & { readonly id: string }>,
  nameAttribute: string,
): ReadonlyMap<string, string | undefined> {
  const index = new Map<string, string | undefined>()
  const add = (key: string, id: string) => index.set(key, index.has(key) ? undefined : id)
  for (const { id, externalId, [nameAttribute]: name, [nonScimName]: nonScim } of resources) {
    const others = isObject(nonScim) && Array.isArray(nonScim.externalIds) ? nonScim.externalIds : []
    const ids = new Set([externalId, ...others.map(other => (isObject(other) ? other.id : undefined))])
    for (const each of ids) if (typeof each === 'string') add(externalKey(each), id)
    if (typeof name === 'string') add(nameKey(name), id)
  }
  return index
}

const externalKey = (id: string) => `id ${id}`
const nameKey = (name: string) => `name ${fold(name)}`

const externalKeys = ({ id, attributes }: SourceObject): readonly string[] =>
  [id, attributes.onPremisesImmutableId, attributes.mailNickname].flatMap(value =>
    typeof value === 'string' && value !== '' ? [externalKey(value)] : [],
  )

const nameKeys = ({ nameId, name }: SourceObject): readonly string[] => [nameKey(nameId ?? name)]
