import type { Database } from 'better-sqlite3'
import type { ClientKind } from '../../domain/journal/exchange.ts'
import {
  type Cycle,
  type CycleKind,
  type CyclePage,
  type CycleQuery,
  maxClients,
  recentCycleCount,
} from '../../domain/ports/analysis.ts'
import { CursorError } from '../../domain/ports/journal.ts'
import { type CycleRow as StoredCycle, toCycle, toCycleRow } from '../common/analysis-rows.ts'
import { ofServer } from './session-journal.ts'

type CycleRow = StoredCycle & { readonly key: number }

/** Reads the table `cycles`. */
export function createCycleReader(db: Database) {
  const withId = db.prepare<[string], CycleRow>('select * from cycles where id = ?')
  const page = db.prepare<[number, number], CycleRow>(
    'select * from cycles where key < ? and key > 0 order by key desc limit ?',
  )
  const pageOfTenant = db.prepare<[string, number, number], CycleRow>(
    'select * from cycles where tenant = ? and key < ? order by key desc limit ?',
  )
  const ofClient = db.prepare<[string, string | null, string, string | null, string | null], CycleRow>(
    `select * from cycles where tenant = ? and summary ->> '$.token.id' is ?
      and summary ->> '$.client' = ? and summary ->> '$.userAgent' is ?
      and (summary ->> '$.client' = 'entra' or summary ->> '$.recognized.product' is ?)
      and summary ->> '$.kind' <> 'on-demand'
      order by key desc limit ${recentCycleCount}`,
  )
  const newestOf = db.prepare<[{ tenant: string; clients: string; kinds: string }], CycleRow>(
    `select * from cycles where key = (
      select max((
        select max(key) from cycles
        where tenant = @tenant and summary ->> '$.client' = client.value and summary ->> '$.kind' = kind.value
      )) from json_each(@clients) client, json_each(@kinds) kind
    )`,
  )
  const newest = db.prepare<[], CycleRow>(
    `select * from cycles where key in (
      select max(key) as newest from cycles where key > 0
      group by tenant, summary ->> '$.token.id', summary ->> '$.client', summary ->> '$.userAgent',
        summary ->> '$.recognized.product', summary ->> '$.dialect' is 'other'
      order by newest desc limit ${maxClients}
    ) order by key`,
  )

  return {
    find(id: string): Cycle | undefined {
      const row = withId.get(id)
      return row && toCycle(row)
    },
    page(query: CycleQuery): CyclePage {
      const { tenant, limit } = query
      const end = parseCycleCursor(query)
      const rows = tenant === undefined ? page.all(end, limit + 1) : pageOfTenant.all(tenant, end, limit + 1)
      const pageRows = rows.slice(0, limit)
      const oldest = pageRows.at(-1)
      return {
        items: pageRows.map(toCycle),
        ...(rows.length > limit && oldest && { next: cycleCursor(oldest.key) }),
      }
    },
    recent: ({ tenant, token, client, userAgent, recognized }: Cycle): readonly Cycle[] =>
      ofClient
        .all(tenant, token?.id ?? null, client, userAgent ?? null, recognized?.product ?? null)
        .map(toCycle),
    /** The newest one of these kinds, by a tenant's clients of these kinds. */
    newestOf(tenant: string, clients: readonly ClientKind[], kinds: readonly CycleKind[]): Cycle | undefined {
      const parameters = { tenant, clients: JSON.stringify(clients), kinds: JSON.stringify(kinds) }
      const row = newestOf.get(parameters)
      return row && toCycle(row)
    },
    /** The newest one of each client, oldest first. */
    newest: (): readonly Cycle[] => newest.all().map(toCycle),
  }
}

/** Writes the table `cycles`, within a transaction. */
export function createCycleWriter(db: Database) {
  const put = db.prepare<[string, string, number, number, string]>(
    `insert into cycles (id, tenant, started, last, summary) values (?, ?, ?, ?, ?)
      on conflict (id) do update set started = excluded.started, last = excluded.last, summary = excluded.summary`,
  )
  // Exchanges are deleted in the order of their numbers, so cycles before the oldest exchange have none.
  const deleteOld = db.prepare<[]>(
    `delete from cycles where key > 0 and (
      not exists (select 1 from exchanges where ${ofServer})
      or last < (select at from exchanges where ${ofServer} order by seq limit 1))`,
  )
  const deleteAll = db.prepare<[]>('delete from cycles where key > 0')
  const deleteOf = db.prepare<[string]>('delete from cycles where tenant = ?')

  return {
    put(cycle: Cycle): void {
      const { id, tenant, started, last, summary } = toCycleRow(cycle)
      put.run(id, tenant, started, last, JSON.stringify(summary))
    },
    /** Deletes cycles without remaining exchanges. Returns the number of deleted cycles. */
    deleteOld: (): number => deleteOld.run().changes,
    clear(tenant?: string): void {
      if (tenant === undefined) deleteAll.run()
      else deleteOf.run(tenant)
    },
  }
}

const cycleCursor = (key: number) => Buffer.from(String(key)).toString('base64url')

/** The key before which the page ends. */
function parseCycleCursor({ cursor }: CycleQuery): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  const key = Number(Buffer.from(cursor, 'base64url').toString())
  if (!Number.isSafeInteger(key) || key === 0 || cycleCursor(key) !== cursor) throw new CursorError()
  return key
}
