import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import t from 'tap'
import { readJobSettings, withJobOptions } from '../../../src/cli/entra/job-file.ts'

const settingsOf = (...flags: readonly string[]) => {
  const command = withJobOptions(new Command()).exitOverride()
  command.parse([...flags], { from: 'user' })
  return readJobSettings(command, [])
}

t.test('the former spelling of --honor-retry-after is accepted and hidden', async t => {
  t.equal(settingsOf().honorRetryAfter, false)
  t.equal(settingsOf('--honor-retry-after').honorRetryAfter, true)
  t.equal(settingsOf('--honour-retry-after').honorRetryAfter, true)
  t.notMatch(withJobOptions(new Command()).helpInformation(), 'honour')
})

t.test('the former spelling of honorRetryAfter is accepted in a job file', async t => {
  const file = join(t.testdir(), 'job.json')
  for (const key of ['honorRetryAfter', 'honourRetryAfter']) {
    writeFileSync(file, JSON.stringify({ [key]: true }))
    t.equal(settingsOf('--job', file).honorRetryAfter, true, key)
  }
})
