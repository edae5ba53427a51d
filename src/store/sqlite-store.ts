import type { Database } from '../database/sqlite.ts'
import type { Writer } from '../database/writer.ts'
import { errors } from '../scim/error.ts'
import type { Stored } from '../scim/resource.ts'
import type { Cause, Change, Draft, Place, ResourceStore, Written } from './resource-store.ts'
import { createHistory } from './sqlite-history.ts'
import { createLister } from './sqlite-list.ts'
import { createMemberships } from './sqlite-memberships.ts'
import { createNestedGroups } from './sqlite-nested-groups.ts'
import { createNameReader, createRelatedReader } from './sqlite-related.ts'
import { createDepartures, createRemover } from './sqlite-removal.ts'
import { createResources } from './sqlite-resources.ts'

export type SqliteStore = ResourceStore & {
  /** To be called inside the write that has put other rows into the tables than the store's own. */
  readonly reread: () => void
}

/**
 * Users and groups in SQLite, whose tables `migrate` has made. Whether a tenant is still there is asked within the
 * transaction: what is created for one whose resources have been cleared would be reached by nobody.
 */
export function createSqliteStore(
  db: Database,
  writer: Writer,
  hasTenant: (key: number) => boolean = () => true,
): SqliteStore {
  const resources = createResources(db)
  const history = createHistory(db)
  const memberships = createMemberships(db, history)
  const departures = createDepartures(db)
  const remove = createRemover(db, { resources, memberships, history, departures })
  const lists = createLister(db)
  const related = createRelatedReader(db)
  const nestedGroups = createNestedGroups(db)
  const named = createNameReader(db)

  const insert = (place: Place, cause: Cause, draft: Draft, limit: number): Written => {
    const { tenant, type } = place
    if (!hasTenant(tenant)) throw errors.unauthorized('The tenant has been deleted.')
    if (!resources.hasRoom(tenant, type, limit)) {
      throw errors.quotaExceeded(`The directory holds ${limit} resources of the type ${type}, and no more.`)
    }
    const predecessor = departures.succeed(place, draft.next.label)
    const stored = resources.add(place, cause.now, draft.next, predecessor)
    // Before its members, so that the history tells them in this order.
    note(stored, 'created', cause)
    if (draft.awaited) memberships.join(tenant, stored)
    return {
      ...stored,
      changed: true,
      ...memberships.edit(tenant, stored, draft.memberships, draft.members, cause),
    }
  }

  const update = (place: Place, cause: Cause, change: Change): Written | undefined => {
    const found = resources.current(place)
    if (!found) return undefined
    const { next, memberships: edits, members } = change(found)
    // What is answered may be shown, so the secrets stay behind.
    const { secrets, ...current } = found
    const turnover = memberships.edit(place.tenant, current, edits, members, cause)
    const isSame = next.document === current.document && (next.secrets ?? null) === secrets
    // RFC 7644 §3.5.2.1: what changes nothing leaves the modified time alone.
    if (isSame && turnover.added === 0 && turnover.removed === 0) {
      return { ...current, changed: false, ...turnover }
    }
    const stored = isSame
      ? resources.touch(current, cause.now)
      : resources.rewrite(place.tenant, current, cause.now, next)
    note(stored, 'changed', cause)
    return { ...stored, changed: true, ...turnover }
  }

  const note = ({ key, version, document }: Stored, action: 'created' | 'changed', cause: Cause) =>
    history.version({ key, version, action, document }, cause)

  return {
    insert: (place, cause, draft, limit) => writer.write(() => insert(place, cause, draft, limit)),
    find: async place => resources.find(place),
    secrets: async place => resources.current(place)?.secrets ?? undefined,
    list: async (tenant, query) => lists.list(tenant, query),
    order: async (tenant, sought) => lists.order(tenant, sought),
    withKeys: async (tenant, keys) => lists.withKeys(tenant, keys),
    update: (place, cause, change) => writer.write(() => update(place, cause, change)),
    remove: (place, cause, removal) => writer.write(() => remove(place, cause, removal)),
    related: async (relation, keys, reach = 'direct') =>
      reach === 'nested' && relation === 'groups'
        ? nestedGroups(keys)
        : new Map(keys.map(key => [key, related(relation, key)])),
    named: async (tenant, ids) => named(tenant, ids),
    reread: resources.reread,
  }
}
