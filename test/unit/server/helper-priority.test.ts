import { execFile } from 'node:child_process'
import { getPriority } from 'node:os'
import { promisify } from 'node:util'
import t from 'tap'

const module = new URL('../../../src/server/helper-priority.ts', import.meta.url)
const program = `
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { lowerHelperPriority } from ${JSON.stringify(module)}
const own = getPriority()
lowerHelperPriority()
const threads = readdirSync('/proc/self/task').map(id => [readFileSync('/proc/self/task/' + id + '/comm', 'utf8').trim(), getPriority(Number(id)) - own])
console.log(JSON.stringify({ event: getPriority() - own, helpers: threads.flatMap(([name, lower]) => name === 'V8Worker' ? [lower] : []) }))`

const isNamed = process.platform === 'linux' && Number.parseInt(process.versions.node, 10) >= 24

t.test(
  'V8 has a lower priority than the event loop',
  { skip: !isNamed && 'the threads have no priorities or no names' },
  async t => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    const { event, helpers } = JSON.parse(stdout)
    t.equal(event, 0)
    t.ok(helpers.length > 0)
    t.same(
      helpers,
      helpers.map(() => Math.min(5, 19 - getPriority())),
    )
  },
)
