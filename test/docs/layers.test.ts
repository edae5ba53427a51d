import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import t from 'tap'

/** The rooms of src in the order of the table in src/README.md. */
const rooms = [...readFileSync('src/README.md', 'utf8').matchAll(/^\| `([a-z-]+)` \|/gm)].map(
  ([, name = '']) => name,
)

const roomOf = (file: string) => relative('src', file).split(sep)[0] ?? ''
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

t.same([...rooms].sort(), folders.sort(), 'the table names every room of src')

t.test('every file that src/README.md names exists', async t => {
  const files = folders.flatMap(filesIn).map(file => `/${file}`)
  const named = [...readFileSync('src/README.md', 'utf8').matchAll(/`([a-z/-]+\.tsx?)`/g)].map(
    ([, path]) => path,
  )
  t.same(
    named.filter(path => !files.some(file => file.endsWith(`/${path}`))),
    ['src/index.ts'].filter(path => named.includes(path)),
  )
})

/** The page shares types, rules and texts with the server, and is loaded by browsers. */
const roomsOfPage = ['scim', 'profiles', 'domain']

for (const [at, room] of rooms.entries()) {
  const others = room === 'ui' ? roomsOfPage : rooms.slice(0, at).filter(name => name !== 'ui')
  t.test(`${room} imports only ${others.join(', ') || 'itself'}`, async t => {
    const violations = importsIn(
      filesIn(room),
      path => roomOf(path) !== room && !others.includes(roomOf(path)) && path !== 'src/index.ts',
    )
    t.same(violations, [])
  })
}

t.test('what the provisioning clients share knows none of them', async t => {
  const importsOthers = (room: string, others: RegExp) =>
    importsIn(
      filesIn(`provisioning/${room}`),
      path => roomOf(path) === 'provisioning' && !path.includes(`/${room}/`) && !others.test(path),
    )
  t.same(importsOthers('kit', /^$/), [])
  for (const client of ['entra', 'okta', 'google', 'directory-sync'])
    t.same(importsOthers(client, /^src\/provisioning\/kit\//), [], `${client} imports only the kit`)
})

const maxLines = 420

/** Lists of texts, which are looked up and not read. */
const isData = (file: string) => /\/(statements|setup-guides)\.ts$/.test(file)

t.test(`no file of code has more than ${maxLines} lines`, async t => {
  const long = folders
    .flatMap(filesIn)
    .filter(file => !isData(file) && source(file).split('\n').length > maxLines + 1)
  t.same(long, [])
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
  t.same(users('better-sqlite3', /^src\/storage\/sqlite\//), [], 'SQLite')
  t.same(users('pg', /^src\/storage\/postgres\//), [], 'PostgreSQL')
  t.same(users('scim2-parse-filter', /^src\/scim\/filter\//), [], 'the package of filters')
  t.same(users('@modelcontextprotocol/server', /^src\/server\/cli\/mcp\//), [], 'MCP')
  t.same(
    users(
      'fastify',
      /^src\/((scim-api\/http|aws-api\/http|console|server)\/|provisioning\/entra\/token-service\.ts$)/,
    ),
    [],
    'Fastify',
  )
})

t.test('only the composition of the server and commands on databases import an engine', async t => {
  // A directory in memory is no engine: it needs no server, and is the same with both engines.
  const isEngine = (path: string) =>
    /^src\/storage\/(sqlite|postgres)\//.test(path) && path !== 'src/storage/sqlite/scratch.ts'
  const others = folders.flatMap(filesIn).filter(file => !file.startsWith('src/storage/'))
  const isOfCommands = (name: string) => /^src\/server\/(backups|databases)\.ts /.test(name)
  const importers = importsIn(others, isEngine).filter(name => !isOfCommands(name))
  t.same(importers.sort(), [
    'src/server/compose.ts → src/storage/postgres/engine.ts',
    'src/server/compose.ts → src/storage/sqlite/engine.ts',
  ])
  t.notMatch(source('src/server/compose.ts'), /from '[^']*storage\/(sqlite|postgres)\//, 'when it is needed')
  for (const [engine, other] of [
    ['sqlite', 'postgres'],
    ['postgres', 'sqlite'],
  ] as const) {
    t.same(
      importsIn(filesIn(`storage/${engine}`), path => path.startsWith(`src/storage/${other}/`)),
      [],
    )
  }
})

t.test('only profiles compare names of profiles', async t => {
  const others = folders.filter(name => name !== 'profiles')
  t.same(filesWith(/\.name === '(aws|entra|rfc)'/, others), [])
})
