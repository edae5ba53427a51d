import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { filesOnPostgres, withoutDatabaseOfTests } from '../../support/files-on-postgres.ts'

/** The files below `test` that a file imports, directly or not. */
function importsOf(file: string, found = new Set<string>()): ReadonlySet<string> {
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g)) {
    const imported = join(dirname(file), path)
    if (!imported.startsWith('test/') || found.has(imported)) continue
    found.add(imported)
    importsOf(imported, found)
  }
  return found
}

t.test('each file that runs on PostgreSQL opens the database of the tests', async t => {
  const all = filesOnPostgres({ all: true })
  t.ok(all.length > 80, `${all.length} files`)
  t.same(
    all.filter(file => !importsOf(file).has('test/support/database.ts')),
    [],
  )
  t.same(
    filesOnPostgres().filter(file => !all.includes(file)),
    [],
    'the selection is a part of all',
  )
})

t.test('each file that is left out exists, once', async t => {
  const files = withoutDatabaseOfTests.flatMap(({ files }) => files).flatMap(names => expanded(names))
  t.same(files, [...new Set(files)])
  t.same(
    files.filter(file => globSync(file).length !== 1),
    [],
  )
})

/** The names that `a{b,c}d` stands for. */
function expanded(names: string): readonly string[] {
  const [, before = names, options, after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(names) ?? []
  return options === undefined ? [names] : options.split(',').map(option => before + option + after)
}
