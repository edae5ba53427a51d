import { BusyError } from '../../../domain/ports/database.ts'
import type { Statements } from '../connect.ts'
import { type Connection, lockNotAvailable, sqlStateOf } from '../connection.ts'
import { prepared, type Query, type Statement } from '../statement.ts'

/**
 * A change of held rows. Changes are numbered in the order of their commits. After a failover to a server that lacks changes, their
 * numbers are given again, with other marks. Null if an instance of an earlier version made it.
 */
export type Epoch = { readonly number: number; readonly mark: string | null }

export const noEpoch: Epoch = { number: -1, mark: null }

const markOf = (number: string) => `(select mark::text from epoch_marks where n = ${number})`

export const lastEpochColumns = `epochs.n as number, ${markOf('epochs.n')} as mark`

/** Whether the database has a change with this number and mark, as a condition. It is false for changes long ago. */
export const hasEpoch = (number: string, mark: string): string =>
  `(${number}::bigint <= (select n from epochs) and ${markOf(`${number}::bigint`)} is not distinct from ${mark}::text)`

// Locks the row of `epochs`, so changes commit in the order of their numbers.
const take = prepared(`
  with next as (update epochs set n = n + 1 returning n)
  insert into epoch_marks (n, mark) select n, gen_random_uuid() from next returning n as number, mark::text`)
const keptMarks = 10_000
const forget = prepared(`
  with removed as (delete from removals where epoch <= $1)
  delete from epoch_marks where n <= $1::bigint - ${keptMarks}`)

/** The change ends with the transaction. Other changes wait for it. */
export async function takeEpoch(connection: Pick<Connection, 'query'>): Promise<Epoch> {
  const [epoch] = await connection.query<Epoch>(take).catch(error => {
    if (sqlStateOf(error) !== lockNotAvailable) throw error
    throw new BusyError('Another change of tenants or faults takes long. Try again later.')
  })
  if (!epoch) throw new Error('The table epochs is empty.')
  return epoch
}

export const forgetBefore = ({ query }: { readonly query: Connection['query'] }, { number }: Epoch) =>
  query(forget, [number])

export type HeldRows<Row> = {
  readonly table: string
  readonly changes: Statement
  apply(rows: readonly Row[], removed: readonly string[]): void
  replace(rows: readonly Row[]): void
}

const position = prepared(`select ${lastEpochColumns}, ${hasEpoch('$1', '$2')} as "isContinued" from epochs`)
const removalsSince = prepared('select kind, key from removals where epoch > $1 order by epoch')

type Position = Epoch & {
  readonly isContinued: boolean
}
type Removal = { readonly kind: string; readonly key: string }

/** Reads must not overlap. */
export function createRegister(statements: Statements) {
  const kinds: HeldRows<unknown>[] = []
  let seen = noEpoch

  const read = async (since: Epoch) => {
    const changes: readonly Query[] = kinds.map(({ changes }) => ({ ...changes, values: [since.number] }))
    // Changes commit in the order of their epochs, because each one locks the row until its commit.
    const [positions, removals, ...rows] = await statements.snapshot([
      { ...position, values: [since.number, since.mark] },
      { ...removalsSince, values: [since.number] },
      ...changes,
    ])
    const [current] = positions as readonly Position[]
    if (!current) throw new Error('The table epochs is empty.')
    const { isContinued, ...epoch } = current
    return { isContinued, epoch, removals: removals as readonly Removal[], rows }
  }

  return {
    add<Row>(kind: HeldRows<Row>): void {
      kinds.push(kind as HeldRows<unknown>)
    },
    seen: (): Epoch => seen,
    async readAll(): Promise<void> {
      const { epoch, rows } = await read(noEpoch)
      for (const [at, kind] of kinds.entries()) kind.replace(rows[at] ?? [])
      seen = epoch
    },
    /** Returns false, and reads nothing, if the database lacks the last change that was read. */
    async readChanges(): Promise<boolean> {
      const { isContinued, epoch, removals, rows } = await read(seen)
      if (!isContinued) return false
      for (const [at, kind] of kinds.entries()) {
        const removed = removals.filter(removal => removal.kind === kind.table).map(({ key }) => key)
        const changed = rows[at] ?? []
        if (changed.length > 0 || removed.length > 0) kind.apply(changed, removed)
      }
      seen = epoch
      return true
    },
  }
}

export type Register = ReturnType<typeof createRegister>
