import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { tarHeader, tarPadding } from '../../../src/storage/common/tar.ts'
import { lockFile } from '../../../src/storage/sqlite/database.ts'
import { createSchema, dropSchema, skipWithoutPrograms } from '../../support/postgres.ts'
import { findPrograms } from '../../support/postgres-server.ts'
import { startWith } from '../../support/started-server.ts'
import { run } from './run.ts'

const started = (t: Test, data: string) => startWith(t, [`--data=${data}`, '--tenant=acme'])

t.test('backs up a database in use, and restores it when no server runs', async t => {
  const folder = t.testdir()
  const [data, file] = [`${folder}/scimulator.db`, `${folder}/monday.tar`]
  const server = await started(t, data)
  const keptKey = `1 access key for the AWS APIs: also keep ${data}.seal-key, or SCIMULATOR_SEAL_KEY, which encrypts their secrets.\n`

  const made = await run(['backup', file, '--data', data])
  t.match(made, {
    code: 0,
    out: /^Backed up \S+scimulator\.db to \S+monday\.tar \(\d\.\d MB\)\.\n$/,
    err: keptKey,
  })
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.notOk(existsSync(`${file}.part`))
  t.same(await run(['backup', file, '--data', data]), {
    code: 1,
    out: '',
    err: `scimulator: ${file} exists. Choose another name, or replace it with --force.\n`,
  })
  t.same(await run(['backup', data, '--data', data, '--force']), {
    code: 1,
    out: '',
    err: `scimulator: ${data} is a file of the database. Choose another name.\n`,
  })
  const replaced = await run(['backup', file, '--force', '--json'], { SCIMULATOR_DATA: data })
  t.match(JSON.parse(replaced.out), {
    file,
    format: 1,
    accessKeys: 1,
    parts: { 'scimulator.db': { sha256: /^[0-9a-f]{64}$/ }, 'scimulator.db.journal': { bytes: Number } },
  })

  t.same(await run(['restore', file, '--data', data, '--force']), {
    code: 1,
    out: '',
    err: `scimulator: The database ${data} is in use by another server. Stop that server, or choose another file with --data.\n`,
  })
  await server.close()
  t.same(await run(['restore', file, '--data', data]), {
    code: 1,
    out: '',
    err: `scimulator: ${data} exists. Choose another database with --data, or replace it with --force.\n`,
  })
  t.match(await run(['restore', file, '--data', data, '--force']), {
    code: 0,
    out: /^Restored \S+scimulator\.db from the backup of \S+Z, made by version \S+\.\n$/,
    err: '',
  })
  const elsewhere = `${folder}/other/copy.db`
  t.match(await run(['restore', file, '--data', elsewhere]), {
    code: 0,
    err: `1 access key for the AWS APIs: before the start, restore ${elsewhere}.seal-key, or set SCIMULATOR_SEAL_KEY to its contents.\n`,
  })
  const restored = await started(t, elsewhere)
  t.same(
    restored.tenants.list().map(({ id }) => id),
    ['acme'],
  )
  await restored.close()
})

t.test('refuses a damaged backup in one sentence, and leaves the database alone', async t => {
  const folder = t.testdir()
  const [data, file, damaged] = [`${folder}/scimulator.db`, `${folder}/backup`, `${folder}/damaged`]
  await (await started(t, data)).close()
  await run(['backup', file, '--data', data])
  const before = readFileSync(data)
  const { size } = statSync(file)
  const restore = () => run(['restore', damaged, '--data', data, '--force'])
  const refused = {
    code: 1,
    out: '',
    err: `scimulator: The backup ${damaged} is damaged or cut off, and nothing was restored. Use another one.\n`,
  }
  for (const length of [size - 1600, size - 2300, size - 5000, 200_000, 600]) {
    copyFileSync(file, damaged)
    truncateSync(damaged, length)
    t.same(await restore(), refused, `cut off after ${length} bytes`)
  }
  for (const at of [130, 5000, size - 5000, size - 2400]) {
    const bytes = readFileSync(file)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(damaged, bytes)
    t.same(await restore(), refused, `another bit at ${at}`)
  }
  for (const content of ['', 'no archive', before]) {
    writeFileSync(damaged, content)
    t.match(await restore(), { code: 1, err: /is not a backup of a SQLite database\. Use a file that/ })
  }
  t.same(readFileSync(data), before)
  const foreign = `${folder}/foreign.db`
  new Sqlite(foreign).exec('create table migrations (number)').close()
  writeFileSync(`${foreign}.journal`, '')
  t.match(await run(['backup', `${folder}/foreign`, '--data', foreign]), {
    code: 1,
    err: /^scimulator: The database \S+foreign\.db cannot be opened \(no such column: .+\)\. Fix the cause, or choose another/,
  })
  t.match(await run(['restore', `${folder}/none`, '--data', data]), {
    code: 1,
    err: /^scimulator: There is no backup/,
  })
  t.match(await run(['backup', file, '--force', '--data', `${folder}/none.db`]), {
    code: 1,
    err: /There is no database \S+none\.db\. Choose another with --data\.\n$/,
  })
})

const withPrograms = { PATH: `${findPrograms()}:${process.env.PATH}` }

t.test('runs pg_dump and pg_restore for the schema in use', { skip: skipWithoutPrograms }, async t => {
  const folder = t.testdir()
  const { url, schema } = await createSchema(t)
  const location = { SCIMULATOR_DATABASE_URL: url, SCIMULATOR_DATABASE_SCHEMA: schema }
  const environment = { ...location, ...withPrograms }
  const file = `${folder}/monday.dump`
  t.match(await run(['backup', file], environment), {
    code: 1,
    err: `The schema "${schema}" of the database "postgres" on`,
  })
  t.match(await run(['backup', file, '--database-schema', 'monday'], environment), {
    code: 1,
    err: 'The schema "monday" of the database "postgres" on',
  })
  await run(['migrate'], location)
  const made = await run(['backup', file], environment)
  t.match(made, {
    code: 0,
    out: `Backed up the schema "${schema}" to ${file} (`,
    err: '',
  })
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.match(await run(['backup', file], environment), { code: 1, err: `${file} exists.` })
  writeFileSync(`${file}.part`, 'of another program')
  const both = ['backup', file, '--force']
  for (const { code } of await Promise.all([run(both, environment), run(both, environment)])) t.equal(code, 0)
  t.same(readdirSync(folder).sort(), ['monday.dump', 'monday.dump.part'])
  t.equal(readFileSync(`${file}.part`, 'utf8'), 'of another program')
  t.match(await run(['restore', file], environment), {
    code: 1,
    out: '',
    err: /The schema "\w+" of the database .* is not empty. Restore to a new database, or drop the schema first\.\n$/,
  })
  await dropSchema(schema)
  t.same(await run(['restore', file], { ...environment, SCIMULATOR_DATABASE_SCHEMA: '' }), {
    code: 1,
    out: '',
    err: `scimulator: The backup has the schema "${schema}", and can't be restored as "public". Set --database-schema to "${schema}".\n`,
  })
  const damaged = `${folder}/damaged`
  copyFileSync(file, damaged)
  truncateSync(damaged, Math.floor(statSync(file).size / 2))
  t.match(await run(['restore', damaged], environment), {
    code: 1,
    out: '',
    err: /^scimulator: pg_restore failed \(.+\)\.\n$/,
  })
  t.same(await run(['restore', file, '--json'], environment), {
    code: 0,
    out: `${JSON.stringify({ file, schema }, undefined, 2)}\n`,
    err: '',
  })
  t.match(await run(['migrate'], location), { code: 0, out: /^The tables are up to date\.\n/ })
})

t.test(
  'backs up to a file whose name begins with -, and restores it',
  { skip: skipWithoutPrograms },
  async t => {
    const folder = t.testdir()
    const { url, schema } = await createSchema(t)
    const location = { SCIMULATOR_DATABASE_URL: url, SCIMULATOR_DATABASE_SCHEMA: schema }
    const environment = { ...location, ...withPrograms }
    const file = '--list'
    await run(['migrate'], location)
    t.match(await run(['backup', '--', file], environment, folder), { code: 0, err: '' })
    t.same(readdirSync(folder), [file])
    await dropSchema(schema)
    t.same(await run(['restore', '--', file], environment, folder), {
      code: 0,
      out: `Restored the schema "${schema}" from ${file}.\n`,
      err: '',
    })
  },
)

t.test(
  'a missing or too old program of PostgreSQL is reported in one sentence',
  { skip: skipWithoutPrograms },
  async t => {
    const { url, schema } = await createSchema(t)
    const folder = t.testdir({
      none: {},
      old: { pg_dump: '#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n' },
    })
    chmodSync(`${folder}/old/pg_dump`, 0o755)
    const location = { SCIMULATOR_DATABASE_URL: url, SCIMULATOR_DATABASE_SCHEMA: schema }
    const backUpWith = (PATH: string) => run(['backup', `${folder}/file`], { ...location, PATH })
    t.same(await backUpWith(`${folder}/none`), {
      code: 1,
      out: '',
      err: 'scimulator: pg_dump was not found. Install the client programs of PostgreSQL, and add their folder to PATH.\n',
    })
    t.match(await backUpWith(`${folder}/old`), {
      code: 1,
      out: '',
      err: /^scimulator: pg_dump is version 9, and the database .* version \d+\. Install the client programs of version \d+, and put their folder first in PATH\.\n$/,
    })
  },
)

t.test('prints the commands of PostgreSQL without the password', async t => {
  const url = 'postgres://ada:s%23cret@one:5432,two:5432/scim?sslmode=require'
  const flags = ['--database-url', url, '--database-schema', 'SCIM of ACME', '--print']
  const err = 'Set PGPASSWORD to the password, which the command does not contain.\n'
  const target = `'--dbname=postgres://ada@one:5432,two:5432/scim?sslmode=require'`
  t.same(await run(['backup', 'monday.dump', ...flags]), {
    code: 0,
    out: `PGTARGETSESSIONATTRS=read-write pg_dump --format=custom '--schema="SCIM of ACME"' --file=monday.dump ${target}\n`,
    err,
  })
  t.same(await run(['restore', 'monday.dump', ...flags]), {
    code: 0,
    out: `PGTARGETSESSIONATTRS=read-write pg_restore --single-transaction --exit-on-error ${target} -- monday.dump\n`,
    err,
  })
  t.same(await run(['restore', 'monday.dump', '--database-url', 'postgres://db/scim', '--print']), {
    code: 0,
    out: 'pg_restore --single-transaction --exit-on-error --schema=public --dbname=postgres://db/scim -- monday.dump\n',
    err: '',
  })
  t.notMatch(await run(['backup', 'monday.dump', ...flags, '--json']), /s#cret|s%23cret/)
  t.match(await run(['backup', 'monday.tar', '--print']), {
    code: 2,
    err: /--print needs a database of PostgreSQL/,
  })
  t.match(await run(['backup', 'monday.tar', '--data', 'x.db', ...flags]), {
    code: 2,
    err: 'Use either --database-url or --data.',
  })
  t.match(await run(['restore', 'monday.dump', '--force', ...flags]), {
    code: 2,
    err: /--force does not apply/,
  })
})

t.test('replaces no device, folder or file of others by its own files', async t => {
  const folder = t.testdir({ 'data.part': {}, 'notes.part': { thesis: 'precious' }, folder: {} })
  const [data, file] = [`${folder}/data.part/scimulator.db`, `${folder}/monday`]
  await (await started(t, data)).close()
  const backUp = (to: string) => run(['backup', to, '--data', data, '--force'])
  const refused = (err: string) => ({ code: 1, out: '', err: `scimulator: ${err}\n` })
  const notOurs = (part: string) =>
    refused(`${part} was not left by a backup. Choose another name, or move it away.`)
  t.same(await backUp(`${folder}/data`), notOurs(`${folder}/data.part`), 'the folder of the database')
  t.same(await backUp(`${folder}/notes`), notOurs(`${folder}/notes.part`))
  t.equal(readFileSync(`${folder}/notes.part/thesis`, 'utf8'), 'precious')
  execFileSync('mkfifo', [`${folder}/pipe`])
  for (const other of [`${folder}/folder`, `${folder}/pipe`])
    for (const work of [
      backUp(other),
      run(['restore', other, '--database-url', 'postgres://localhost/none']),
    ])
      t.same(await work, refused(`${other} is not a file. Choose another name.`))
  t.match(await backUp(`${folder}/none/file`), {
    code: 1,
    err: /cannot be written \(ENOENT.+\)\. Check its folder and the permissions\.\n$/,
  })

  mkdirSync(`${file}.part`)
  const lock = lockFile(`${file}.part/lock`, 0)
  writeFileSync(`${file}.part/archive`, 'of a backup that runs')
  t.same(
    await backUp(file),
    refused(`Another backup to ${file} is running. Wait for it, or choose another name.`),
  )
  t.ok(existsSync(`${file}.part/archive`))
  lock.close()
  t.match(await backUp(file), { code: 0 }, 'replaces what a killed backup left')
  t.notOk(existsSync(`${file}.part`))
})

t.test('refuses an archive whose hashes are right and whose files are others', async t => {
  const folder = t.testdir()
  const [data, file] = [`${folder}/scimulator.db`, `${folder}/monday.tar`]
  await (await started(t, data)).close()
  await run(['backup', file, '--data', data])
  const before = readFileSync(data)
  const names = ['scimulator.db', 'scimulator.db.journal', 'manifest.json'] as const
  const [database, journal, text] = names.map(name =>
    execFileSync('tar', ['-xOf', file, name], { maxBuffer: 2 ** 26 }),
  )
  const manifest = JSON.parse(`${text}`)
  const partOf = (name: string, content: Buffer) => ({
    ...manifest.parts[name],
    ...{ bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') },
  })
  const restoreOf = async (files: readonly (Buffer | undefined)[], changes: object = {}) => {
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = files
    const parts = { [names[0]]: partOf(names[0], first), [names[1]]: partOf(names[1], second) }
    const stated = Buffer.from(JSON.stringify({ ...manifest, parts, ...changes }))
    const contents = [first, second, stated]
    const blocks = names.flatMap((name, at) => {
      const content = contents[at] ?? Buffer.alloc(0)
      return [tarHeader(name, content.length, 0), content, Buffer.alloc(tarPadding(content.length))]
    })
    writeFileSync(`${folder}/other.tar`, Buffer.concat([...blocks, Buffer.alloc(1024)]))
    return run(['restore', `${folder}/other.tar`, '--data', data, '--force'])
  }
  const refused = {
    code: 1,
    out: '',
    err: / is damaged or cut off, and nothing was restored\. Use another one\.\n$/,
  }
  t.match(await restoreOf([Buffer.from('no database'), journal]), refused)
  t.match(await restoreOf([journal, database]), refused, 'one in place of the other')
  t.match(await restoreOf([database, journal], { instance: 'another' }), refused)
  for (const changes of [
    { created: {} },
    { accessKeys: '1' },
    { version: null },
    { format: '1' },
    { parts: null },
  ])
    t.match(await restoreOf([database, journal], changes), refused, JSON.stringify(changes))
  t.match(await restoreOf([database, journal], { parts: { 'scimulator.db': null } }), refused)
  t.match(await restoreOf([database, journal], { format: 2, version: '9.0.0' }), {
    code: 1,
    err: /was made by the newer version 9\.0\.0\. Restore it/,
  })
  t.same(readFileSync(data), before)
  t.match(await restoreOf([database, journal]), { code: 0 })
})
