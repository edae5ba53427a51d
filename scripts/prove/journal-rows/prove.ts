import { mkdirSync } from 'node:fs'
import { compareRows, compareSeries } from './compare.ts'
import { changedSeries, differences, postgresDifferences, since } from './differences.ts'
import { fixtureRequests, type Recorded, writeFixture } from './fixture.ts'
import { readSeries } from './metrics.ts'
import { createPlans, type Plan } from './plan.ts'
import { rowsOfSteps } from './rows.ts'
import { runSteps } from './run.ts'
import { checkOut, type Data, readRows, repository, serve } from './server.ts'

type Options = {
  readonly folder: string
  readonly seed: number
  readonly requests: number
  /** The commit of the earlier version. */
  readonly base: string
  /** The folder with the sources that are proven. */
  readonly checkout?: string | undefined
  /** Creates an empty database for this version, instead of a SQLite file. */
  readonly newSchema?: (() => Promise<Data>) | undefined
  readonly print: (line: string) => void
}

/**
 * Sends the same requests to an earlier version over SQLite and to this one, and compares all rows of both journals and the names of metrics.
 * Resolves with whether they are equal, apart from the listed differences, each of which must be seen.
 */
export async function proveJournalRows(options: Options): Promise<boolean> {
  const { folder, seed, requests, base, checkout = repository, newSchema, print } = options
  const earlier = checkOut(base, `${folder}/earlier`)
  const isListed = base.startsWith(since)
  const listed = isListed ? differences : []
  const expected = newSchema ? [...listed, ...postgresDifferences] : listed
  let isProven = true
  const shown = new Map<string, number>()
  for (const plan of createPlans(seed, requests)) {
    const [before, now] = await Promise.all([
      record(plan, earlier, 'earlier', options, newFile(`${folder}/earlier-${plan.name}`)),
      record(plan, checkout, 'now', options, await (newSchema?.() ?? newFile(`${folder}/now-${plan.name}`))),
    ])
    const comparison = compareRows(plan.steps, before.rows, now.rows, expected)
    const series = compareSeries(before.series, now.series, isListed ? changedSeries : [])
    for (const [name, count] of comparison.shown) shown.set(name, (shown.get(name) ?? 0) + count)
    for (const deviation of [...comparison.deviations, ...series]) print(deviation)
    print(
      `${plan.name}: ${comparison.rows} rows; ${comparison.deviations.length} deviate, and ${series.length} metrics`,
    )
    isProven &&= comparison.deviations.length + series.length === 0
  }
  for (const { name, reason } of expected) print(`${shown.get(name)} rows: ${name}. ${reason}`)
  const unseen = listed.filter(({ name }) => shown.get(name) === 0)
  if (unseen.length > 0)
    print(`No row shows these differences any more: ${unseen.map(({ name }) => name).join(', ')}`)
  return isProven && unseen.length === 0
}

/** Writes what the earlier version records of a share of the requests. */
export async function writeExpectedRows(options: Options): Promise<void> {
  const { folder, seed, base } = options
  const earlier = checkOut(base, `${folder}/earlier`)
  const plans: Recorded[] = []
  for (const plan of createPlans(seed, fixtureRequests))
    plans.push(await record(plan, earlier, 'earlier', options, newFile(`${folder}/${plan.name}`)))
  writeFixture({ commit: base, plans })
}

async function record(
  plan: Plan,
  checkout: string,
  name: string,
  { print }: Options,
  data: Data,
): Promise<Recorded> {
  const { flags, steps } = plan
  const server = await serve(checkout, data, flags)
  try {
    const session = await runSteps(steps, server, done =>
      print(`${plan.name}, ${name}: ${done} of ${steps.length}`),
    )
    const series = await readSeries(server)
    await server.stop()
    return { ...plan, rows: rowsOfSteps(await readRows(data), steps, session), series }
  } finally {
    await server.stop()
  }
}

/** A SQLite file in a new folder. */
function newFile(folder: string): Data {
  mkdirSync(folder)
  return { file: `${folder}/scimulator.db` }
}
