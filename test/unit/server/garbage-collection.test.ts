import { execFile } from 'node:child_process'
import { getPriority } from 'node:os'
import { promisify } from 'node:util'
import t from 'tap'

const module = new URL('../../../src/server/garbage-collection.ts', import.meta.url)
const program = `
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { shortenPauses } from ${JSON.stringify(module)}
const own = getPriority()
shortenPauses()
const threads = process.platform === 'linux' ? readdirSync('/proc/self/task') : []
const named = threads.map(id => [readFileSync('/proc/self/task/' + id + '/comm', 'utf8').trim(), getPriority(Number(id)) - own])
console.log(JSON.stringify({ event: getPriority() - own, helpers: named.flatMap(([name, lower]) => name === 'V8Worker' ? [lower] : []) }))`

const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])

t.test('V8 knows its settings', async t => {
  t.equal((await run()).stderr, '')
})

const isNamed = process.platform === 'linux' && Number.parseInt(process.versions.node, 10) >= 24

t.test(
  'V8 has a lower priority than the event loop',
  { skip: !isNamed && 'the threads have no priorities or no names' },
  async t => {
    const { event, helpers } = JSON.parse((await run()).stdout)
    t.equal(event, 0)
    t.ok(helpers.length > 0)
    t.same(
      helpers,
      helpers.map(() => Math.min(5, 19 - getPriority())),
    )
  },
)
