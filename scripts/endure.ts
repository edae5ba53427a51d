import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { trials } from './endure/index.ts'
import { describeMachine, pageWith } from './endure/page.ts'
import { type Outcome, runTrial } from './endure/run.ts'

/**
 * Endurance trials of the server: each prints its figures, and fails if an expectation is not met.
 *
 *   npm run endure [-- --short] [--only kill,slow] [--factor 0.1] [--write]
 *
 * Ctrl-C ends the current trial; one that counts (kills, requests) reports its result so far.
 */
const page = new URL('../docs/endurance.md', import.meta.url)

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    factor: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
})
const print = (text: string) => process.stdout.write(text)
const selected = values.only?.split(',')
const unknown = selected?.filter(id => !trials.some(trial => trial.id === id)) ?? []
const factor = Number(values.factor)
if (unknown.length > 0 || !(factor > 0)) {
  const message =
    unknown.length > 0 ? `Unknown trial ${unknown.join(', ')}` : 'Invalid --factor: expected a number above 0'
  process.stderr.write(`${message}. Trials: ${trials.map(({ id }) => id).join(', ')}.\n`)
  process.exit(2)
}
const chosen = trials.filter(({ id, isLongOnly }) => selected?.includes(id) ?? !(values.short && isLongOnly))

const stopping = new AbortController()
process.once('SIGINT', () => {
  print('  … stopping\n')
  stopping.abort()
})
const isStopped = () => stopping.signal.aborted

const outcomes: Outcome[] = []
for (const trial of chosen) {
  if (isStopped()) break
  print(`${trial.title} (${trial.id})\n`)
  const outcome = await runTrial(trial, { isShort: values.short, factor, isStopped }, line =>
    print(`  … ${line}\n`),
  )
  outcomes.push(outcome)
  for (const [label, value] of outcome.figures) print(`  ${label}: ${value}\n`)
  if (outcome.skipped) print(`  skipped: ${outcome.skipped}\n`)
  if (outcome.failure) print(`  FAILED: ${outcome.failure}\n`)
  print(`  ${outcome.seconds.toFixed(1)} s\n\n`)
  if (values.write) {
    const before = existsSync(page) ? readFileSync(page, 'utf8') : ''
    const ids = trials.map(({ id }) => id)
    writeFileSync(page, pageWith(before, outcomes, ids, describeMachine()))
  }
}
const failed = outcomes.filter(({ failure }) => failure !== undefined)
if (failed.length > 0) {
  print(
    `${failed.length} of ${outcomes.length} trials failed: ${failed.map(({ trial }) => trial.id).join(', ')}\n`,
  )
}
// A failed trial may have left a timer or a process.
process.exit(failed.length > 0 ? 1 : 0)
