import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import t from 'tap'

const readme = readFileSync('src/README.md', 'utf8')

/** Rows of a table in src/README.md, as folder to the folders it may import. */
const importTable = (row: RegExp) =>
  new Map(
    [...readme.matchAll(row)].map(
      ([, folder = '', others = '']) =>
        [
          folder,
          others
            .split(',')
            .map(name => name.trim())
            .filter(Boolean),
        ] as const,
    ),
  )

const allowed = importTable(/^\| `([a-z-]+)` \|([a-z, -]*)\|.*$/gm)
const allowedInEntra = importTable(/^\| `entra\/([a-z-]+)` \|([a-z, -]*)\|.*$/gm)

const folderOf = (file: string) => relative('src', file).split(sep)[0] ?? ''
const filesIn = (folder: string) =>
  readdirSync(join('src', folder), { recursive: true, encoding: 'utf8' })
    .filter(name => /\.tsx?$/.test(name))
    .map(name => join('src', folder, name))
const isSource = (file: string) => /^src\/.*\.tsx?$/.test(file)
const source = (file: string) => readFileSync(file, 'utf8')
const importsOf = (file: string) =>
  [...source(file).matchAll(/(?:from |import\()'(\.[^']+)'/g)].map(([, path = '']) =>
    join(dirname(file), path),
  )
const packagesOf = (file: string) =>
  [...source(file).matchAll(/^(?:import|export) (?!type ).*from '([^.'][^']*)'/gm)].map(
    ([, name = '']) => name,
  )

/** The imports of these files that meet the condition, each as `file → imported path`. */
const importsIn = (files: readonly string[], isWrong: (path: string) => boolean) =>
  files.flatMap(file =>
    importsOf(file)
      .filter(isWrong)
      .map(path => `${file} → ${path}`),
  )
const filesWith = (pattern: RegExp, within: readonly string[]) =>
  within.flatMap(filesIn).filter(file => pattern.test(source(file)))

const folders = readdirSync('src', { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)

t.same([...allowed.keys()].sort(), folders.sort(), 'the table names every folder of src')

/** Exceptions, with their reason. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  // The program starts the server, also for tests, its help lists the server's settings, two of its commands open databases,
  // whose locations they check, and two may use a temporary server.
  cli: [
    ...['src/server/main.ts', 'src/server/settings.ts', 'src/server/version.ts', 'src/server/databases.ts'],
    'src/ports/database-location.ts',
    ...['src/test-server/process.ts', 'src/index.ts'],
  ],
}

for (const [folder, others] of allowed) {
  t.test(`${folder} imports only ${others.join(', ') || 'itself'}`, async t => {
    const violations = importsIn(
      filesIn(folder),
      path => ![folder, ...others].includes(folderOf(path)) && !exceptions[folder]?.includes(path),
    )
    t.same(violations, [])
  })
}

const foldersOfEntra = readdirSync('src/entra', { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)

t.same([...allowedInEntra.keys()].sort(), foldersOfEntra.sort(), 'the table names every folder of src/entra')

/** The folder of src/entra that a file is in; undefined for files directly in src/entra and elsewhere. */
const entraFolderOf = (file: string) => /^src\/entra\/([^/]+)\//.exec(file)?.[1]

for (const [folder, others] of allowedInEntra) {
  t.test(`entra/${folder} imports, within entra, only ${others.join(', ') || 'itself'}`, async t => {
    const violations = importsIn(filesIn(join('entra', folder)), path => {
      const imported = entraFolderOf(path)
      return imported !== undefined && ![folder, ...others].includes(imported)
    })
    t.same(violations, [])
  })
}

t.test('files directly in entra import no folder of it', async t => {
  const files = filesIn('entra').filter(file => entraFolderOf(file) === undefined)
  t.same(
    importsIn(files, path => entraFolderOf(path) !== undefined),
    [],
  )
})

t.test('the imports of src have no cycle', async t => {
  const over = new Map<string, 'under way' | 'done'>()
  const circles: string[] = []
  const walk = (file: string, way: readonly string[]) => {
    if (over.get(file) === 'under way') circles.push([...way.slice(way.indexOf(file)), file].join(' → '))
    if (over.has(file)) return
    over.set(file, 'under way')
    for (const next of importsOf(file).filter(isSource)) walk(next, [...way, file])
    over.set(file, 'done')
  }
  for (const file of folders.flatMap(filesIn)) walk(file, [])
  t.same(circles, [])
})

t.test('the compliance suite is independent', async t => {
  const suite = readdirSync('scim-compliance', { recursive: true, encoding: 'utf8' })
  const files = suite.filter(name => name.endsWith('.ts')).map(name => join('scim-compliance', name))
  const violations = importsIn(files, path => !path.startsWith('scim-compliance'))
  t.same(violations, [], 'it imports nothing of src')
  t.same(filesWith(/from '[^']*scim-compliance/, folders), [], 'src imports nothing of it')
})

t.test('only its adapter imports a technology', async t => {
  const users = (name: string, isAdapter: RegExp) =>
    folders.flatMap(filesIn).filter(file => packagesOf(file).includes(name) && !isAdapter.test(file))
  t.same(users('better-sqlite3', /^src\/sqlite\//), [], 'SQLite')
  t.same(users('pg', /^src\/postgres\//), [], 'PostgreSQL')
  t.same(users('fastify', /^src\/(http|console|server|entra\/token-service)\//), [], 'Fastify')
})

t.test('only the composition of the server and commands on databases import an engine', async t => {
  const isEngine = (path: string) => /^src\/(sqlite|postgres)\//.test(path)
  const others = folders.filter(name => name !== 'sqlite' && name !== 'postgres').flatMap(filesIn)
  const importers = importsIn(others, isEngine).filter(name => !name.startsWith('src/server/databases.ts '))
  t.same(importers.sort(), [
    'src/server/compose.ts → src/postgres/engine.ts',
    'src/server/compose.ts → src/sqlite/engine.ts',
  ])
  t.notMatch(source('src/server/compose.ts'), /from '\.\.\/(sqlite|postgres)\//, 'when it is needed')
  for (const [engine, other] of [
    ['sqlite', 'postgres'],
    ['postgres', 'sqlite'],
  ] as const) {
    t.same(
      importsIn(filesIn(engine), path => folderOf(path) === other),
      [],
    )
  }
})

t.test('only profiles compare names of profiles', async t => {
  const others = folders.filter(name => name !== 'profiles')
  t.same(filesWith(/\.name === '(aws|entra|rfc)'/, others), [])
})
