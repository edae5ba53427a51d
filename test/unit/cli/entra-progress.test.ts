import t from 'tap'
import { createProgress, formatProgress } from '../../../src/cli/entra/cycle.ts'
import { noCounts } from '../../../src/entra/job/cycle-context.ts'
import type { CycleProgress } from '../../../src/entra/job/cycle-report.ts'

const at = (done: number): CycleProgress => ({
  phase: 'users',
  done,
  total: 5000,
  requests: done * 2,
  counts: { ...noCounts(), created: done - 1, failed: 1, skipped: 7 },
})

/** The output if progress is shown at these times, in milliseconds. */
function written(isTerminal: boolean, times: readonly number[]): readonly string[] {
  const texts: string[] = []
  let now = 0
  const progress = createProgress({ write: text => texts.push(text), isTerminal, now: () => now })
  for (const [index, time] of times.entries()) {
    now = time
    progress.show(at(index + 1))
  }
  progress.end()
  return texts
}

t.test('progress has counts and a rate', async t => {
  t.equal(formatProgress(at(120), 9600), 'users 120/5000: 119 created, 1 failed; 240 requests, 25.0 a second')
  t.equal(
    formatProgress({ ...at(0), counts: noCounts() }, 0),
    'users 0/5000; 0 requests, 0.0 a second',
    'nothing yet',
  )
})

t.test(
  'on a terminal, one line is rewritten, at most ten times a second, and cleared at the end',
  async t => {
    t.same(written(true, [1000, 1050, 1100]), [
      '\rusers 1/5000: 1 failed; 2 requests, 2.0 a second\u001b[K',
      '\rusers 3/5000: 2 created, 1 failed; 6 requests, 5.5 a second\u001b[K',
      '\r\u001b[K',
    ])
  },
)

t.test('elsewhere, a line is written at intervals, and none for a short cycle', async t => {
  t.same(written(false, [1000, 9999]), [])
  t.same(written(false, [1000, 10_000, 15_000, 20_000]), [
    'users 2/5000: 1 created, 1 failed; 4 requests, 0.4 a second\n',
    'users 4/5000: 3 created, 1 failed; 8 requests, 0.4 a second\n',
  ])
})
