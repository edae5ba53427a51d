import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

const run = promisify(execFile)
const read = (file: string) => readFileSync(file, 'utf8')
const manifest = JSON.parse(read('scim-compliance/package.json'))

t.test('the package has no runtime dependencies', async t => {
  t.same(manifest.dependencies, undefined)
})

t.test('every package has the license and its text', async t => {
  t.same([manifest.license, JSON.parse(read('package.json')).license], ['Apache-2.0', 'Apache-2.0'])
  t.equal(read('scim-compliance/LICENSE'), read('LICENSE'))
})

t.test('the built package runs alone, with its own name and version', async t => {
  const folder = t.testdir()
  await run(process.execPath, [
    'node_modules/typescript/bin/tsc',
    '-p',
    'scim-compliance/tsconfig.build.json',
    '--outDir',
    join(folder, 'dist'),
  ])
  const command = join(folder, manifest.bin['scim-compliance'])
  const call = (...args: string[]) => run(process.execPath, [command, ...args], { cwd: folder })
  t.match((await call('--help')).stdout, /^Usage: scim-compliance URL \[options\]\n/)
  t.match((await call('--list')).stdout, /^rfc\/.+ rfc MUST /m)
  const { version } = await import(join(folder, 'dist/version.js'))
  t.equal(version, manifest.version)
})
