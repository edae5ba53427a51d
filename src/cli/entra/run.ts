import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { dialectOf, httpTarget } from '../../entra/http-target.ts'
import { readScenario, ScenarioError } from '../../entra/scenario/read-scenario.ts'
import { runScenario } from '../../entra/scenario/run-scenario.ts'
import type { Scenario } from '../../entra/scenario/scenario.ts'
import { wrongUse } from '../cli-error.ts'
import { sessionOf } from '../session.ts'
import { consoleOf } from './console-of.ts'
import { settingsOf } from './job-flags.ts'
import { headInWords, resultInWords, resultOf, stepInWords } from './scenario-in-words.ts'

export type RunOptions = { readonly tenant?: string }

/** `scimulator entra run SCENARIO`: plays a scenario against a target. Exit code 1 when an expectation fails. */
export async function run(named: string, { tenant }: RunOptions, command: Command): Promise<void> {
  const settings = settingsOf(command, ['url', 'token'])
  const scenario = await scenarioNamed(named)
  const { url, token, timeout, keepFlagInQuery } = settings
  const { sendManagerOnCreate, activeAsStringOnCreate, memberNullRef, groupSchemaMs } = settings
  const dialect = dialectOf(url)
  const wire = { dialect, sendManagerOnCreate, activeAsStringOnCreate, memberNullRef, groupSchemaMs }
  const { json, show } = sessionOf(command)
  if (!json) process.stdout.write(headInWords(scenario))
  const result = await runScenario(scenario, {
    target: httpTarget({ tenantUrl: url, token, timeout, keepFlagInQuery }),
    wire,
    ...consoleOf(command, url, tenant),
    onStep: (step, number) => {
      if (!json) process.stdout.write(stepInWords(step, number))
    },
  })
  show(resultOf(scenario, result), resultInWords(result))
  process.exitCode = result.passed ? 0 : 1
}

/** A file, or the name of a scenario that comes along. */
async function scenarioNamed(named: string): Promise<Scenario> {
  const shipped = fileURLToPath(new URL(`../../../scenarios/${named}.json`, import.meta.url))
  const isName = /^[a-z-]+$/.test(named)
  const path = isName && existsSync(shipped) ? shipped : named
  if (!existsSync(path)) {
    const folder = fileURLToPath(new URL('../../../scenarios', import.meta.url))
    throw wrongUse(`There is no scenario "${named}": give a file, or the name of one in ${folder}.`)
  }
  try {
    return await readScenario(path)
  } catch (error) {
    if (error instanceof ScenarioError) throw wrongUse(error.mistakes.join('\nscimulator: '))
    throw error
  }
}
