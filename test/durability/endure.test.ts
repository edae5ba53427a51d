import t from 'tap'
import { trials } from '../../scripts/endure/index.ts'
import { runTrial } from '../../scripts/endure/run.ts'
import { skipWithoutPrograms } from '../support/postgres.ts'
import { todays } from '../support/todays.ts'

/** Trials whose short form is meaningful within seconds. `npm run endure` runs all of them at full size. */
const chosen = ['kill', 'instances', 'order', 'slow', 'idle', 'cut', 'fuzz', 'model']
/** Smaller than with `npm run endure -- --short`. */
const shorter: Readonly<Record<string, number>> = {
  fuzz: 2_000,
  cut: 200,
  idle: 1_000,
  slow: 50,
  kill: 3,
  instances: 100,
  order: 4,
  model: 400,
}

for (const trial of todays(
  trials.filter(({ id }) => chosen.includes(id)),
  2,
)) {
  const skip = trial.id === 'instances' && skipWithoutPrograms
  t.test(trial.title, { skip }, async t => {
    const run: typeof trial.run = context =>
      trial.run({ ...context, size: short => shorter[trial.id] ?? short })
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
