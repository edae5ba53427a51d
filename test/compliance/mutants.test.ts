import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { currentId } from '../../scim-compliance/checks/former-ids.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import { todays } from '../support/todays.ts'
import { mutants } from './mutants/index.ts'
import { profiles, serverUnderTest } from './mutants/server-under-test.ts'

const known = new Set(checks.map(({ id }) => id))

/** Checks that replace several have their IDs. */
const detecting = (caughtBy: readonly string[]): readonly string[] => [
  ...new Set(caughtBy.map(id => currentId(id, one => known.has(one)))),
]

/** Only mutants that a check of an area detects: `MUTANTS=rfc/patch`. */
const area = process.env.MUTANTS ?? ''
/** A fourth of the mutants a day, but all of a named area. */
const drawn = area === '' ? todays(mutants, 4) : mutants

const isMeant = ({ caughtBy }: Pick<(typeof mutants)[number], 'caughtBy'>): boolean =>
  detecting(caughtBy).some(id => id.startsWith(area))

// Each check shows that it detects a fault, whatever else fails.
const alone = { runsPreconditions: false }

t.test('each mutant has a unique ID, and is detected by existing checks', async t => {
  const ids = mutants.map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  t.same(
    mutants.flatMap(({ caughtBy }) => detecting(caughtBy)).filter(id => !known.has(id)),
    [],
  )
})

const failed = ({ verdict }: Outcome) => verdict === 'failed'
const wrong = ({ verdict }: Outcome) => verdict === 'broken'

for (const profile of profiles) {
  t.test(`faulty ${profile} servers`, async t => {
    const broken = drawn.filter(mutant => (mutant.profile ?? 'rfc') === profile && isMeant(mutant))
    if (broken.length === 0) return
    // Checks give a server a few seconds to become consistent: several wait concurrently.
    const servers = await Promise.all(
      Array.from({ length: area === '' ? 6 : 2 }, () => serverUnderTest(t, profile)),
    )

    const named = [...new Set(broken.flatMap(({ caughtBy }) => detecting(caughtBy)))]
    const sound = await servers[0]?.outcomesOf(named, undefined, alone)
    t.same(
      sound?.filter(outcome => failed(outcome) || wrong(outcome)).map(({ check }) => check.id),
      [],
      'without a fault, the server fails none of the checks that detect faults',
    )

    const queue = broken.values()
    await Promise.all(
      servers.map(async ({ outcomesOf }) => {
        for (const { id, description, breaks, caughtBy } of queue) {
          const outcomes = await outcomesOf(detecting(caughtBy), breaks(), alone)
          t.ok(outcomes.some(failed) && !outcomes.some(wrong), `${id}: ${description}`, {
            outcomes: outcomes.map(({ check, verdict, reason }) => `${check.id} ${verdict} ${reason ?? ''}`),
          })
        }
      }),
    )
  })
}
