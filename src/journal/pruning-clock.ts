import type { Database } from 'better-sqlite3'

const day = 24 * 60 * 60 * 1000

/** The machine's clock is more than a day ahead of the last pruning. Times in milliseconds since 1970. */
export type ClockLeap = {
  readonly now: number
  /** When the journal was last pruned, by the clock that was trusted then. */
  readonly trusted: number
  /** When the clock will be trusted, unless it has been set back by then. */
  readonly until: number
}

type Row = { readonly trusted: number; readonly ahead_since: number | null }

/**
 * Decides whether exchanges may be deleted by the machine's clock. A clock that is wrong once must not delete the whole
 * journal, so one that has leapt by more than a day is trusted a day later. Its method runs inside a write.
 */
export function createPruningClock(db: Database) {
  const stored = db.prepare<[], Row>('select trusted, ahead_since from pruning_clock')
  const newest = db.prepare<[], { at: number }>('select at from exchanges order by seq desc limit 1')
  const forget = db.prepare<[]>('delete from pruning_clock')
  const insert = db.prepare<[number, number | null]>(
    'insert into pruning_clock (trusted, ahead_since) values (?, ?)',
  )
  const keep = (trusted: number, aheadSince: number | null) => {
    forget.run()
    insert.run(trusted, aheadSince)
  }

  return {
    /** Returns the leap because of which this time is not trusted; undefined when it is. */
    leapAt(now: number): ClockLeap | undefined {
      const { trusted, ahead_since } = stored.get() ?? {
        trusted: Math.min(newest.get()?.at ?? now, now),
        ahead_since: null,
      }
      const since = Math.min(ahead_since ?? now, now)
      const isTrusted = now - trusted <= day || now - since >= day
      keep(isTrusted ? Math.max(trusted, now) : trusted, isTrusted ? null : since)
      return isTrusted ? undefined : { now, trusted, until: since + day }
    },
  }
}
