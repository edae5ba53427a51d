import { toRelated } from '../persistence/related.ts'
import type { SlicedJob, Writer } from '../ports/database.ts'
import type { Cause, Change, Draft, Place, Removal, ResourceStore, Written } from '../ports/resources.ts'
import { errors } from '../scim/error.ts'
import type { StoredResource } from '../scim/resource.ts'
import { fold } from '../scim/text.ts'
import type { Connections } from './connections.ts'
import { countedTypes, createCounts } from './counts.ts'
import type { Database } from './database.ts'
import { createHistoryWriter, type HistoryWriter } from './history-writer.ts'
import { createListReader } from './list.ts'
import { createMemberReader } from './members.ts'
import { createMemberships, type Memberships } from './memberships.ts'
import { createGroupReader, createGroupsOfMembers, createNameReader, createNestedGroups } from './related.ts'
import { createResourceRows, createStoredResources, type ResourceRows } from './resource-rows.ts'
import { createTextIndex, type TextIndexOptions } from './text-index.ts'

type DeletedResources = ReturnType<typeof createDeletedResources>

/** Resources that clients deleted, and their links to successors. */
function createDeletedResources(db: Database) {
  const insertDeparted = db.prepare(`
    insert into deleted_resources (key, tenant, type, id, label, folded_label, display, names, document, groups,
      version, created, last_written, deleted_at, exchange, state, predecessor)
    select key, tenant, type, id, label, @foldedLabel, display, names,
      case @state when 'retained' then document end, @groups,
      version, created, last_modified, @now, @exchange, @state, predecessor
    from resources where key = @key`)
  const labelOf = db.prepare<[number], string>('select label from resources where key = ?').pluck()
  const ofLabel = db.prepare<[number, string, string], { key: number; id: string }>(`
    select key, id from deleted_resources
    where tenant = ? and type = ? and folded_label = ? and successor is null
    `)
  const setSuccessor = db.prepare('update deleted_resources set successor = ? where key = ?')

  const add = (
    { key }: StoredResource,
    groups: string,
    onDelete: Removal['onDelete'],
    { now, exchange }: Cause,
  ): void => {
    insertDeparted.run({
      key,
      foldedLabel: fold(labelOf.get(key) ?? ''),
      groups,
      now,
      exchange: exchange ?? null,
      state: onDelete === 'retain' ? 'retained' : 'removed',
    })
  }

  /** Links the deleted resource that a new one with this label succeeds, and returns its id. */
  const linkSuccessor = ({ tenant, type, id }: Place, label: string): string | undefined => {
    // The index order puts the newest last; ORDER BY and LIMIT would cost more than the look-up.
    const predecessor = ofLabel.all(tenant, type, fold(label)).at(-1)
    if (predecessor) setSuccessor.run(id, predecessor.key)
    return predecessor?.id
  }

  return { add, linkSuccessor }
}

/** Resources that change between two yields of a job: about a millisecond. */
const resourcesPerStep = 20

type RemoverDeps = {
  readonly resources: ResourceRows
  readonly memberships: Memberships
  readonly history: HistoryWriter
  readonly deletedResources: DeletedResources
}

/** Deletes a resource with its keys, memberships and references. */
function createRemover(db: Database, { resources, memberships, history, deletedResources }: RemoverDeps) {
  const groupsOf = createGroupReader(db)
  const typesOf = db.prepare<[{ tenant: number }], string>(`select type from ${countedTypes}`).pluck()
  const referrersAfter = db
    .prepare<[number, string, string, string, number], number>(`
      select resource from keys
      where tenant = ? and type = ? and attribute = ? and value = ? and resource > ?
      order by resource limit ${resourcesPerStep}`)
    .pluck()

  const noteChange = (before: StoredResource, { key, version, document }: StoredResource, cause: Cause) =>
    history.version({ key, version, action: 'changed', document, previous: before.document }, cause)

  function* referrersTo({ tenant, id }: Place, references: readonly string[]): Generator<readonly number[]> {
    for (const type of typesOf.all({ tenant })) {
      for (const attribute of references) {
        for (let after: number | undefined = 0; after !== undefined; ) {
          const keys: readonly number[] = referrersAfter.all(tenant, type, attribute, id, after)
          yield keys
          after = keys[resourcesPerStep - 1]
        }
      }
    }
  }

  function* cutReferences(
    place: Place,
    removed: StoredResource,
    cause: Cause,
    { removeReference, references }: Removal,
  ): SlicedJob<void> {
    if (!removeReference) return
    for (const keys of referrersTo(place, references)) {
      for (const key of keys) {
        const referrer = key === removed.key ? undefined : resources.at(key)
        if (!referrer) continue
        const next = removeReference(referrer, place.id)
        if (next.document === referrer.document) continue
        noteChange(referrer, resources.rewrite(place.tenant, referrer, cause.now, next), cause)
      }
      if (keys.length > 0) yield
    }
  }

  return function* (place: Place, cause: Cause, removal: Removal): SlicedJob<boolean> {
    const stored = resources.find(place)
    if (!stored) return false
    removal.check?.(stored)
    const groups = JSON.stringify(groupsOf(stored.key).map(toRelated))
    for (const [at, key] of (yield* memberships.removeAll(stored, cause)).entries()) {
      const group = resources.at(key)
      if (group) noteChange(group, resources.touch(group, cause.now), cause)
      if (at % resourcesPerStep === resourcesPerStep - 1) yield
    }
    yield* cutReferences(place, stored, cause, removal)
    const { key, version, document } = stored
    history.version({ key, version: version + 1, action: 'deleted', previous: document }, cause)
    deletedResources.add(stored, groups, removal.onDelete, cause)
    resources.drop(place.tenant, stored)
    return true
  }
}

export type SqliteResourceStore = ResourceStore & {
  /** To be called inside a write that replaced the rows of the tables. */
  readonly reload: () => void
}

export type ResourceStoreOptions = {
  readonly textIndex?: TextIndexOptions
  /** The work from which a list is a long read. */
  readonly longWork?: number
}

/**
 * The resource store in SQLite, whose tables `migrate` created. Whether a tenant still exists is checked
 * inside the transaction: a resource created for a deleted tenant could never be reached.
 */
export function createResourceStore(
  { writes, reads, longReads }: Connections,
  writer: Writer,
  hasTenant: (key: number) => boolean = () => true,
  { textIndex: textIndexOptions, longWork }: ResourceStoreOptions = {},
): SqliteResourceStore {
  const resources = createResourceRows(writes)
  const history = createHistoryWriter(writes)
  const memberships = createMemberships(writes, history)
  const deletedResources = createDeletedResources(writes)
  const remove = createRemover(writes, { resources, memberships, history, deletedResources })
  const stored = createStoredResources(reads)
  const counts = createCounts(reads)
  const textIndex = createTextIndex(writes, writer, resources.texts, counts, textIndexOptions)
  const lists = createListReader({ reads, longReads }, counts, textIndex, longWork)
  const members = createMemberReader(reads)
  const groupsOf = createGroupsOfMembers(reads)
  const nestedGroups = createNestedGroups(reads)
  const named = createNameReader(reads)

  function* insert(place: Place, cause: Cause, draft: Draft, limit: number): SlicedJob<Written> {
    const { tenant, type } = place
    if (!hasTenant(tenant)) throw errors.unauthorized('The tenant has been deleted.')
    if (!resources.hasRoom(tenant, type, limit)) {
      throw errors.quotaExceeded(
        `The directory has ${limit} resources of the type ${type}, which is the maximum.`,
      )
    }
    const predecessor = deletedResources.linkSuccessor(place, draft.next.label)
    const stored = resources.add(place, cause.now, draft.next, predecessor)
    // Before its members, so that the history has them in this order.
    history.version(
      { key: stored.key, version: stored.version, action: 'created', document: stored.document },
      cause,
    )
    if (draft.awaited) memberships.linkNew(tenant, stored)
    return {
      ...stored,
      changed: true,
      ...(yield* memberships.edit(draft.memberships, {
        tenant,
        group: stored,
        policy: draft.members,
        cause,
      })),
    }
  }

  function* update(place: Place, cause: Cause, change: Change): SlicedJob<Written | undefined> {
    const found = resources.withSecrets(place)
    if (!found) return undefined
    const { next, memberships: edits, members } = change(found)
    // The result may be shown, so it contains no secrets.
    const { secrets, ...current } = found
    const turnover = yield* memberships.edit(edits, {
      tenant: place.tenant,
      group: current,
      policy: members,
      cause,
    })
    const isSame = next.document === current.document && (next.secrets ?? null) === secrets
    // RFC 7644 §3.5.2.1: a request that changes nothing leaves lastModified unchanged.
    if (isSame && turnover.added === 0 && turnover.removed === 0) {
      return { ...current, changed: false, ...turnover }
    }
    const stored = isSame
      ? resources.touch(current, cause.now)
      : resources.rewrite(place.tenant, current, cause.now, next)
    const { key, version, document } = stored
    history.version({ key, version, action: 'changed', document, previous: current.document }, cause)
    return { ...stored, changed: true, ...turnover }
  }

  return {
    insert: (place, cause, draft, limit) =>
      writer.writeInSlicesIfLong(() => insert(place, cause, draft, limit)),
    find: async place => stored.find(place),
    secrets: async place => stored.withSecrets(place)?.secrets ?? undefined,
    list: lists.list,
    orderedKeys: lists.orderedKeys,
    findByKeys: async (tenant, keys) => lists.withKeys(tenant, keys),
    update: (place, cause, change) => writer.writeInSlicesIfLong(() => update(place, cause, change)),
    remove: (place, cause, removal) => writer.writeInSlicesIfLong(() => remove(place, cause, removal)),
    related: async (relation, keys, reach = 'direct') => {
      if (relation === 'members') return members.membersOf(keys)
      if (reach === 'nested') return nestedGroups(keys)
      return new Map([...groupsOf(keys)].map(([key, groups]) => [key, groups.map(toRelated)]))
    },
    hasMoreMembers: async (group, count) => members.hasMore(group, count),
    relatedById: async (tenant, ids) => named(tenant, ids),
    reload: resources.reread,
  }
}
