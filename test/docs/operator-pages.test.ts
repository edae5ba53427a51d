import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { onFreePorts, startServer } from '../../scripts/smoke/server.ts'
import { run } from '../http/cli/run.ts'
import {
  blocksOf,
  fencedBlocksOf,
  linesNotRun,
  openShell,
  program,
  type Shell,
} from '../support/page-blocks.ts'
import { skipWithoutPrograms } from '../support/postgres.ts'
import { findPrograms, startPostgresServer } from '../support/postgres-server.ts'
import { startWith } from '../support/started-server.ts'

// The command blocks of the pages for operators: each page runs in one shell, in the order of the page.

// It starts servers and a database, while other test files run.
t.setTimeout(150_000)

/** Provisions the sample directory. */
async function fill(console: string, token = ''): Promise<void> {
  const headers = { authorization: `Bearer ${token}` }
  const { items } = (await (await fetch(`${console}/api/v1/tenants`, { headers })).json()) as {
    items: readonly { readonly id: string }[]
  }
  const sample = `${console}/api/v1/tenants/${items[0]?.id}/sample`
  const response = await fetch(sample, { method: 'POST', headers })
  if (response.status !== 200) throw new Error(await response.text())
}

/** Starts a server with the variables of the shell, which then finds its console, fills it, and stops it. */
async function serveOnce(t: Test, shell: Shell): Promise<void> {
  const env = JSON.parse(await shell.run(`"${process.execPath}" -p 'JSON.stringify(process.env)'`))
  const server = await startServer(process.execPath, [program, ...onFreePorts], { cwd: env.PWD, env })
  t.teardown(server.stop)
  await fill(server.console, env.SCIMULATOR_CONSOLE_TOKEN)
  t.equal(await server.stop(), 0)
}

/** The blocks about PostgreSQL of a page that is also about SQLite. */
const ofPostgres = (page: 'docs/backup.md' | 'docs/upgrade.md'): readonly string[] =>
  blocksOf(page).flatMap(({ code }) => (code.includes('SCIMULATOR_DATABASE_URL=') ? [code] : []))

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

t.test('docs/postgresql.md, in its order', { skip: skipWithoutPrograms }, async t => {
  const port = await freePort()
  const settings = { listen_addresses: '127.0.0.1', port: String(port) }
  const database = await startPostgresServer({ settings })
  t.teardown(database.remove)
  const administrator = { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres' }
  const folder = t.testdir({ data: {} })
  const shell = await openShell(t, { folder, variables: administrator, programs: findPrograms() })
  /** The database and the roles of an earlier section; this one begins anew. */
  const dropAll = () =>
    shell.run(`unset SCIMULATOR_DATABASE_SCHEMA
      psql --quiet --dbname=postgres --command='drop database if exists scimulator' \\
        --command='drop role if exists scimulator'`)
  const here = (code: string) => code.replaceAll('localhost:5432', `localhost:${port}`)
  const sql = (user: string, name: string, code: string) =>
    `psql --quiet --set=ON_ERROR_STOP=1 --username=${user} --dbname=${name} <<'SQL'\n${code}SQL`
  /** The rows of all tables with their schema, sorted. */
  const rowsOf = async (name: string): Promise<readonly string[]> => {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: name })
    await client.connect()
    const { rows: tables } = await client.query(
      `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
    )
    const rows: string[] = []
    for (const { name } of tables) {
      const found = await client.query(`select x::text as text from ${name} x order by 1`)
      rows.push(...found.rows.map(({ text }) => `${name} ${text}`))
    }
    await client.end()
    return rows
  }

  const blocks = blocksOf('docs/postgresql.md').values()
  const next = (first: RegExp): string => {
    const block = blocks.next().value
    t.match(block?.code, first, 'the next block of the page')
    return here(block?.code ?? '')
  }

  t.comment('Quick start')
  await shell.run(next(/^psql /).replace(/^npx scimulator\n/m, ''))
  await serveOnce(t, shell)
  const original = await rowsOf('scimulator')
  t.ok(original.some(row => row.startsWith('public.resources ')))

  t.comment(
    'Backup and upgrade of the quick start, whose tables are in another schema than those of the roles',
  )
  const [upgrade = ''] = ofPostgres('docs/upgrade.md')
  t.match(await shell.run(here(upgrade)), 'The tables are up to date.')
  for (const code of ofPostgres('docs/backup.md')) await shell.run(here(code))
  t.same(await rowsOf('restored'), original)
  await shell.run('dropdb restored')
  await dropAll()

  t.comment('Roles')
  await shell.run(sql('postgres', 'postgres', next(/^create role scimulator_owner /)))
  await shell.run(sql('scimulator_owner', 'scimulator', next(/^create schema scimulator;/)))
  t.match(await shell.run(next(/\nscimulator migrate\n/)), 'Applied 0001-schema.sql.')
  await shell.run(
    `export SCIMULATOR_DATABASE_URL=postgres://scimulator_app:password@localhost:${port}/scimulator`,
  )
  await serveOnce(t, shell)
  const ofRoles = await rowsOf('scimulator')
  t.ok(ofRoles.some(row => row.startsWith('scimulator.resources ')))
  t.ok(
    ofRoles.some(row => /^scimulator\.exchanges_\d{8} /.test(row)),
    'the journal is in partitions of days',
  )
  t.notMatch(readFileSync(join(database.folder, 'server.log'), 'utf8'), 'permission denied')

  t.comment('Backup with roles')
  await shell.run(`export SCIMULATOR_DATABASE_URL=postgres://scimulator_owner:password@localhost:${port}/scimulator
    scimulator backup roles.dump
    createdb --owner=scimulator_owner --encoding=UTF8 --template=template0 restored
    export SCIMULATOR_DATABASE_URL=postgres://scimulator_owner:password@localhost:${port}/restored
    scimulator restore roles.dump`)
  t.same(await rowsOf('restored'), ofRoles)
  const grants = `select has_table_privilege('scimulator_app', 'scimulator.resources', 'insert')`
  t.match(await shell.run(`psql --tuples-only --dbname=restored --command="${grants}"`), ' t')
  await dropAll()

  t.comment('Move from SQLite')
  await shell.run(
    `psql --quiet --dbname=postgres --command="create role scimulator login password 'password'"
    createdb --owner=scimulator --encoding=UTF8 --template=template0 scimulator`,
  )
  const sqlite = await startWith(t, [`--data=${join(folder, 'data/scimulator.db')}`])
  await fill(sqlite.console)
  await sqlite.close()
  t.match(await shell.run(next(/\nscimulator move /)), /Copied|tenant/)
  t.ok((await rowsOf('scimulator')).some(row => row.startsWith('public.resources ')))
  t.equal(blocks.next().done, true, 'all blocks of the page have run')
})

t.test('backup and upgrade of SQLite', async t => {
  const folder = t.testdir({ data: {} })
  const data = join(folder, 'data/scimulator.db')
  const shell = await openShell(t, { folder, variables: {} })
  const [backup = '', restore = '', elsewhere = '', ...others] = blocksOf('docs/backup.md')
    .map(({ code }) => code)
    .filter(code => !ofPostgres('docs/backup.md').includes(code))
  const [beforeUpgrade] = blocksOf('docs/upgrade.md')
  const server = await startWith(t, [`--data=${data}`])
  await fill(server.console)
  t.match(await shell.run(beforeUpgrade?.code ?? ''), /^Backed up data\/scimulator.db to before-upgrade.tar/)
  t.match(await shell.run(backup), /^Backed up data\/scimulator.db to monday.tar/)
  await server.close()
  t.match(await shell.run(restore), /^Restored data\/scimulator.db from the backup of /)
  t.match(await shell.run(elsewhere), /^Restored restored\/scimulator.db from the backup of /)
  for (const file of [data, join(folder, 'restored/scimulator.db')]) {
    const restored = await startWith(t, [`--data=${file}`])
    t.same(
      restored.tenants.list().map(({ id }) => id),
      [server.tenant],
    )
    await restored.close()
  }
  t.same(others, [], 'all blocks of the page have run')
})

t.test('docs/operations.md, in its order', async t => {
  const folder = t.testdir({ data: {} })
  const server = await startWith(t, ['--memory', '--tenant=acme'])
  const shell = await openShell(t, { folder, variables: { SCIMULATOR_CONSOLE: server.console } })
  const [faults, ...others] = blocksOf('docs/operations.md')
  t.same(
    others.map(({ code }) => code.split('\n').filter(line => line.startsWith('scimulator'))),
    [['scimulator migrate', 'scimulator move --from data/scimulator.db']],
    'the commands that docs/postgresql.md has, too',
  )
  const [before = '', after = ''] = (faults?.code ?? '').split(/^scimulator faults off ID\n/m)
  await shell.run(before)
  const active = async (): Promise<readonly { readonly id: string }[]> =>
    JSON.parse(await shell.run('scimulator faults --json')).items
  const [newest, oldest] = await active()
  t.ok(newest && oldest, 'the page turned two faults on')
  await shell.run(`scimulator faults off ${newest?.id}`)
  t.same(
    (await active()).map(({ id }) => id),
    [oldest?.id],
  )
  await shell.run(after)
  t.same(await active(), [])
})

t.test('each line of these pages has run', { skip: skipWithoutPrograms }, async t => {
  const pages = ['postgresql', 'backup', 'upgrade', 'operations'].map(name => `docs/${name}.md`)
  // The first is run on other ports, the second with the ID of a fault.
  t.same(pages.flatMap(linesNotRun), ['npx scimulator', 'scimulator faults off ID'])
})

t.test('docs/container.md: its commands need a container engine, and those of the program exist', async t => {
  const inImage = fencedBlocksOf('docs/container.md').flatMap(({ code }) =>
    [...code.matchAll(/docker exec scimulator scimulator ([a-z]+(?: [a-z]+)*)$/gm)].map(
      ([, words = '']) => words,
    ),
  )
  t.same(inImage, ['sample', 'journal list'])
  for (const words of inImage)
    t.match(await run([...words.split(' '), '--help']), { code: 0, err: '' }, words)
})
