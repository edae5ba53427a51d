import { DirectoryEditError } from '../directory-edits.ts'
import type { JobStore } from '../job-state.ts'
import { DemandError } from '../on-demand.ts'
import type { SourceDirectory } from '../source-directory.ts'
import type { WireRequest } from '../wire.ts'
import { type Check, verdict } from './check.ts'
import { checkStep } from './check-step.ts'
import { perform } from './perform.ts'
import type { Scenario, Step } from './scenario.ts'
import { type Stage, type StageParts, setStage } from './stage.ts'
import { actionInWords } from './words.ts'

export type ScenarioParts = StageParts & {
  /** Called after each step; the first is number 1. */
  readonly onStep?: (result: StepResult, number: number) => void
}

export type StepResult = {
  readonly step: Step
  /** What happened, in plain words. */
  readonly words: string
  /** What Entra sent, with ids of the target replaced by `{{names}}`. */
  readonly sent: readonly WireRequest[]
  readonly checks: readonly Check[]
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
export async function runScenario(scenario: Scenario, parts: ScenarioParts): Promise<ScenarioResult> {
  const stage = setStage(scenario, parts)
  const steps: StepResult[] = []
  for (const step of scenario.steps) {
    const result = await take(stage, step)
    steps.push(result)
    parts.onStep?.(result, steps.length)
    if (result.checks.some(({ what }) => what === canBeTaken)) break
  }
  const passed = steps.every(({ checks }) => checks.every(({ outcome }) => outcome !== 'fails'))
  return { passed, steps, directory: stage.directory, store: stage.store }
}

const canBeTaken = 'the step can be taken'

async function take(stage: Stage, step: Step): Promise<StepResult> {
  stage.target.taken()
  const logged = stage.log.lines.length
  const words = step.says ?? actionInWords(step.action)
  try {
    const done = await perform(stage, step.action)
    stage.ids.look(stage.directory, stage.store.state)
    const sent = stage.target.taken()
    const checks = await checkStep(stage, step.expect, {
      ...done,
      sent,
      logged: stage.log.lines.slice(logged),
    })
    return {
      step,
      words: [words, done.words].filter(Boolean).join(' '),
      sent: sent.map(stage.ids.namedRequest),
      checks,
    }
  } catch (error) {
    if (!(error instanceof DirectoryEditError || error instanceof DemandError)) throw error
    return { step, words, sent: [], checks: [verdict(canBeTaken, error.message)] }
  }
}
