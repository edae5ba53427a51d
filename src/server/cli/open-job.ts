import { type Client, type OpenJob, openJob as openFiles } from '../../provisioning/kit/client.ts'
import { SettingsError, type SettingsOf } from '../../provisioning/kit/job-file.ts'
import type { Settings } from '../../provisioning/kit/settings.ts'
import { StateError } from '../../provisioning/kit/state-file.ts'
import { CliError } from './cli-error.ts'
import { settingsError } from './job-settings.ts'

/** Opens the state and log files and creates the job. Throws a CliError. */
export const openJob = <
  Declared extends Settings,
  Parts extends object,
  State extends object,
  Line extends object,
  Job,
>(
  client: Client<Declared, Parts, State, Line, Job>,
  settings: SettingsOf<Declared, Parts> & { readonly state: string; readonly url: string | undefined },
  { fast = false }: { readonly fast?: boolean } = {},
): Promise<OpenJob<State, Job>> => withCliErrors(openFiles(client, settings, { fast, notify }))

const notify = (text: string) => void process.stderr.write(`scimulator: ${text}\n`)

/** Turns errors of the settings into a CliError with exit code 2, those of the state and log files into one with exit code 1. */
export async function withCliErrors<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (error) {
    if (error instanceof SettingsError) throw settingsError(error.mistakes)
    if (error instanceof StateError) throw new CliError(error.message)
    const { syscall, message } = error as NodeJS.ErrnoException
    if (syscall !== undefined) throw new CliError(`Can't write the state or log of the job: ${message}.`)
    throw error
  }
}
