import type { Suite } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { withoutFollowers } from '../../scim-compliance/grade/causes.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { scimmyServer } from '../support/scimmy.ts'
import { runOptions } from './small-server.ts'

/** Lists the checks that fail on SCIMMY; written by `npm run compliance-docs`. */
export const scimmyFailuresFile = 'test/compliance/scimmy-failures.json'

/** The client suites, whose failures on SCIMMY are listed completely. */
const clientSuites = ['entra', 'aws'] as const satisfies readonly Suite[]

/**
 * The checks of the client suites that fail on SCIMMY, each suite on a separate server. Some results depend on
 * other data on the server, so checks run one at a time, without load checks, which depend on the machine.
 */
export async function failuresOnScimmy(): Promise<readonly Outcome[]> {
  const runs = await Promise.all(clientSuites.map(failuresIn))
  return runs.flat()
}

async function failuresIn(suite: Suite): Promise<readonly Outcome[]> {
  const closing: (() => unknown)[] = []
  try {
    const { url, token } = await scimmyServer({ teardown: close => closing.push(close) })
    const { result } = await runChecks(
      runOptions(url, checks, {
        token,
        as: [suite],
        skip: ['entra/load'],
        concurrency: 1,
        timeoutSeconds: 60,
      }),
    )
    return withoutFollowers(result).filter(({ verdict }) => verdict === 'failed')
  } finally {
    for (const close of closing) await close()
  }
}
