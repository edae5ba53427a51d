import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import t, { type Test } from 'tap'
import { migrate } from '../../src/storage/postgres/migrations.ts'
import { serverUrl } from './postgres.ts'

/** The rows that new tables have: statements of the file that creates them. */
const firstRows = [
  ...readFileSync(new URL('../../migrations/postgres.sql', import.meta.url), 'utf8').matchAll(
    /^insert into [^;]*;/gm,
  ),
].join('\n')

/** Bytes of a table above which it is faster to truncate it than to delete its rows. */
const large = 256 * 1024

/** A hash of the definitions in a schema, without the partitions of the journal. */
const definition = (schema: string) => `
  select md5(string_agg(concat_ws(' ', relname, relkind, relnatts, relacl, (
      select count(*) from pg_trigger where tgrelid = r.oid)), ',' order by relname collate "C"
    )) || (select count(*) from pg_proc where pronamespace = n.oid) || coalesce(n.nspacl::text, '') as definition
  from pg_namespace n join pg_class r on relnamespace = n.oid
  where nspname = '${schema}' and relname !~ '^exchanges_[0-9]' group by n.oid, n.nspacl`

type Tables = { readonly schema: string; readonly definition: unknown }

/** Their last tests have ended. */
const unused: Tables[] = []

let opened: Promise<pg.Client> | undefined

async function openAdministrator(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: await serverUrl() })
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return client
}

async function administer(sql: string): Promise<readonly Record<string, unknown>[]> {
  opened ??= openAdministrator()
  const { rows } = await (await opened).query(sql)
  return rows
}

type TakeOptions = {
  /** Keeps the partitions of the journal, which each server creates for the next days where they are missing. */
  readonly keepsPartitions?: boolean
}

/**
 * Tables as the migrations create them, in a schema that no other test uses. A later test gets it with the rows of new tables:
 * to create a schema takes ten times as long.
 */
export async function takeTables(
  t: Pick<Test, 'teardown'>,
  { keepsPartitions = false }: TakeOptions = {},
): Promise<{ readonly url: string; readonly schema: string }> {
  const tables = unused.pop() ?? (await createTables())
  if (!keepsPartitions) await dropPartitions(tables.schema)
  const url = new URL(await serverUrl())
  // Names the connections of this test.
  url.searchParams.set('application_name', tables.schema)
  t.teardown(async () => {
    if (await restore(tables)) unused.push(tables)
    else await administer(`drop schema if exists ${tables.schema} cascade`)
  })
  return { url: url.href, schema: tables.schema }
}

async function createTables(): Promise<Tables> {
  const schema = `test_${randomBytes(6).toString('hex')}`
  await migrate({ url: await serverUrl(), schema })
  const [created] = await administer(definition(schema))
  return { schema, definition: created?.definition }
}

async function dropPartitions(schema: string): Promise<void> {
  const partitions = await administer(
    `select oid::regclass as name from pg_class where relnamespace = '${schema}'::regnamespace and relkind = 'r' and relname ~ '^exchanges_[0-9]'`,
  )
  if (partitions.length > 0) await administer(`drop table ${partitions.map(({ name }) => name).join(', ')}`)
}

/** Returns false if a test has changed the tables themselves. */
async function restore({ schema, definition: created }: Tables): Promise<boolean> {
  // A connection that a test left open could write later.
  await administer(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = '${schema}'`,
  )
  const [found] = await administer(definition(schema))
  if (found?.definition !== created) return false
  const filled = (await administer(`
    select relname as name, pg_relation_size(oid) as size from pg_class
    where relnamespace = '${schema}'::regnamespace and relkind = 'r' and relname <> 'migrations' and pg_relation_size(oid) > 0`)) as readonly {
    readonly name: string
    readonly size: string
  }[]
  const largest = filled.filter(({ size }) => Number(size) > large).map(({ name }) => name)
  await administer(`
    begin;
    set local search_path = ${schema};
    set local session_replication_role = replica;
    ${largest.length > 0 ? `truncate ${largest.join(', ')} cascade;` : ''}
    ${filled.map(({ name }) => `delete from ${name};`).join('\n')}
    select setval(seqrelid::regclass, seqstart, false) from pg_sequence join pg_class on pg_class.oid = seqrelid
      where relnamespace = '${schema}'::regnamespace;
    ${firstRows}
    commit`)
  return true
}
