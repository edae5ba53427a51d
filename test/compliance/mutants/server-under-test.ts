import type { Test } from 'tap'
import { checks } from '../../../scim-compliance/checks/catalog.ts'
import type { Outcome } from '../../../scim-compliance/run/result.ts'
import { type RunOptions, runChecks } from '../../../scim-compliance/run/run-checks.ts'
import { runOptions } from '../small-server.ts'
import type { Break } from './break.ts'
import { deviceType } from './device-type.ts'
import { startFaultyServer } from './faulty-server.ts'

/** The profiles of the servers. */
export const profiles = ['rfc', 'aws', 'entra'] as const

/** A server in which faults can be set, and the outcomes of checks on it. */
export async function serverUnderTest(t: Pick<Test, 'teardown'>, profile: (typeof profiles)[number]) {
  const server = await startFaultyServer(profile, profile === 'rfc' ? deviceType : undefined)
  t.teardown(server.close)
  return {
    outcomesOf: async (
      only: readonly string[],
      how?: Break,
      {
        concurrency = 2,
        runsPreconditions = true,
      }: Partial<Pick<RunOptions, 'concurrency' | 'runsPreconditions'>> = {},
    ): Promise<readonly Outcome[]> => {
      await server.reset()
      server.breakBy(how)
      const { result } = await runChecks(
        runOptions(server.url, checks, {
          token: server.token,
          as: ['rfc', 'aws', 'entra', 'okta'],
          only,
          concurrency,
          timeoutSeconds: 60,
          runsPreconditions,
        }),
      )
      return result.outcomes
    },
  }
}
