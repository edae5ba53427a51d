import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { digestSources, recordBuild } from '../../../bin/sources.js'
import { bundleServer } from '../../../scripts/bundle-server.ts'

const root = join(import.meta.dirname, '../../..')

const programPrinting = (text: string) => `console.log('${text}', import.meta.url.endsWith('.ts'))\n`

/** A checkout with the real launcher and build, and a program that prints a text and whether it is TypeScript. */
function checkoutOf(t: Test, sources: Readonly<Record<string, string>> = {}) {
  const folder = t.testdir()
  const files = [
    'bin',
    'scripts/build.ts',
    'scripts/bundle-server.ts',
    'scripts/lean-dependencies.ts',
    'scripts/licenses.ts',
    'src/console/bundle-page.ts',
    'src/ui/jsx.ts',
    'tsconfig.json',
    'tsconfig.build.json',
  ]
  for (const path of files) cpSync(join(root, path), join(folder, path), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const all = {
    'package.json': '{"type":"module"}',
    'package-lock.json': '{}',
    'src/server/cli/scimulator.ts': programPrinting('first'),
    'src/index.ts': 'export {}',
    'src/ui/main.tsx': 'export {}',
    'src/ui/session-viewer/main.tsx': 'export {}',
    'src/ui/icon.svg': '<svg/>',
    'scim-compliance/main.ts': 'export {}',
    ...sources,
  }
  for (const [path, text] of Object.entries(all)) write(path, text)
  const options = { cwd: folder, encoding: 'utf8' } as const
  return {
    path: (path: string) => join(folder, path),
    write,
    start: () => execFileSync(process.execPath, ['bin/scimulator.js'], options),
    build: () => spawnSync(process.execPath, ['scripts/build.ts'], options).status,
    /** As if the same files had been compiled. */
    rebuild: () => recordBuild(folder, digestSources(folder)),
    git: (...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], options),
  }
}

const fromBuild = (text: string) => `${text} false\n`
const fromSources = (text: string) => `${text} true\n`

t.test('a checkout starts from its build until a source file differs', async t => {
  const { start, build, rebuild, write, path, git } = checkoutOf(t)
  t.equal(start(), fromSources('first'), 'no build')
  t.equal(build(), 0)
  t.equal(start(), fromBuild('first'))

  write('src/.scimulator.ts.swp', 'a file of an editor')
  t.equal(start(), fromBuild('first'), 'a hidden file')
  write('src/added.ts', 'export {}')
  t.equal(start(), fromSources('first'), 'a new file')
  rmSync(path('src/added.ts'))
  t.equal(start(), fromBuild('first'), 'the new file is deleted')
  rmSync(path('scim-compliance/main.ts'))
  t.equal(start(), fromSources('first'), 'a file of the build is deleted')

  git('init', '--quiet', '--initial-branch', 'main')
  git('add', 'src')
  git('commit', '--quiet', '--message', 'first')
  rebuild()
  git('switch', '--quiet', '--create', 'other')
  t.equal(start(), fromBuild('first'), 'a branch with the same files')
  const { atime, mtime } = statSync(path('src/server/cli/scimulator.ts'))
  write('src/server/cli/scimulator.ts', programPrinting('later'))
  utimesSync(path('src/server/cli/scimulator.ts'), atime, mtime)
  t.equal(start(), fromSources('later'), 'an edit that keeps size and modification time')
  git('commit', '--quiet', '--all', '--message', 'later')
  rebuild()
  git('switch', '--quiet', 'main')
  t.equal(start(), fromSources('first'), 'a branch with another file')
  for (const folder of ['src', 'scim-compliance', 'scripts']) rmSync(path(folder), { recursive: true })
  t.equal(start(), fromBuild('first'), 'an installed package has no sources')
})

t.test('a failed build is not started', async t => {
  const { start, build } = checkoutOf(t, { 'src/index.ts': "export { one } from './missing.ts'\n" })
  t.not(build(), 0)
  t.equal(start(), fromSources('first'))
})

t.test('an edit during the build makes it outdated', async t => {
  const { start, build } = checkoutOf(t, {
    // The build runs this file, as the bundler of the page.
    'src/console/bundle-page.ts': `import { writeFileSync } from 'node:fs'
export async function bundlePage() {
  writeFileSync('src/server/cli/scimulator.ts', ${JSON.stringify(programPrinting('later'))})
  return ['', '']
}\n`,
  })
  t.equal(build(), 0)
  t.equal(start(), fromSources('later'))
})

t.test('bundled modules find their threads and files', async t => {
  const { start, rebuild, write, path } = checkoutOf(t, {
    'src/server/cli/scimulator.ts': `await import('../../deep/er/report.ts')\n`,
    'src/deep/er/report.ts': `import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
const thread = new Worker(new URL(\`./thread\${extname(import.meta.filename)}\`, import.meta.url))
const text = readFileSync(new URL('../../../samples/text', import.meta.url), 'utf8')
thread.on('message', word => console.log(text, word))\n`,
    'src/deep/er/thread.ts': `import { parentPort } from 'node:worker_threads'\nparentPort?.postMessage('started')\n`,
  })
  write('samples/text', 'found')
  await bundleServer(path('src'), path('dist'))
  rebuild()
  t.equal(start(), 'found started\n')
})

t.test('a build fails if a module would look for its files in the wrong place', async t => {
  const { path } = checkoutOf(t, { 'src/index.ts': 'export const address = import.meta.url\n' })
  await t.rejects(bundleServer(path('src'), path('dist')), { message: /index\.ts uses its address/ })
})
