import type { JobContext } from '../../provisioning/kit/client.ts'
import { SettingsError } from '../../provisioning/kit/job-file.ts'
import { StateError } from '../../provisioning/kit/state-file.ts'
import { CliError } from './cli-error.ts'
import { settingsError } from './job-settings.ts'

type Client<Settings, Opened> = {
  readonly open: (
    settings: Settings,
    options: Pick<JobContext<never, never>, 'fast' | 'notify'>,
  ) => Promise<Opened>
}

/** Opens the job of a client for some work, and closes it afterwards. Throws a CliError. */
export async function withJob<Settings, Opened extends { close(): Promise<void> }, Result>(
  client: Client<Settings, Opened>,
  settings: Settings,
  work: (opened: Opened) => Promise<Result>,
  { fast = false }: { readonly fast?: boolean | undefined } = {},
): Promise<Result> {
  const opened = await withCliErrors(client.open(settings, { fast, notify }))
  try {
    return await withCliErrors(work(opened))
  } finally {
    await opened.close()
  }
}

const notify = (text: string) => void process.stderr.write(`scimulator: ${text}\n`)

/** Errors of settings become a CliError with exit code 2, those of the state and log files one with exit code 1. */
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
