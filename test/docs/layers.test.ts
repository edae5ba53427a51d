import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import t from 'tap'

const readme = readFileSync('src/README.md', 'utf8')

/** The table in src/README.md, as folder to the folders it may import. */
const allowed = new Map(
  [...readme.matchAll(/^\| `([a-z]+)` \|([a-z, ]*)\|.*$/gm)].map(
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

const folders = readdirSync('src', { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)

t.same([...allowed.keys()].sort(), folders.sort(), 'the table names every folder of src')

/** What a folder may import besides, and why. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  // The program starts the server, and tells its settings and its version.
  cli: ['src/main.ts', 'src/settings.ts', 'src/version.ts'],
}

for (const [folder, others] of allowed) {
  t.test(`${folder} imports only ${others.join(', ') || 'itself'}`, async t => {
    for (const file of filesIn(folder)) {
      const wrong = importsOf(file).filter(
        path => ![folder, ...others].includes(folderOf(path)) && !exceptions[folder]?.includes(path),
      )
      t.same(wrong, [], file)
    }
  })
}

t.test('no file needs itself by way of others', async t => {
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

t.test('provider knows of the store only its ports', async t => {
  const ports = ['src/store/resource-store.ts', 'src/store/directory.ts']
  for (const file of filesIn('provider')) {
    t.same(
      importsOf(file).filter(path => folderOf(path) === 'store' && !ports.includes(path)),
      [],
      file,
    )
  }
})

t.test('the compliance suite stands alone', async t => {
  const suite = readdirSync('scim-compliance', { recursive: true, encoding: 'utf8' })
  for (const file of suite.filter(name => name.endsWith('.ts')).map(name => join('scim-compliance', name))) {
    t.same(
      importsOf(file).filter(path => !path.startsWith('scim-compliance')),
      [],
      file,
    )
  }
  for (const file of folders.flatMap(filesIn)) t.notMatch(source(file), /from '[^']*scim-compliance/, file)
})

t.test('a technology is known to its adapter only', async t => {
  for (const file of folders.flatMap(filesIn)) {
    const packages = packagesOf(file)
    const isSqlite = /^src\/database\/|\/sqlite-[a-z-]+\.ts$/.test(file)
    const isHttp = /^src\/(http|console)\//.test(file)
    t.same(
      packages.filter(name => name === 'better-sqlite3' && !isSqlite),
      [],
      `${file}: SQLite`,
    )
    t.same(
      packages.filter(name => name === 'fastify' && !isHttp),
      [],
      `${file}: Fastify`,
    )
  }
})

t.test('no code outside of profiles asks for a profile by its name', async t => {
  for (const file of folders.filter(name => name !== 'profiles').flatMap(filesIn)) {
    t.notMatch(source(file), /\.name === '(aws|entra|rfc)'/, file)
  }
})
