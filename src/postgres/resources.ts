import type { ResourceStore } from '../ports/resources.ts'
import type { Reads } from './connect.ts'
import { createCounts } from './counts.ts'
import { createListReads } from './list.ts'
import { createRelatedReads } from './related.ts'
import { createStoredResources } from './resource-rows.ts'

/** The part of the resource store that reads. The rest does not exist yet. */
export type ResourceReads = Omit<ResourceStore, 'insert' | 'update' | 'remove'>

export function createResourceReads(reads: Reads): ResourceReads {
  const stored = createStoredResources(reads)
  return {
    find: stored.find,
    secrets: stored.secrets,
    findByKeys: stored.withKeys,
    ...createListReads(reads, createCounts(reads), stored),
    ...createRelatedReads(reads),
  }
}
