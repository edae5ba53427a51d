import { copyFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
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
  t.match(await run(['restore', `${folder}/none`, '--data', data]), {
    code: 1,
    err: /^scimulator: There is no backup/,
  })
  t.match(await run(['backup', file, '--force', '--data', `${folder}/none.db`]), {
    code: 1,
    err: /There is no database \S+none\.db\. Choose another with --data\.\n$/,
  })
})
