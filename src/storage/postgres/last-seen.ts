import type { Reads } from './connect.ts'
import { prepared } from './statement.ts'

type Sighting = { readonly tenant: number; readonly key: number; readonly at: number }

/** Milliseconds. */
const defaultDelay = 1000

/** While the database cannot be reached, requests about further resources are not recorded. */
const maxWaiting = 50_000

type LastSeenOptions = {
  readonly delay?: number
  readonly onError?: (error: unknown) => void
}

export type LastSeen = ReturnType<typeof createLastSeen>

export function createLastSeen(
  reads: Pick<Reads, 'query'>,
  { delay = defaultDelay, onError = () => {} }: LastSeenOptions = {},
) {
  // Rows are locked in the order of their keys, so that instances that write the same rows wait for each other in one
  // direction. A resource may no longer exist: a reset or a restore can precede this statement. The statement may run twice.
  // Without the offsets, the planner may read the keys of all tenants first.
  const store = prepared(`
    insert into last_seen (tenant, key, at)
    select x.tenant, x.key, x.at from unnest($1::bigint[], $2::bigint[], $3::bigint[]) x (tenant, key, at)
    where exists (select 1 from resources r where r.tenant = x.tenant and r.key = x.key offset 0)
      or exists (select 1 from deleted_resources d where d.tenant = x.tenant and d.key = x.key offset 0)
    order by x.tenant, x.key
    on conflict (tenant, key) do update set at = greatest(last_seen.at, excluded.at)`)
  // Keys of resources are unique over all tenants.
  let waiting = new Map<number, Sighting>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  let writing: Promise<void> = Promise.resolve()

  const note = (tenant: number, key: number, at: number): void => {
    const known = waiting.get(key)
    if (!known && waiting.size >= maxWaiting) return
    waiting.set(key, { tenant, key, at: Math.max(at, known?.at ?? 0) })
    if (!isClosed) timer ??= setTimeout(flush, delay).unref()
  }

  const write = async (): Promise<void> => {
    const rows = [...waiting.values()]
    waiting = new Map()
    if (rows.length === 0) return
    try {
      await reads.query(store, [
        rows.map(({ tenant }) => tenant),
        rows.map(({ key }) => key),
        rows.map(({ at }) => at),
      ])
    } catch (error) {
      for (const { tenant, key, at } of rows) note(tenant, key, at)
      onError(error)
    }
  }

  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(write)
    return writing
  }

  return {
    note,
    flush,
    close: (): Promise<void> => {
      isClosed = true
      return flush()
    },
  }
}
