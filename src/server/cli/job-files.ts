import { StateError } from '../../provisioning/kit/state-file.ts'
import { CliError } from './cli-error.ts'

/** The log file next to the state file. */
export const logFilePath = (state: string): string => `${state.replace(/\.json$/, '')}.log.ndjson`

/** Turns errors of the state and log files into a CliError with exit code 1. */
export async function withCliErrors<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (error) {
    if (error instanceof StateError) throw new CliError(error.message)
    const { syscall, message } = error as NodeJS.ErrnoException
    if (syscall !== undefined) throw new CliError(`Can't write the state or log of the job: ${message}.`)
    throw error
  }
}
