import type { Writer } from '../../domain/ports/database.ts'
import type { ResourceStore } from '../../domain/ports/resources.ts'
import type { Plan } from '../common/plans/plan.ts'
import { planRemoval } from '../common/plans/remove.ts'
import { planInsert, planUpdate } from '../common/plans/write.ts'
import { toNestedGroups } from '../common/related.ts'
import type { Connections } from './connections.ts'
import { createCounts, createLastKey, createQuota } from './counts.ts'
import type { Database } from './database.ts'
import { createListReader, createStoredResources } from './reading.ts'
import {
  createGroupsOfMembers,
  createGroupsOfOne,
  createMemberReader,
  createNameReader,
  createNestedGroups,
} from './related.ts'
import {
  createResourceChanges,
  createResourceQueries,
  type HistoryRows,
  type PlanRunners,
  runPlan,
} from './run-plan.ts'
import { createTextIndex, createTextRows, type TextIndexOptions } from './text-index.ts'

/** Must be used inside a transaction. */
function createResourceWrites(
  db: Database,
  hasTenant: (key: number) => boolean,
  history: HistoryRows | undefined,
) {
  const texts = createTextRows(db)
  const counts = createCounts(db)
  const quota = createQuota(counts)
  const lastKeyGiven = createLastKey(db)
  // This process is the only one that writes (`openSqlite`), so the key is held in memory.
  let lastKey = lastKeyGiven()
  const runners: PlanRunners = {
    queries: createResourceQueries(db, { tenant: hasTenant, room: quota.hasRoom, newKey: () => ++lastKey }),
    changes: createResourceChanges(db, { texts, counts, quota }, history),
  }

  return {
    runners,
    texts,
    reserveKeys(count: number): number {
      const last = lastKey
      lastKey += count
      return last
    },
    reread: (): void => {
      // No key is reused, including those of the replaced rows.
      lastKey = Math.max(lastKey, lastKeyGiven())
      quota.forget()
      texts.reread()
    },
  }
}

export type SqliteResourceStore = ResourceStore & {
  readonly reserveKeys: (count: number) => number
  /** To be called inside a write that replaced the rows of the tables. */
  readonly reload: () => void
}

export type ResourceStoreOptions = {
  readonly textIndex?: TextIndexOptions
  readonly longWork?: number
  readonly history?: HistoryRows
}

/**
 * The resource store in SQLite, whose tables `migrate` created. Whether a tenant still exists is checked
 * inside the transaction: a resource created for a deleted tenant could never be reached.
 */
export function createResourceStore(
  { writes, reads, longReads }: Connections,
  writer: Writer,
  hasTenant: (key: number) => boolean = () => true,
  { textIndex: textIndexOptions, longWork, history }: ResourceStoreOptions = {},
): SqliteResourceStore {
  const { runners, texts, reserveKeys, reread } = createResourceWrites(writes, hasTenant, history)
  const stored = createStoredResources(reads)
  const counts = createCounts(reads)
  const textIndex = createTextIndex(writes, writer, texts, counts, textIndexOptions)
  const lists = createListReader({ reads, longReads }, counts, textIndex, longWork)
  const members = createMemberReader(reads)
  const groupsOf = createGroupsOfMembers(reads)
  const nestedGroups = createNestedGroups(reads)
  const groupsOfOne = createGroupsOfOne(reads, nestedGroups)
  const named = createNameReader(reads)

  const run = <Value>(plan: () => Plan<Value>): Promise<Value> =>
    writer.writeInSlicesIfLong(() => runPlan(plan(), runners))

  return {
    insert: (place, cause, draft, limit) => run(() => planInsert(place, cause, draft, limit)),
    find: stored.find,
    secrets: async place => stored.withSecrets(place)?.secrets ?? undefined,
    list: lists.list,
    orderedKeys: lists.orderedKeys,
    findByKeys: lists.withKeys,
    update: (place, cause, change) => run(() => planUpdate(place, cause, change)),
    remove: (place, cause, removal) => run(() => planRemoval(place, cause, removal)),
    related: (_tenant, relation, keys, reach = 'direct') => {
      if (relation === 'members') return members.membersOf(keys)
      if (reach === 'nested') return nestedGroups(keys)
      return toNestedGroups(groupsOf(keys), new Map())
    },
    relatedOf: (_tenant, relation, key, reach = 'direct') =>
      relation === 'members' ? members.membersOfOne(key) : groupsOfOne(key, reach),
    hasMoreMembers: (_tenant, group, count) => members.hasMore(group, count),
    relatedById: named,
    reserveKeys,
    reload: reread,
  }
}
