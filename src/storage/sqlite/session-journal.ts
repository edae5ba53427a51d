import type { SessionCounts, SessionRow, SessionRows, SessionTable } from '../../domain/ports/snapshots.ts'
import { noteColumns, storedColumns } from '../common/exchange-rows.ts'
import type { Database } from './database.ts'

export const ofSessions = 'seq < 0'
export const ofServer = 'seq > 0'

/**
 * Selects the lowest and the highest number of the server's own exchanges as `first` and `last`; 1 and 0 if there are none. Each is
 * looked up by itself: for both at once, SQLite would read all rows.
 */
export const serverBounds = `
  select coalesce((select seq from exchanges where ${ofServer} order by seq limit 1), 1) as first,
    coalesce((select seq from exchanges where ${ofServer} order by seq desc limit 1), 0) as last`

export type SeqRange = { readonly first: number; readonly last: number }

export type IsListed = (tenant: string) => boolean

/** Reads the numbers of the exchanges of opened sessions, of listed tenants only: the others are being stored or deleted. */
export function createSessionRanges(db: Database, isListed: IsListed = () => true) {
  const range = db.prepare<[string], SeqRange>('select first, last from sessions where tenant = ?')
  const ranges = db.prepare<[], SeqRange & { readonly tenant: string }>(
    'select tenant, first, last from sessions order by first desc',
  )
  return {
    of: (tenant: string): SeqRange | undefined => (isListed(tenant) ? range.get(tenant) : undefined),
    isHidden: (tenant: string): boolean => !isListed(tenant) && range.get(tenant) !== undefined,
    /** The session that was opened first comes first. */
    all: (): readonly SeqRange[] => ranges.all().filter(({ tenant }) => isListed(tenant)),
  }
}

/** A few milliseconds of work. */
const rowsPerDeletion = 256

const seqOf = (parameter: string) => `(select seq from exchanges where id = ${parameter})`

/** Its methods run inside a write. */
export function createSessionJournal(db: Database) {
  const ranges = createSessionRanges(db)
  const hasExchanges = db.prepare<[string]>('select 1 from exchanges where tenant = ? limit 1')
  const lowest = db.prepare<[], number>('select coalesce(min(first), 0) from sessions').pluck()
  const insertSession = db.prepare<[string, number, number]>(
    'insert into sessions (tenant, first, last) values (?, ?, ?)',
  )
  const lowestIn = db
    .prepare<[number, number], number | null>('select min(seq) from exchanges where seq between ? and ?')
    .pluck()
  const lowestCycle = db.prepare<[], number>('select min(0, coalesce(min(key), 0)) from cycles').pluck()
  const inserts: Partial<
    Readonly<Record<SessionTable, (rows: readonly SessionRow[], tenant: string) => void>>
  > = {
    exchanges: (rows, tenant) => {
      const { first, last } = ranges.of(tenant) ?? { first: 0, last: 0 }
      let seq = lowestIn.get(first, last) ?? last + 1
      for (const row of rows) exchange.run(--seq, ...storedColumns.map(column => row[column] ?? null))
    },
    exchange_notes: rows => {
      for (const row of rows) notes.run(row)
    },
    findings: rows => {
      for (const row of rows) finding.run(row)
    },
    cycles: rows => {
      let key = lowestCycle.get() ?? 0
      for (const row of rows) cycle.run({ ...row, key: --key })
    },
    setup_steps: rows => {
      for (const row of rows) step.run(row)
    },
  }
  const exchange = db.prepare(
    `insert into exchanges (seq, ${storedColumns.join(', ')}) values (?, ${storedColumns.map(() => '?').join(', ')})`,
  )
  const notes = db.prepare(`
    insert into exchange_notes (seq, ${noteColumns.join(', ')})
    values (${seqOf('@id')}, ${noteColumns.map(column => `@${column}`).join(', ')})`)
  const finding = db.prepare(`
    insert into findings (seq, finding, tenant, origin, at, subject, detail)
    values (${seqOf('@exchange')}, @finding, @tenant, @origin, @at, @subject, @detail)`)
  const cycle = db.prepare(`
    insert into cycles (key, id, tenant, started, last, summary) values (@key, @id, @tenant, @started, @last, @summary)`)
  const step = db.prepare(`
    insert into setup_steps (tenant, step, at, tenant_time, exchange, user_agent)
    values (@tenant, @step, @at, @tenant_time, @exchange, @user_agent)`)
  const deleteExchanges = db.prepare<[number, number]>('delete from exchanges where seq between ? and ?')
  const setFirst = db.prepare<[number, string]>('update sessions set first = ? where tenant = ?')
  const deleteOthers = ['cycles', 'setup_steps', 'sessions'].map(table =>
    db.prepare<[string]>(`delete from ${table} where tenant = ?`),
  )
  const others = db
    .prepare<[string], string>(
      'select tenant from sessions where tenant not in (select value from json_each(?))',
    )
    .pluck()

  const remove = (tenant: string): boolean => {
    const range = ranges.of(tenant)
    if (!range) return false
    const { first, last } = range
    const end = Math.min(last, first + rowsPerDeletion - 1)
    deleteExchanges.run(first, end)
    setFirst.run(end + 1, tenant)
    if (end < last) return true
    for (const statement of deleteOthers) statement.run(tenant)
    return false
  }

  return {
    /** False if the journal has requests to a tenant of this id. */
    start(tenant: string, { exchanges }: Pick<SessionCounts, 'exchanges'>): boolean {
      if (hasExchanges.get(tenant) !== undefined) return false
      const end = lowest.get() ?? 0
      insertSession.run(tenant, end - exchanges, end - 1)
      return true
    },
    add: (tenant: string, { table, rows }: SessionRows): void => inserts[table]?.(rows, tenant),
    /** Deletes a part of a session, and returns whether there is more. Nothing for other tenants. */
    remove,
    /** The import or the deletion of these sessions was interrupted. */
    others: (tenants: readonly string[]): readonly string[] => others.all(JSON.stringify(tenants)),
  }
}
