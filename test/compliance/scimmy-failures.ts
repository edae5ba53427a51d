import type { Suite } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import type { Outcome, Result } from '../../scim-compliance/run/result.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { scimmyServer } from '../support/scimmy.ts'
import { runOptions } from './small-server.ts'

/** Lists the checks that fail on SCIMMY; written by `npm run compliance-docs`. */
export const scimmyFailuresFile = 'test/compliance/scimmy-failures.json'

/** The client suites, whose failures on SCIMMY are listed completely. */
export const clientSuites = ['entra', 'aws', 'okta'] as const satisfies readonly Suite[]

/** The checks of the client suites that fail on SCIMMY. */
export async function failuresOnScimmy(): Promise<readonly Outcome[]> {
  const failures: Outcome[] = []
  for (const suite of clientSuites) failures.push(...failuresIn(await gradeScimmy(suite)))
  return failures
}

export const failuresIn = ({ outcomes }: Pick<Result, 'outcomes'>): readonly Outcome[] =>
  outcomes.filter(({ verdict }) => verdict === 'failed')

/**
 * Runs a suite on SCIMMY. A process has only one, and some results depend on other data on the server, so suites and checks
 * run one at a time, without load checks, which depend on the machine.
 */
export async function gradeScimmy(suite: (typeof clientSuites)[number]): Promise<Result> {
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
    return result
  } finally {
    for (const close of closing) await close()
  }
}
