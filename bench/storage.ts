import { existsSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import type { BenchOptions, Fixture } from './fixture.ts'
import type { PartResult } from './part.ts'
import { number, table } from './table.ts'

/** The size of the stored data. */
export async function storage(fixture: Fixture, { exchanges }: BenchOptions): Promise<PartResult> {
  const aws = await fixture.directory('aws', 'large')
  const rfc = await fixture.directory('rfc', 'large')
  const row = (title: string, name: 'bytesPerUser' | 'bytesPerExchange', count: string) => [
    title,
    count,
    number(aws[name]),
    number(rfc[name]),
  ]
  return {
    text: table([
      ['bytes per', 'number', 'aws', 'rfc'],
      row('user', 'bytesPerUser', number(aws.seeded.users.length)),
      row('request: a read of a user', 'bytesPerExchange', number(exchanges)),
    ]),
    figures: {
      'bytes per user, aws': aws.bytesPerUser,
      'bytes per user, rfc': rfc.bytesPerUser,
      'bytes per exchange, aws': aws.bytesPerExchange,
      'bytes per exchange, rfc': rfc.bytesPerExchange,
    },
  }
}

/** The bytes of all tables and indexes of a database without requests. */
export const bytesOfResources = (file: string): number =>
  query(file, 'select sum(pgsize) from dbstat where aggregate = 1')

/** The bytes of each request: the pages of the table and its indexes, wherever the journal is stored. */
export function bytesOfExchanges(file: string): number {
  const holder = [file, `${file}.journal`].find(
    path =>
      existsSync(path) && query(path, `select count(*) from sqlite_schema where name = 'exchanges'`) > 0,
  )
  if (holder === undefined) throw new Error('no table of exchanges')
  const count = query(holder, 'select count(*) from exchanges')
  const bytes = query(
    holder,
    `select sum(pgsize) from dbstat where aggregate = 1
     and name in (select name from sqlite_schema where tbl_name = 'exchanges')`,
  )
  return bytes / count
}

function query(file: string, sql: string): number {
  const db = new Sqlite(file, { readonly: true })
  try {
    return db.prepare<[], number>(sql).pluck().get() ?? 0
  } finally {
    db.close()
  }
}
