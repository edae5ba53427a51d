import { copyFileSync, mkdtempSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Database, openSqlite } from '../../src/storage/sqlite/database.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'

const shipped = new URL('../../migrations/sqlite/', import.meta.url)

/** A folder with the migrations of a release: those below a number. */
export function migrationsBelow(parent: string, number: string): string {
  const folder = mkdtempSync(join(parent, 'migrations-'))
  for (const name of readdirSync(shipped).filter(name => name < number)) {
    copyFileSync(new URL(name, shipped), `${folder}/${name}`)
  }
  return folder
}

/** Creates a database as the last release with the journal in the database did, with exchanges and their analysis. */
export function createEarlierDatabase(path: string, exchanges: number): Database {
  const db = openSqlite(path)
  migrate(db, { folder: migrationsBelow(dirname(path), '0020') })
  db.exec(`
    with recursive n (n) as (select 1 union all select n + 1 from n where n < ${exchanges})
    insert into exchanges (seq, id, tenant, at, method, url, status, operation, enabled, results, members_added,
      members_removed, bulk_operations, action, target_type, target_id, target_label, details, request_body, response_body)
    select 2 * n, 'exchange-' || n, 'acme', 1000 * n, 'GET', '/acme/scim/v2/Users/' || n, 200, 'read', n % 2, n, n + 1,
      n + 2, n + 3, 'read user', 'User', 'user-' || n, 'label ' || n,
      '{"tenantTime":1,"microseconds":2,"request":{"headers":{}},"response":{"headers":{}}}',
      hex(randomblob(100)), hex(randomblob(500)) from n;
    insert into exchange_notes (seq, cycle, dialect, client, findings)
      select seq, 'cycle-1', 'default', 'entra', '["client/odd"]' from exchanges where seq % 3 = 0;
    insert into findings (seq, finding, tenant, at, subject, detail, origin)
      select seq, 'client/odd', 'acme', 1, target_label, 'It is odd.', 'provisioning' from exchange_notes join exchanges using (seq);
    insert into cycles (id, tenant, started, last, summary) values ('cycle-1', 'acme', 1, 2, '{"client":"entra"}');
    insert into setup_steps (tenant, step, at, tenant_time, exchange, user_agent)
      values ('acme', 'contact', 1, 2, 'exchange-1', 'an agent'), ('acme', 'user', null, 3, null, null);
    insert into pruning_clock (trusted, ahead_since) values (7, 8)`)
  return db
}

const tables = ['exchanges', 'exchange_notes', 'findings', 'cycles', 'setup_steps', 'pruning_clock']

/** All rows of the journal, with their columns by name. */
export const journalRows = (db: Database): Readonly<Record<string, readonly unknown[]>> =>
  Object.fromEntries(tables.map(table => [table, db.prepare(`select * from ${table} order by 1, 2`).all()]))

/** Rows of the journal of an earlier database as this version has them. */
export const withAddedColumns = ({
  exchanges = [],
  exchange_notes = [],
  ...rest
}: ReturnType<typeof journalRows>) => ({
  exchanges: exchanges.map(row => ({
    ...Object(row),
    ...{ api: null, api_operation: null, access_key: null, unauthenticated: null, bytes: null },
  })),
  exchange_notes: exchange_notes.map(row => ({ ...Object(row), product: null, evidence: null })),
  ...rest,
})
