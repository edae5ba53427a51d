import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { trials } from './endure/index.ts'
import { machineInWords, pageWith } from './endure/page.ts'
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
const wanted = values.only?.split(',')
const unknown = wanted?.filter(id => !trials.some(trial => trial.id === id)) ?? []
const factor = Number(values.factor)
if (unknown.length > 0 || !(factor > 0)) {
  const mistake =
    unknown.length > 0 ? `No trial is called ${unknown.join(', ')}` : '--factor has to be above 0'
  process.stderr.write(`${mistake}. There are: ${trials.map(({ id }) => id).join(', ')}.\n`)
  process.exit(2)
}
const chosen = trials.filter(({ id, isLongOnly }) => wanted?.includes(id) ?? !(values.short && isLongOnly))

const enough = new AbortController()
process.once('SIGINT', () => {
  print('  … ending\n')
  enough.abort()
})
const isEnough = () => enough.signal.aborted

const outcomes: Outcome[] = []
for (const trial of chosen) {
  if (isEnough()) break
  print(`${trial.title} (${trial.id})\n`)
  const outcome = await runTrial(trial, { isShort: values.short, factor, isEnough }, line =>
    print(`  … ${line}\n`),
  )
  outcomes.push(outcome)
  for (const [what, value] of outcome.figures) print(`  ${what}: ${value}\n`)
  if (outcome.skipped) print(`  not tried: ${outcome.skipped}\n`)
  if (outcome.failure) print(`  FAILED: ${outcome.failure}\n`)
  print(`  ${outcome.seconds.toFixed(1)} s\n\n`)
  if (values.write) {
    const before = existsSync(page) ? readFileSync(page, 'utf8') : ''
    const ids = trials.map(({ id }) => id)
    writeFileSync(page, pageWith(before, outcomes, ids, machineInWords()))
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
