import type { Test } from 'tap'
import { checks } from '../../../scim-compliance/checks/catalog.ts'
import type { Outcome } from '../../../scim-compliance/run/result.ts'
import { runChecks } from '../../../scim-compliance/run/run-checks.ts'
import { createServer } from '../../../src/index.ts'
import { runOptions } from '../small-server.ts'
import type { Break } from './break.ts'
import { deviceType } from './device-type.ts'
import { proxyOf } from './proxy.ts'

export const suites = ['rfc', 'aws', 'entra'] as const

/** A server in which faults can be set, and the outcomes of checks on it. */
export async function serverUnderTest(t: Pick<Test, 'teardown'>, profile: (typeof suites)[number]) {
  const server = await createServer({ profile, ...(profile === 'rfc' && { types: deviceType }) })
  t.teardown(() => server.close())
  const proxy = await proxyOf(t, server.url)
  return {
    outcomesOf: async (
      only: readonly string[],
      how?: Break,
      concurrency = 2,
    ): Promise<readonly Outcome[]> => {
      await server.reset()
      proxy.breakBy(how)
      const { result } = await runChecks(
        runOptions(proxy.url, checks, {
          token: server.token,
          as: suites,
          only,
          concurrency,
          timeoutSeconds: 60,
        }),
      )
      return result.outcomes
    },
  }
}
