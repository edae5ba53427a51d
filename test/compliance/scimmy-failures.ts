import type { Suite } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { withoutFollowers } from '../../scim-compliance/grade/causes.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { scimmyServer } from '../support/scimmy.ts'
import { runOptions } from './small-server.ts'

/** Where the checks that fail on SCIMMY are listed; `npm run compliance-docs` writes it. */
export const scimmyFailuresFile = 'test/compliance/scimmy-failures.json'

/** The clients' suites, by which SCIMMY is held to the list as a whole. */
export const clientSuites = ['entra', 'aws'] as const satisfies readonly Suite[]

/**
 * Which checks of the clients' suites fail on SCIMMY, each suite on a server of its own. What some of them find depends on
 * what else the server holds, so they run one after the other, without those about load, which depend on the machine.
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
