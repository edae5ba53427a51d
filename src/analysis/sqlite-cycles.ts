import type { Database } from 'better-sqlite3'
import type { ClientKind } from '../journal/exchange.ts'
import { CursorError } from '../journal/journal.ts'
import type { CycleQuery } from './analysis.ts'
import type { Cycle, CycleKind } from './cycle.ts'
import { mostClients } from './cycle-run.ts'

type Row = {
  readonly key: number
  readonly id: string
  readonly tenant: string
  readonly started: number
  readonly last: number
  readonly summary: string
}

// As many as a usual period is told by.
const recent = 10

/** The table `cycles`. Its changes run inside a write. */
export function createSqliteCycles(db: Database) {
  const put = db.prepare<[string, string, number, number, string]>(
    `insert into cycles (id, tenant, started, last, summary) values (?, ?, ?, ?, ?)
      on conflict (id) do update set started = excluded.started, last = excluded.last, summary = excluded.summary`,
  )
  const withId = db.prepare<[string], Row>('select * from cycles where id = ?')
  const page = db.prepare<[number, number], Row>(
    'select * from cycles where key < ? order by key desc limit ?',
  )
  const pageOfTenant = db.prepare<[string, number, number], Row>(
    'select * from cycles where tenant = ? and key < ? order by key desc limit ?',
  )
  const ofClient = db.prepare<[string, string | null, string, string | null], Row>(
    `select * from cycles where tenant = ? and summary ->> '$.token.id' is ?
      and summary ->> '$.client' = ? and summary ->> '$.userAgent' is ?
      order by key desc limit ${recent}`,
  )
  const newestOf = db.prepare<[{ tenant: string; clients: string; kinds: string }], Row>(
    `select * from cycles where key = (
      select max((
        select max(key) from cycles
        where tenant = @tenant and summary ->> '$.client' = client.value and summary ->> '$.kind' = kind.value
      )) from json_each(@clients) client, json_each(@kinds) kind
    )`,
  )
  const newest = db.prepare<[], Row>(
    `select * from cycles where key in (
      select max(key) as newest from cycles
      group by tenant, summary ->> '$.token.id', summary ->> '$.client', summary ->> '$.userAgent',
        summary ->> '$.dialect' is 'other'
      order by newest desc limit ${mostClients}
    ) order by key`,
  )
  // Exchanges are forgotten in the order of their numbers, so the oldest one tells until when.
  const forgetOld = db.prepare<[]>(
    `delete from cycles where not exists (select 1 from exchanges)
      or last < (select at from exchanges order by seq limit 1)`,
  )
  const deleteAll = db.prepare<[]>('delete from cycles')
  const deleteOf = db.prepare<[string]>('delete from cycles where tenant = ?')

  return {
    put({ id, tenant, started, last, ...summary }: Cycle): void {
      put.run(id, tenant, started, last, JSON.stringify(summary))
    },
    find(id: string): Cycle | undefined {
      const row = withId.get(id)
      return row && cycleOf(row)
    },
    page(query: CycleQuery): { readonly items: readonly Cycle[]; readonly next?: string } {
      const { tenant, limit } = query
      const end = endOf(query)
      const rows = tenant === undefined ? page.all(end, limit + 1) : pageOfTenant.all(tenant, end, limit + 1)
      const shown = rows.slice(0, limit)
      const oldest = shown.at(-1)
      return {
        items: shown.map(cycleOf),
        ...(rows.length > limit && oldest && { next: cursorOf(oldest.key) }),
      }
    },
    recent: ({ tenant, token, client, userAgent }: Cycle): readonly Cycle[] =>
      ofClient.all(tenant, token?.id ?? null, client, userAgent ?? null).map(cycleOf),
    /** The newest one of these kinds of a tenant's clients of these kinds. */
    newestOf(tenant: string, clients: readonly ClientKind[], kinds: readonly CycleKind[]): Cycle | undefined {
      const asked = { tenant, clients: JSON.stringify(clients), kinds: JSON.stringify(kinds) }
      const row = newestOf.get(asked)
      return row && cycleOf(row)
    },
    /** The newest one of each client, oldest first. */
    newest: (): readonly Cycle[] => newest.all().map(cycleOf),
    /** Forgets those of whose exchanges the journal has none any more; answers how many. */
    forgetOld: (): number => forgetOld.run().changes,
    clear(tenant?: string): void {
      if (tenant === undefined) deleteAll.run()
      else deleteOf.run(tenant)
    },
  }
}

const cycleOf = ({ id, tenant, started, last, summary }: Row): Cycle => ({
  id,
  tenant,
  started,
  last,
  ...JSON.parse(summary),
})

const cursorOf = (key: number) => Buffer.from(String(key)).toString('base64url')

/** The key before which the page ends. */
function endOf({ cursor }: CycleQuery): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  const key = Number(Buffer.from(cursor, 'base64url').toString())
  if (!Number.isSafeInteger(key) || key < 1 || cursorOf(key) !== cursor) throw new CursorError()
  return key
}
