import t from 'tap'
import { createSchema, runOnServer, skipWithoutPostgres } from '../../support/postgres.ts'
import { startWith } from '../../support/started-server.ts'
import { run } from './run.ts'

const skip = skipWithoutPostgres

t.test('migrate creates the tables once, and move fills them', { skip }, async t => {
  const { url, schema } = await createSchema(t)
  const environment = { SCIMULATOR_DATABASE_URL: url, SCIMULATOR_DATABASE_SCHEMA: schema }
  const data = `${t.testdir()}/scimulator.db`
  const server = await startWith(t, [`--data=${data}`, '--tenant=acme'])

  const early = await run(['move', '--from', data, '--to', url, '--schema', schema])
  t.match(early, {
    code: 1,
    out: '',
    err: /is in use by another server. Stop that server, or choose another file with --from/,
  })
  await server.close()
  t.match(await run(['move', '--from', data], environment), {
    code: 1,
    out: '',
    err: /lacks tables of this version. Create them with `scimulator migrate`\.\n$/,
  })

  const migrated = await run(['migrate', '--json'], environment)
  t.match(migrated, { code: 0, err: '' })
  const { applied, partitions } = JSON.parse(migrated.out)
  t.ok(applied.includes('0001-schema.sql'))
  const today = `exchanges_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`
  t.match(partitions, { created: { 0: today, length: 91 }, dropped: [] })
  t.same(await run(['migrate', '--database-url', url, '--database-schema', schema]), {
    code: 0,
    out: 'The tables are up to date.\n',
    err: '',
  })
  await runOnServer(`
    drop table ${schema}.${today};
    create table ${schema}.exchanges_20200102 partition of ${schema}.exchanges for values from ('1') to ('2')`)
  t.same(await run(['migrate'], environment), {
    code: 0,
    out: `The tables are up to date.\nCreated 1 partition of the journal: ${today}.\nDropped 1 empty partition of the journal: exchanges_20200102.\n`,
    err: '',
  })

  const moved = await run(['move', '--from', data], environment)
  t.match(moved, {
    code: 0,
    out: 'Copied 1 tenant, 0 resources and 0 requests.\n',
    err: /^Copied \d+ rows of \d+\.\n1 access key for the AWS APIs: to keep them valid, set SCIMULATOR_SEAL_KEY to the contents of \S+scimulator\.db\.seal-key\.\n$/,
  })
  t.match(await run(['move', '--from', data], environment), { code: 1, out: '', err: /is not empty/ })
})

t.test('invalid use is reported, and no URL is printed', async t => {
  const missing = await run(['migrate'])
  t.same(missing, {
    code: 2,
    out: '',
    err: 'scimulator: Missing option --database-url: set it, or SCIMULATOR_DATABASE_URL.\n',
  })
  t.same(await run(['move', '--from', 'x.db', '--to', 'mysql://ada:secret@host/scim']), {
    code: 2,
    out: '',
    err: 'scimulator: Invalid --to: expected a URL such as postgres://user@host:5432/database.\n',
  })
  t.same(await run(['migrate'], { SCIMULATOR_DATABASE_URL: 'secret' }), {
    code: 2,
    out: '',
    err: 'scimulator: Invalid SCIMULATOR_DATABASE_URL: expected a URL such as postgres://user@host:5432/database.\n',
  })
  const reserved = ['migrate', '--database-url=postgres://db/scim', '--database-schema=pg_temp']
  t.same(await run(reserved), {
    code: 2,
    out: '',
    err: 'scimulator: Invalid --database-schema: it must not be "pg_temp": PostgreSQL reserves information_schema and names that begin with pg_.\n',
  })
  t.same(await run(['move'], { SCIMULATOR_DATABASE_URL: '' }), {
    code: 2,
    out: '',
    err: 'scimulator: Missing option --from\n',
  })
  const unreachable = await run(['migrate', '--database-url', 'postgres://ada:secret@127.0.0.1:1/scim'])
  t.match(unreachable, {
    code: 1,
    out: '',
    err: /^scimulator: The database "scim" on 127.0.0.1:1 cannot be reached/,
  })
  t.notMatch(unreachable.err, /secret/)
})
