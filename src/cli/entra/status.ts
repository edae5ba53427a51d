import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { statusOf } from '../../entra/job-life.ts'
import { emptyState, type JobState } from '../../entra/job-state.ts'
import { readState, StateError } from '../../entra/state-text.ts'
import { CliError } from '../cli-error.ts'
import { sessionOf } from '../session.ts'
import { waitingIn } from './failures.ts'
import { jobClock } from './job-clock.ts'
import { settingsOf } from './job-flags.ts'
import { statusInWords } from './status-in-words.ts'

/** `scimulator entra status`: also while a cycle runs, for it only reads. */
export async function status(_options: object, command: Command): Promise<void> {
  const { state: file } = settingsOf(command, [])
  const state = stateIn(file)
  const clock = jobClock(state)
  const job = statusOf(state, clock.now())
  const waiting = waitingIn(state)
  const answer = { ...job, lastCycle: state.lastCycle, clockAhead: clock.ahead(), waiting }
  sessionOf(command).show(answer, statusInWords(answer))
}

/** The state as it was last saved. */
function stateIn(file: string): JobState {
  if (!existsSync(file)) return emptyState()
  try {
    return readState(readFileSync(file, 'utf8'), file)
  } catch (error) {
    if (error instanceof StateError) throw new CliError(error.message)
    throw new CliError(`The state file ${file} can't be read: ${(error as Error).message}.`)
  }
}
