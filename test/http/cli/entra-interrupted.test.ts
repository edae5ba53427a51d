import t from 'tap'
import { generateDirectory } from '../../../src/entra/directory/generate.ts'
import { entraFor, springfield } from './entra.ts'
import { ended, linesOf } from './run.ts'

t.test('Ctrl-C ends a cycle cleanly, and the next run resumes it', async t => {
  const directory = generateDirectory({ users: 60, groups: 1, groupSize: 5, seed: 7 })
  const { startEntra, entra, job, users } = await entraFor(t, directory, { maxRps: 20 })
  const child = startEntra('sync', ...job, '--json')
  t.teardown(() => child.kill('SIGKILL'))
  const end = ended(child)
  while ((await users()).length < 5);
  t.match(
    await entra('restart', ...job),
    { code: 1, err: /is in use by process \d+/ },
    'a job has one process at a time',
  )
  t.match(await entra('status', ...job), { code: 0 }, 'but it may be looked at')
  child.kill('SIGINT')
  const { code, out } = await end
  t.equal(code, 1)
  const stopped = JSON.parse(out)
  t.match(stopped, { kind: 'initial', ending: 'stopped', counts: { failed: 0 } })

  const next = await entra('sync', ...job, '--json', '--max-rps', '1000')
  t.equal(next.code, 0)
  const report = JSON.parse(next.out)
  t.match(report, {
    kind: 'initial',
    ending: 'completed',
    counts: { failed: 0, matched: 0, membersAdded: 5 },
  })
  t.equal(stopped.counts.created + report.counts.created, 61)
  t.equal((await users()).length, 60)
})

t.test(
  '--watch reads the directory before each cycle, tolerates an incomplete file, and ends with Ctrl-C',
  async t => {
    const { startEntra, job, truncateDirectory, write } = await entraFor(t, {
      users: [],
      groups: [],
      assignments: [],
    })
    const child = startEntra('sync', ...job, '--watch', '--every', '1s', '--json')
    t.teardown(() => child.kill('SIGKILL'))
    const gone = new Promise(resolve => child.once('exit', resolve))
    const out = linesOf(child.stdout)
    const next = async () => JSON.parse(String((await out.next()).value))
    t.match(await next(), { kind: 'initial', ending: 'completed', writes: 0 })
    truncateDirectory()
    const errors = linesOf(child.stderr)
    t.match((await errors.next()).value, /^scimulator: directory\.json: .+\.$/)
    t.equal((await errors.next()).value, 'scimulator: Using the directory from the previous read.')
    write(springfield())
    let created = 0
    while (created === 0) created = (await next()).counts.created
    t.equal(created, 10)
    child.kill('SIGINT')
    t.equal(await gone, 0)
  },
)
