import t from 'tap'
import { trials } from '../../scripts/endure/index.ts'
import { runTrial } from '../../scripts/endure/run.ts'

/** The short trials that take seconds; `npm run endure` runs all of them, and the long ones. */
const chosen = ['kill', 'slow', 'idle', 'cut', 'fuzz', 'model']
/** 20,000 requests are for `npm run endure -- --short`. */
const shorter: Readonly<Record<string, number>> = {
  fuzz: 3_000,
  cut: 200,
  idle: 1_000,
  slow: 50,
  kill: 3,
  model: 600,
}

for (const trial of trials.filter(({ id }) => chosen.includes(id))) {
  t.test(trial.title, async t => {
    const run: typeof trial.run = surroundings =>
      trial.run({ ...surroundings, size: short => shorter[trial.id] ?? short })
    const { failure, skipped, figures } = await runTrial(
      { ...trial, run },
      { isShort: true, factor: 1 },
      line => void t.comment(line),
    )
    for (const [what, value] of figures) t.comment(`${what}: ${value}`)
    t.equal(skipped, undefined)
    t.equal(failure, undefined)
    t.ok(figures.length > 0)
  })
}
