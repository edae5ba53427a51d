import t from 'tap'
import { createAnalysisProgress } from '../../../../src/insight/analysis/scheduler.ts'

const noon = Date.UTC(2026, 10, 30, 12)

/** An analysis by a clock of the test. `waiting` are the times of the exchanges that wait, oldest first. */
function createAnalysis() {
  let now = noon
  let waiting: readonly number[] = []
  const progress = createAnalysisProgress(
    { pendingCount: async () => waiting.length, oldestPending: async () => waiting[0] },
    () => now,
    () => now,
  )
  return {
    pass(milliseconds: number) {
      now += milliseconds
    },
    arrive(count: number) {
      waiting = [...waiting, ...Array.from({ length: count }, () => now)]
    },
    analyze(count: number) {
      progress.note(waiting.slice(0, count).map(at => ({ at })))
      waiting = waiting.slice(count)
    },
    current: progress.current,
  }
}

t.test('without waiting exchanges, the results are current', async t => {
  const { current, pass, arrive, analyze } = createAnalysis()
  pass(60_000)
  const idle = {
    isCurrent: true,
    ...{ waiting: 0, analyzed: 0, total: 0, since: noon + 60_000, until: noon + 60_000, seconds: 0 },
  }
  t.same(await current(), idle)
  arrive(100)
  pass(100)
  analyze(100)
  t.match(await current(), { isCurrent: true, analyzed: 0, until: noon + 60_100 })
})

t.test('a burst is more than a few seconds of work at once, and a few requests are not', async t => {
  const { current, arrive } = createAnalysis()
  arrive(500)
  t.match(await current(), { isCurrent: true, waiting: 500 })
  arrive(1)
  t.match(await current(), { isCurrent: false, waiting: 501, until: noon })
})

t.test('requests that wait for long are not current, however few', async t => {
  const { current, pass, arrive } = createAnalysis()
  arrive(1)
  pass(5000)
  t.match(await current(), { isCurrent: true })
  pass(1)
  t.match(await current(), { isCurrent: false, waiting: 1, until: noon })
})

t.test('progress is counted since nothing waited, with the time that the rest takes', async t => {
  const { current, pass, arrive, analyze } = createAnalysis()
  arrive(55_000)
  const unknown = await current()
  t.equal(unknown.seconds, undefined, 'the rate is not known yet')
  for (let second = 0; second < 60; second++) {
    pass(1000)
    analyze(250)
    await current()
  }
  const half = await current()
  t.match(half, { isCurrent: false, analyzed: 15_000, total: 55_000, waiting: 40_000, until: noon })
  t.ok(Math.abs((half.seconds ?? 0) - 160) < 15, `${half.seconds} s`)
  t.equal(half.since <= noon + 1000, true)
})

t.test('requests that arrive meanwhile are counted, and there is no estimate while more arrive', async t => {
  const { current, pass, arrive, analyze } = createAnalysis()
  arrive(10_000)
  for (let second = 0; second < 20; second++) {
    await current()
    pass(1000)
    analyze(200)
    arrive(100)
  }
  const { seconds = 0, total } = await current()
  t.equal(total, 12_000)
  t.ok(seconds > 60 && seconds < 110, `8,000 of 100 a second take ${seconds} s`)
  for (let second = 0; second < 20; second++) {
    await current()
    pass(1000)
    analyze(200)
    arrive(300)
  }
  t.equal((await current()).seconds, undefined)
})

t.test('results are current again below two seconds, so that pages do not change back and forth', async t => {
  const { current, pass, arrive, analyze } = createAnalysis()
  arrive(10_000)
  const seen: boolean[] = []
  for (let second = 0; second < 10; second++) {
    pass(1000)
    analyze(1000)
    if (second > 7) arrive(1)
    seen.push((await current()).isCurrent)
  }
  t.same(seen, [...Array(9).fill(false), true])
})
