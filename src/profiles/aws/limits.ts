import type { Limits, Paging } from '../profile.ts'
import type { Choices } from './choices.ts'

/** What one request may change or ask for. */
export const maxMembershipChanges = 100
export const maxFilterClauses = 2

export const limits: Limits = {
  bodyBytes: 1_048_576,
  filterLength: 4096,
  filterDepth: 8,
  idLength: 47,
  resources: 100_000,
  tokens: 2,
  writesPerSecond: 25,
  readsPerSecond: 40,
}

export const pagingWith = (choices: Choices): Paging => ({
  index: false,
  cursor: { previous: false, total: false, sameCount: false },
  defaultCount: Number(choices.pageSize),
  maxCount: Number(choices.pageSize),
  unreadableCount: 'default',
  total: choices.totalResults,
})
