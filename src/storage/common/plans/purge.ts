import {
  inPortions,
  maxListInChange,
  type Plan,
  type PlanChange,
  type PlanStep,
  type RetainedRecord,
  read,
  readAll,
} from './plan.ts'

/** Read at once, in less than a millisecond. */
const recordsPerPage = 200

/** Plans the purge of retained records: all of them, or those with these ids. Returns the ids. See `Directory.purge`. */
export function* planPurge(
  tenant: number,
  now: number,
  ids: readonly string[] | 'all',
): Plan<readonly string[]> {
  const records = ids === 'all' ? yield* allRetained(tenant) : yield* retainedWithIds(tenant, ids)
  const changes: PlanChange[] = []
  for (const portion of inPortions(records, maxListInChange)) {
    // The deletion is one version, the purge the next.
    const purged = portion.map(({ key, version }) => ({ key, version: version + 2 }))
    changes.push({ change: 'purgeRecords', row: { tenant, records: purged, at: now } })
  }
  return { value: records.map(({ id }) => id), changes }
}

function* allRetained(tenant: number): PlanStep<readonly RetainedRecord[]> {
  const records: RetainedRecord[] = []
  const [types] = yield* read({ query: 'deletedTypes', of: [tenant] })
  for (const type of types) {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const [page]: [readonly RetainedRecord[]] = yield* read({
        query: 'retainedAfter',
        of: [tenant, type, after, recordsPerPage],
      })
      for (const record of page) records.push(record)
      after = page[recordsPerPage - 1]?.key
    }
  }
  return records.sort((one, other) => one.key - other.key)
}

function* retainedWithIds(tenant: number, ids: readonly string[]): PlanStep<readonly RetainedRecord[]> {
  const found = yield* readAll(
    'retained',
    [...new Set(ids)].map(id => [tenant, id]),
  )
  return found.flat()
}
