import { randomUUID } from 'node:crypto'
import {
  describeFault,
  type Fault,
  FaultLimitError,
  type Faults,
  isDueAt,
  matchesRequest,
  maxFaults,
  type NewFault,
} from '../../domain/faults/fault.ts'
import { UnavailableError } from '../../domain/ports/database.ts'
import type { Cluster, ClusterEvent } from './cluster/cluster.ts'
import { prepared } from './statement.ts'

type FaultRow = {
  readonly id: string
  readonly key: number
  readonly definition: NewFault & { readonly summary: string }
  readonly activeSince: number
  readonly hits: number
  readonly lastHit: number | null
}

type HitEvent = ClusterEvent & {
  readonly kind: 'fault-hit'
  readonly id: string
  readonly hits: number
  readonly lastHit: number
}

const changes = prepared(`
  select id, key, definition, active_since as "activeSince", hits, last_hit as "lastHit"
  from faults where epoch > $1`)
// Changes run one after another, so the count is exact.
const insert = prepared(`
  insert into faults (id, definition, active_since, epoch)
  select $1, $2::jsonb, $3::bigint, $4::bigint where (select count(*) from faults) < $5
  returning id`)
const removalOf = (condition: string) =>
  prepared(`
    with gone as (delete from faults where ${condition} returning id)
    insert into removals (epoch, kind, key) select $1, 'faults', id from gone returning key`)
const removeOne = removalOf('id = $2')
const removeAll = removalOf('true')
const removeOfTenant = removalOf(`definition #>> '{match,tenant}' = $2`)

const isDueNow = 'matched + 1 > $3 and (matched + 1 - $3) % $4 = 0'
const countMatch = prepared(`
  update faults set matched = matched + 1,
    hits = hits + case when ${isDueNow} then 1 else 0 end,
    last_hit = case when ${isDueNow} then $2 else last_hit end
  where id = $1 and (definition ->> 'times' is null or hits < (definition ->> 'times')::bigint)
  returning matched, hits`)

/** The faults of all instances. `matched` and `hits` are counted in the database, by whichever instance has the request. */
export function createPostgresFaults(
  cluster: Pick<Cluster, 'hold' | 'change' | 'now' | 'statements' | 'bulletin'>,
): Faults {
  const listeners = new Set<(event: { readonly kind: 'changed' }) => void>()
  let held: readonly FaultRow[] = []

  const notifyListeners = () => {
    for (const listener of listeners) listener({ kind: 'changed' })
  }
  const replaceHeld = (rows: readonly FaultRow[]) => {
    held = rows.toSorted((one, other) => one.key - other.key)
    notifyListeners()
  }

  cluster.hold<FaultRow>({
    table: 'faults',
    changes,
    replace: replaceHeld,
    apply(rows, removed) {
      const changed = new Set([...removed, ...rows.map(({ id }) => id)])
      replaceHeld([...held.filter(({ id }) => !changed.has(id)), ...rows])
    },
  })

  const showHit = ({ id, hits, lastHit }: Omit<HitEvent, 'kind'>) => {
    // Events may arrive in another order.
    held = held.map(row => (row.id === id && row.hits < hits ? { ...row, hits, lastHit } : row))
    notifyListeners()
  }
  cluster.bulletin.subscribe(event => {
    if (event.kind === 'fault-hit') showHit(event as HitEvent)
  })

  const remove = async (statement: typeof removeOne, ...values: readonly string[]): Promise<boolean> => {
    const removed = await cluster.change(async (connection, epoch) => {
      const rows = await connection.query(statement, [epoch, ...values])
      return rows.length > 0 || undefined
    })
    return removed === true
  }

  const removing = new Set<string>()
  /** If the removal fails, the next request that the fault matches tries again. */
  const removeUsedUp = async (id: string): Promise<void> => {
    if (removing.has(id)) return
    removing.add(id)
    try {
      await remove(removeOne, id)
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
    } finally {
      removing.delete(id)
    }
  }

  const countRequest = async (row: FaultRow): Promise<Fault | undefined> => {
    const { id, definition } = row
    const { skip = 0, every = 1 } = definition.match
    const lastHit = cluster.now()
    const [counted] = await cluster.statements.query<{ readonly matched: number; readonly hits: number }>(
      countMatch,
      [id, lastHit, skip, every],
    )
    if (!counted) await removeUsedUp(id)
    if (!counted || !isDueAt(counted.matched, definition.match)) return undefined
    const hit = { id, hits: counted.hits, lastHit }
    showHit(hit)
    if (counted.hits === definition.times) await removeUsedUp(id)
    else cluster.bulletin.publish({ kind: 'fault-hit', ...hit } as HitEvent)
    return toFault({ ...row, ...hit })
  }

  const findDue = async (candidates: readonly FaultRow[]): Promise<Fault | undefined> => {
    try {
      for (const candidate of candidates) {
        const fault = await countRequest(candidate)
        if (fault) return fault
      }
      return undefined
    } catch (error) {
      // Without the database, the request fails anyway.
      if (error instanceof UnavailableError) return undefined
      throw error
    }
  }

  return {
    list: () => held.map(toFault),
    async activate(newFault) {
      const definition = { ...newFault, summary: describeFault(newFault) }
      const fault = { ...definition, id: randomUUID(), activeSince: cluster.now(), hits: 0 }
      const inserted = await cluster.change(async (connection, epoch) => {
        const values = [fault.id, toStorableJson(definition), fault.activeSince, epoch, maxFaults]
        const rows = await connection.query(insert, values)
        return rows.length > 0 || undefined
      })
      if (!inserted) throw new FaultLimitError()
      return fault
    },
    deactivate: id => remove(removeOne, id),
    deactivateAll: async () => void (await remove(removeAll)),
    deactivateForTenant: async tenant => void (await remove(removeOfTenant, tenant)),
    trigger(facts) {
      if (held.length === 0) return undefined
      const request = facts()
      const candidates = held.filter(({ definition }) => matchesRequest(definition.match, request))
      return candidates.length === 0 ? undefined : findDue(candidates)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

const toFault = ({ id, definition, activeSince, hits, lastHit }: FaultRow): Fault => ({
  ...definition,
  id,
  activeSince,
  hits,
  ...(lastHit !== null && { lastHit }),
})

/** PostgreSQL stores neither U+0000 nor halves of surrogate pairs. */
const toStorableJson = (definition: FaultRow['definition']): string =>
  JSON.stringify(definition, (_name, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '\ufffd').toWellFormed() : value,
  )
