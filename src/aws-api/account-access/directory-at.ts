import type { Directory, Identity, Page, PageRequest, PointInTime } from '../../domain/ports/directory.ts'
import type { RelatedResource } from '../../scim/resource.ts'

type Keyed = Pick<Identity, 'key'>

/** Reads users and groups of a tenant that exist, now or at an earlier moment. Each is read once. */
export type DirectoryAt = {
  readonly identity: (type: 'User' | 'Group', id: string) => Promise<Identity | undefined>
  readonly members: (group: string, page: PageRequest) => Promise<Page<RelatedResource> | undefined>
  readonly joined: (group: Keyed, members: readonly Keyed[]) => Promise<ReadonlyMap<number, number>>
  /** The id of the one with this name; letter case does not matter. */
  readonly findByName: (type: 'User' | 'Group', name: string) => Promise<string | undefined>
}

/** Names are searched by their parts, so the one that is meant may be among others. */
const [searchLimit, maxSearches] = [200, 20]

export function readDirectory(
  directory: Pick<Directory, 'identity' | 'members' | 'joined' | 'identities' | 'historyView'>,
  tenant: number,
  asOf: PointInTime | undefined,
): DirectoryAt {
  const { historyView } = directory
  const known = new Map<string, Promise<Identity | undefined>>()

  const readIdentity = async (type: string, id: string): Promise<Identity | undefined> => {
    if (asOf) return historyView.identity(tenant, type, id, asOf)
    const found = await directory.identity(tenant, type, id)
    return found && (found.status === 'active' || found.status === 'disabled') ? found : undefined
  }

  const identity: DirectoryAt['identity'] = (type, id) => {
    const key = `${type} ${id}`
    const reading = known.get(key) ?? readIdentity(type, id)
    known.set(key, reading)
    return reading
  }

  const search = (type: string, text: string, cursor: string | undefined) => {
    const query = { limit: searchLimit, text, ...(cursor !== undefined && { cursor }) }
    return asOf
      ? historyView.identities(tenant, type, asOf, query)
      : directory.identities(tenant, type, query)
  }

  return {
    identity,
    members: (group, page) =>
      asOf
        ? historyView.members(tenant, 'Group', group, asOf, page)
        : directory.members(tenant, 'Group', group, page),
    joined: async (group, members) =>
      directory.joined(
        tenant,
        group.key,
        members.map(({ key }) => key),
        asOf?.at ?? Number.MAX_SAFE_INTEGER,
      ),
    async findByName(type, name) {
      const wanted = name.toLowerCase()
      let deleted: string | undefined
      let cursor: string | undefined
      for (let searches = 0; searches < maxSearches; searches++) {
        const { items, next } = await search(type, name, cursor)
        const named = items.filter(({ label }) => label.toLowerCase() === wanted)
        const found = named.find(({ status }) => status === 'active' || status === 'disabled')
        if (found) return found.id
        deleted ??= named[0]?.id
        if (next === undefined) break
        cursor = next
      }
      return deleted
    },
  }
}
