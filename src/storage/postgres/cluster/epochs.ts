import { BusyError } from '../../../domain/ports/database.ts'
import { type Connection, lockNotAvailable, sqlStateOf } from '../connection.ts'
import { prepared } from '../statement.ts'

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
