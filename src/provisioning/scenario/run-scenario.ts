import type { JobStore } from '../entra/job/job-state.ts'
import { OnDemandError } from '../entra/job/on-demand.ts'
import { DirectoryEditError } from '../kit/directory/edits.ts'
import type { SourceDirectory } from '../kit/directory/source-directory.ts'
import type { TargetRequest } from '../kit/target.ts'
import { StepError } from './actions.ts'
import { type ExpectationResult, expectationResult } from './check-resources.ts'
import { checkStep } from './check-step.ts'
import { createScenarioContext, type ScenarioContext, type ScenarioOptions } from './context.ts'
import type { Scenario, Step } from './read-scenario.ts'

type RunScenarioOptions = ScenarioOptions & {
  readonly onStep?: (result: StepResult, number: number) => void
}

export type StepResult = {
  readonly step: Step
  readonly description: string
  readonly sent: readonly TargetRequest[]
  readonly checks: readonly ExpectationResult[]
}

export type ScenarioResult = {
  readonly passed: boolean
  readonly steps: readonly StepResult[]
  readonly directory: SourceDirectory
  readonly store: JobStore
}

/** The target should have none of its users and groups. Stops at the first step that can't be carried out. */
export async function runScenario(scenario: Scenario, options: RunScenarioOptions): Promise<ScenarioResult> {
  const context = createScenarioContext(scenario, options)
  const steps: StepResult[] = []
  for (const step of scenario.steps) {
    const result = await runStep(context, step)
    steps.push(result)
    options.onStep?.(result, steps.length)
    if (result.checks.some(({ claim }) => claim === stepIsPossible)) break
  }
  const passed = steps.every(({ checks }) => checks.every(({ outcome }) => outcome !== 'notMet'))
  return { passed, steps, directory: context.directory, store: context.store }
}

const stepIsPossible = 'the step can be carried out'

async function runStep(context: ScenarioContext, step: Step): Promise<StepResult> {
  context.target.takeRequests()
  context.tokens?.takeCount()
  const logged = context.log.lines.length
  const description = step.description ?? step.action.description
  try {
    const done = await step.action.perform(context)
    context.ids.update(context.directory, context.store.state)
    const sent = context.target.takeRequests()
    const checks = await checkStep(context, step.expect, {
      ...done,
      sent,
      tokenRequests: context.tokens?.takeCount() ?? 0,
      logged: context.log.lines.slice(logged),
    })
    return {
      step,
      description: [description, done?.description].filter(Boolean).join(' '),
      sent: sent.map(context.ids.requestWithNames),
      checks,
    }
  } catch (error) {
    const isKnown = [DirectoryEditError, OnDemandError, StepError].some(kind => error instanceof kind)
    if (!isKnown || !(error instanceof Error)) throw error
    return { step, description, sent: [], checks: [expectationResult(stepIsPossible, error.message)] }
  }
}
