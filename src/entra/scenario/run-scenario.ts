import { DirectoryEditError } from '../directory/edits.ts'
import type { SourceDirectory } from '../directory/source-directory.ts'
import type { JobStore } from '../job/job-state.ts'
import { OnDemandError } from '../job/on-demand.ts'
import type { TargetRequest } from '../target.ts'
import { type ExpectationResult, expectationResult } from './check-resources.ts'
import { checkStep } from './check-step.ts'
import { createScenarioContext, type ScenarioContext, type ScenarioOptions } from './context.ts'
import { describeAction } from './describe.ts'
import { performAction } from './perform.ts'
import type { Scenario, Step } from './scenario.ts'

export type RunScenarioOptions = ScenarioOptions & {
  /** Called after each step; the first is number 1. */
  readonly onStep?: (result: StepResult, number: number) => void
}

export type StepResult = {
  readonly step: Step
  /** What happened, in plain words. */
  readonly words: string
  /** What Entra sent, with ids of the target replaced by `{{names}}`. */
  readonly sent: readonly TargetRequest[]
  readonly checks: readonly ExpectationResult[]
}

export type ScenarioResult = {
  readonly passed: boolean
  readonly steps: readonly StepResult[]
  /** How it ended, for whoever looks further. */
  readonly directory: SourceDirectory
  readonly store: JobStore
}

/**
 * Plays a scenario against a target, which should hold nobody of it. It ends at the first step that can't be taken.
 */
export async function runScenario(scenario: Scenario, parts: RunScenarioOptions): Promise<ScenarioResult> {
  const stage = createScenarioContext(scenario, parts)
  const steps: StepResult[] = []
  for (const step of scenario.steps) {
    const result = await runStep(stage, step)
    steps.push(result)
    parts.onStep?.(result, steps.length)
    if (result.checks.some(({ what }) => what === isPossible)) break
  }
  const passed = steps.every(({ checks }) => checks.every(({ outcome }) => outcome !== 'fails'))
  return { passed, steps, directory: stage.directory, store: stage.store }
}

const isPossible = 'the step can be taken'

async function runStep(stage: ScenarioContext, step: Step): Promise<StepResult> {
  stage.target.takeRequests()
  const logged = stage.log.lines.length
  const words = step.says ?? describeAction(step.action)
  try {
    const done = await performAction(stage, step.action)
    stage.ids.update(stage.directory, stage.store.state)
    const sent = stage.target.takeRequests()
    const checks = await checkStep(stage, step.expect, {
      ...done,
      sent,
      logged: stage.log.lines.slice(logged),
    })
    return {
      step,
      words: [words, done.words].filter(Boolean).join(' '),
      sent: sent.map(stage.ids.requestWithNames),
      checks,
    }
  } catch (error) {
    if (!(error instanceof DirectoryEditError || error instanceof OnDemandError)) throw error
    return { step, words, sent: [], checks: [expectationResult(isPossible, error.message)] }
  }
}
