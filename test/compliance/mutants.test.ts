import t, { type Test } from 'tap'
import type { Suite } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/index.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { createServer } from '../../src/index.ts'
import type { Break } from './mutants/break.ts'
import { deviceType } from './mutants/device-type.ts'
import { mutants } from './mutants/index.ts'
import { proxyOf } from './mutants/proxy.ts'
import { runOptions } from './small-server.ts'

const suites: readonly Suite[] = ['rfc', 'aws', 'entra']

t.test('each mutant has an id of its own, and is to be caught by checks that there are', async t => {
  const ids = mutants.map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  const known = new Set(checks.map(({ id }) => id))
  t.same(
    mutants.flatMap(({ caughtBy }) => caughtBy).filter(id => !known.has(id)),
    [],
  )
})

type Profile = (typeof suites)[number]

/** A server that can be broken, and what comes of checks on it. */
async function patient(t: Pick<Test, 'teardown'>, profile: Profile) {
  const server = await createServer({ profile, ...(profile === 'rfc' && { types: deviceType }) })
  t.teardown(() => server.close())
  const proxy = await proxyOf(t, server.url)
  return {
    outcomesOf: async (only: readonly string[], how?: Break): Promise<readonly Outcome[]> => {
      await server.reset()
      proxy.breakBy(how)
      const { result } = await runChecks(
        runOptions(proxy.url, checks, { token: server.token, as: suites, only, timeoutSeconds: 60 }),
      )
      return result.outcomes
    },
  }
}

const failed = ({ verdict }: Outcome) => verdict === 'failed'
const wrong = ({ verdict }: Outcome) => verdict === 'broken'

for (const profile of suites) {
  t.test(`broken ${profile} servers`, async t => {
    // Checks give a server a few seconds to become consistent: several wait at a time.
    const patients = await Promise.all(Array.from({ length: 6 }, () => patient(t, profile)))
    const broken = mutants.filter(mutant => (mutant.profile ?? 'rfc') === profile)

    const named = [...new Set(broken.flatMap(({ caughtBy }) => caughtBy))]
    const sound = await patients[0]?.outcomesOf(named)
    t.same(
      sound?.filter(outcome => failed(outcome) || wrong(outcome)).map(({ check }) => check.id),
      [],
      'unbroken, the server fails no check that a mutant is to be caught by',
    )

    const queue = broken.values()
    await Promise.all(
      patients.map(async ({ outcomesOf }) => {
        for (const { id, says, breaks, caughtBy } of queue) {
          const outcomes = await outcomesOf(caughtBy, breaks())
          t.ok(outcomes.some(failed) && !outcomes.some(wrong), `${id}: ${says}`, {
            outcomes: outcomes.map(({ check, verdict, reason }) => `${check.id} ${verdict} ${reason ?? ''}`),
          })
        }
      }),
    )
  })
}
