import { assumedBytes } from '../common/exchange-rows.ts'
import { type Amount, type Stored, toStored } from '../common/journal-limits.ts'
import type { Reads } from './connect.ts'
import type { Connection } from './connection.ts'
import { isOfServer } from './id-cursor.ts'
import { prepared } from './statement.ts'

const common = ''

export const storedBytes = `coalesce(bytes, ${assumedBytes})`

const addAmounts = (select: string) => `
  insert into exchange_amounts as a (writer, unauthenticated, exchanges, bytes)
  ${select}
  on conflict (writer, unauthenticated)
    do update set exchanges = a.exchanges + excluded.exchanges, bytes = a.bytes + excluded.bytes`

export const addReturned = (writer: string, rows: string): string =>
  addAmounts(`
    select ${writer}, coalesce(unauthenticated, false), count(*), sum(${storedBytes})
    from ${rows} group by 2`)

export const recountAll = (table: string): string => `
  delete from exchange_amounts;
  ${addReturned(`'${common}'`, `${table} where ${isOfServer('id')}`)}`

export const subtractReturned = (rows: string): string =>
  addAmounts(`
    select '${common}', coalesce(unauthenticated, false), -count(*), -sum(${storedBytes})
    from ${rows} where ${isOfServer('id')} group by 2`)

const amounts = prepared(`
  select unauthenticated, sum(exchanges)::bigint as exchanges, sum(bytes)::bigint as bytes
  from exchange_amounts group by unauthenticated`)

type AmountRow = { readonly unauthenticated: boolean } & Amount

export const readAmounts = async ({ query }: Pick<Reads, 'query'>): Promise<Stored> =>
  toStored(await query<AmountRow>(amounts))

const subtraction = prepared(
  addAmounts(`select '${common}', x.* from unnest($1::boolean[], $2::bigint[], $3::bigint[]) x`),
)

export const subtractAmounts = async (
  { query }: Pick<Connection, 'query'>,
  { authenticated, unauthenticated }: Stored,
): Promise<void> => {
  const parts = [authenticated, unauthenticated]
  await query(subtraction, [
    [false, true],
    parts.map(({ exchanges }) => -exchanges),
    parts.map(({ bytes }) => -bytes),
  ])
}

// A writer whose row is taken inserts it again with its next exchanges.
const merging = prepared(`
  with taken as (delete from exchange_amounts where writer <> '${common}' returning unauthenticated, exchanges, bytes)
  ${addAmounts(`select '${common}', unauthenticated, sum(exchanges), sum(bytes) from taken group by 2`)}`)

export const mergeAmounts = ({ query }: Pick<Connection, 'query'>): Promise<unknown> => query(merging)

// One statement sees one state of the tables, so exchanges that are stored meanwhile count on both sides or on none.
const correction = prepared(`
  with kept as (select unauthenticated, sum(exchanges) as exchanges from exchange_amounts group by unauthenticated),
    others as (select count(*) as exchanges from exchanges where unauthenticated and ${isOfServer('id')}),
    found (unauthenticated, exchanges) as (
      select true, exchanges from others
      union all
      select false, (select count(*) from exchanges where ${isOfServer('id')}) - (select exchanges from others)),
    missing as (
      select unauthenticated, found.exchanges - coalesce(kept.exchanges, 0) as exchanges
      from found left join kept using (unauthenticated))
  ${addAmounts(`
    select '${common}', unauthenticated, exchanges, exchanges * ${assumedBytes} from missing where exchanges <> 0`)}`)

/** Instances of earlier releases do not keep the amounts. Reads an index of the whole journal, in a transaction. */
export async function correctAmounts(connection: Connection): Promise<void> {
  await connection.execute('set local statement_timeout = 0')
  await connection.query(correction)
}
