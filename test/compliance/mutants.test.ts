import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import { mutants } from './mutants/index.ts'
import { profiles, serverUnderTest } from './mutants/server-under-test.ts'

t.test('each mutant has a unique ID, and is detected by existing checks', async t => {
  const ids = mutants.map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  const known = new Set(checks.map(({ id }) => id))
  t.same(
    mutants.flatMap(({ caughtBy }) => caughtBy).filter(id => !known.has(id)),
    [],
  )
})

const failed = ({ verdict }: Outcome) => verdict === 'failed'
const wrong = ({ verdict }: Outcome) => verdict === 'broken'

for (const profile of profiles) {
  t.test(`faulty ${profile} servers`, async t => {
    // Checks give a server a few seconds to become consistent: several wait concurrently.
    const servers = await Promise.all(Array.from({ length: 6 }, () => serverUnderTest(t, profile)))
    const broken = mutants.filter(mutant => (mutant.profile ?? 'rfc') === profile)

    const named = [...new Set(broken.flatMap(({ caughtBy }) => caughtBy))]
    const sound = await servers[0]?.outcomesOf(named)
    t.same(
      sound?.filter(outcome => failed(outcome) || wrong(outcome)).map(({ check }) => check.id),
      [],
      'without a fault, the server fails none of the checks that detect faults',
    )

    const queue = broken.values()
    await Promise.all(
      servers.map(async ({ outcomesOf }) => {
        for (const { id, description, breaks, caughtBy } of queue) {
          const outcomes = await outcomesOf(caughtBy, breaks())
          t.ok(outcomes.some(failed) && !outcomes.some(wrong), `${id}: ${description}`, {
            outcomes: outcomes.map(({ check, verdict, reason }) => `${check.id} ${verdict} ${reason ?? ''}`),
          })
        }
      }),
    )
  })
}
