import type { Place, ResourceStore } from '../../domain/ports/resources.ts'
import { compact } from '../../scim/json.ts'
import { planRemoval } from '../common/plans/remove.ts'
import { planInsert, planUpdate } from '../common/plans/write.ts'
import type { Reads } from './connect.ts'
import { createCounts } from './counts.ts'
import { existenceOf } from './job.ts'
import type { Lanes } from './lanes.ts'
import { createListReads } from './list.ts'
import { type LongReads, readInPlace } from './long-reads.ts'
import { createRelatedReads } from './related.ts'
import { createStoredResources } from './resource-rows.ts'
import { createTextIndex, type TextIndex } from './text-index.ts'

export type ResourceReads = Omit<ResourceStore, 'insert' | 'update' | 'remove'>

export type ResourceStoreOptions = {
  /** `reads` by default. */
  readonly longReads?: LongReads
  readonly textIndex?: TextIndex
  readonly longWork?: number
}

export function createResourceReads(
  reads: Reads,
  { longReads = readInPlace(reads), textIndex = createTextIndex(reads), longWork }: ResourceStoreOptions = {},
): ResourceReads {
  const stored = createStoredResources(reads)
  return {
    find: stored.find,
    secrets: stored.secrets,
    findByKeys: stored.withKeys,
    ...createListReads(compact({ reads, longReads, textIndex, longWork }), createCounts(reads), stored),
    ...createRelatedReads(reads),
  }
}

export function createResourceStore(
  reads: Reads,
  lanes: Lanes,
  options?: ResourceStoreOptions,
): ResourceStore {
  return {
    ...createResourceReads(reads, options),
    insert: (place, cause, draft, limit) =>
      lanes.run({ ...existenceOfPlace(place), plan: () => planInsert(place, cause, draft, limit) }),
    update: (place, cause, change) =>
      lanes.run({ ...contentOf(place), plan: () => planUpdate(place, cause, change) }),
    remove: (place, cause, removal) =>
      lanes.run({ ...existenceOfPlace(place), plan: () => planRemoval(place, cause, removal) }),
  }
}

const contentOf = ({ tenant, id }: Place) => ({ tenant, changes: [`resource ${tenant} ${id}`] })

const existenceOfPlace = (place: Place) => {
  const { tenant, changes } = contentOf(place)
  return { tenant, changes: [...changes, existenceOf(tenant, place.id)] }
}
