import type { Command } from 'commander'
import { type JobFormat, readFlags, readJobFile, withJobOptions as withOptions } from '../job-settings.ts'
import { authOptions } from './auth-options.ts'
import {
  type Complete,
  defaultJobFile,
  jobOptions,
  type RequiredSetting,
  readSettings,
  stateOption,
} from './job-options.ts'

const knownMappings = ['aws', 'non-gallery']

const format: JobFormat = {
  options: jobOptions,
  defaultFile: defaultJobFile,
  isPath: (key, value) =>
    key === 'directory' || key === 'state' || (key === 'mapping' && !knownMappings.includes(value)),
}

/** Adds all options of a job to a command. */
export const withJobOptions = (command: Command): Command => withOptions(command, format, jobOptions)

const targetOptions = ['url', ...authOptions.map(({ key }) => key), 'keepFlagInQuery', 'timeout']
const requestOptions = ['sendManagerOnCreate', 'activeAsStringOnCreate', 'memberNullRef', 'groupSchemaMs']

/** Adds the options for the target and its requests to a command. */
export const withTargetOptions = (command: Command): Command =>
  withOptions(
    command,
    format,
    jobOptions.filter(({ key }) => [...targetOptions, ...requestOptions].includes(key)),
  )

/** Adds the option for the state file to a command. */
export const withStateOption = (command: Command): Command => withOptions(command, format, [stateOption])

/** The settings of a command from its flags and the job file. Throws a CliError with all errors. */
export function readJobSettings<Needs extends RequiredSetting>(
  command: Command,
  needs: readonly Needs[],
): Complete<Needs> {
  const { job } = command.opts<{ job?: string }>()
  return readSettings(readJobFile(format, job), readFlags(format, command), needs)
}
