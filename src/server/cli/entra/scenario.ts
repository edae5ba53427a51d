import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import type { CredentialSettings } from '../../../provisioning/entra/credentials/create-credentials.ts'
import { entraSettings } from '../../../provisioning/entra/settings.ts'
import { dialectOf } from '../../../provisioning/kit/http-target.ts'
import type { ExpectationResult } from '../../../provisioning/scenario/check-resources.ts'
import { readScenario, ScenarioError } from '../../../provisioning/scenario/read-scenario.ts'
import {
  runScenario,
  type ScenarioResult,
  type StepResult,
} from '../../../provisioning/scenario/run-scenario.ts'
import type { Scenario } from '../../../provisioning/scenario/scenario.ts'
import { wrongUse } from '../cli-error.ts'
import { readSettings } from '../job-settings.ts'
import { formatCount, printable } from '../output.ts'
import { createSession } from '../session.ts'
import { connectionOf, consoleOf } from './scenario-connection.ts'

const formatHeading = ({ name, about }: Scenario): string =>
  `${[name, about].filter(Boolean).map(printable).join('\n')}\n\n`

const marks = { met: 'ok   ', notMet: 'FAIL ', notChecked: '?    ' } as const

const formatStep = ({ description, checks }: StepResult, number: number): string =>
  [`${number}. ${printable(description)}`, ...checks.map(check => `   ${formatCheck(check)}`)]
    .map(line => `${line}\n`)
    .join('')

const formatCheck = ({ outcome, claim, reason }: ExpectationResult) =>
  printable(`${marks[outcome]}${claim}${reason === undefined ? '' : `: ${reason}`}`)

const checksOf = ({ steps }: ScenarioResult) => steps.flatMap(({ checks }) => checks)

function formatResult(result: ScenarioResult): string {
  const checks = checksOf(result)
  const count = (outcome: ExpectationResult['outcome']) =>
    checks.filter(check => check.outcome === outcome).length
  const notChecked =
    count('notChecked') > 0 ? ` ${formatCount(count('notChecked'), 'check')} could not run.` : ''
  const failed = count('notMet')
  return failed === 0
    ? `\n${formatCount(count('met'), 'check')} passed.${notChecked}\n`
    : `\n${failed} of ${formatCount(checks.length, 'check')} failed.${notChecked}\n`
}

const scenarioResultJson = ({ name }: Scenario, { passed, steps }: ScenarioResult) => ({
  name,
  passed,
  steps: steps.map(({ step, description, sent, checks }) => ({
    do: step.action.do,
    description,
    sent,
    checks,
  })),
})

export type RunOptions = { readonly tenant?: string }

/** Exit code 1 if an expectation fails. */
export async function run(named: string, { tenant }: RunOptions, command: Command): Promise<void> {
  const settings = readSettings(command, entraSettings, ['url', 'credentials'])
  const scenario = await findScenario(named)
  checkAuth(scenario, settings.credentials)
  const { url } = settings
  const { sendManagerOnCreate, activeAsStringOnCreate, memberNullRef, groupSchemaMs } = settings
  const dialect = dialectOf(url)
  const wire = { dialect, sendManagerOnCreate, activeAsStringOnCreate, memberNullRef, groupSchemaMs }
  const { json, show } = createSession(command)
  if (!json) process.stdout.write(formatHeading(scenario))
  const result = await runScenario(scenario, {
    ...connectionOf(settings, consoleOf(command, url, tenant)),
    wire,
    onStep: (step, number) => {
      if (!json) process.stdout.write(formatStep(step, number))
    },
  })
  show(scenarioResultJson(scenario, result), formatResult(result))
  process.exitCode = result.passed ? 0 : 1
}

function checkAuth({ auth }: Scenario, credentials: CredentialSettings): void {
  if (auth === undefined || auth.includes(credentials.auth)) return
  throw wrongUse(`This scenario requires --auth ${auth.join(' or ')}.`)
}

async function findScenario(named: string): Promise<Scenario> {
  const builtIn = fileURLToPath(new URL(`../../../../scenarios/${named}.json`, import.meta.url))
  const isName = /^[a-z-]+$/.test(named)
  const path = isName && existsSync(builtIn) ? builtIn : named
  if (!existsSync(path)) {
    const folder = fileURLToPath(new URL('../../../../scenarios', import.meta.url))
    throw wrongUse(`No scenario "${named}". Use a file or the name of a built-in scenario in ${folder}.`)
  }
  try {
    return await readScenario(path)
  } catch (error) {
    if (error instanceof ScenarioError) throw wrongUse(error.errors.join('\nscimulator: '))
    throw error
  }
}
