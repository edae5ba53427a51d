import { type Command, Option } from 'commander'
import { readJobFile } from './job-file.ts'
import { type JobOption, jobOptions, stateOption, tokenVariable, usualJobFile } from './job-options.ts'
import { type Complete, type Given, type Needed, readSettings } from './job-settings.ts'

/** Gives a command the options of a job. */
export const withJobOptions = (command: Command): Command => withOptions(command, jobOptions)

const ofTarget = ['url', 'token', 'keepFlagInQuery', 'timeout']
const ofRequests = ['sendManagerOnCreate', 'activeAsStringOnCreate', 'memberNullRef', 'groupSchemaMs']

/** Gives a command the options of a job that say what is sent, and where. */
export const withTargetOptions = (command: Command): Command =>
  withOptions(
    command,
    jobOptions.filter(({ key }) => [...ofTarget, ...ofRequests].includes(key)),
  )

/** Gives a command the options that say where the job's memory is. */
export const withStateOption = (command: Command): Command => withOptions(command, [stateOption])

function withOptions(command: Command, options: readonly JobOption[]): Command {
  command.option(
    '--job <file>',
    `JSON file with the options of the job (${usualJobFile}, where there is one)`,
  )
  for (const each of options) command.addOption(optionOf(each))
  return command
}

function optionOf({ flag, value, says, otherwise, isSecret }: JobOption): Option {
  const usual = otherwise === undefined ? '' : ` (default: ${otherwise})`
  const option = new Option(`--${flag}${value ? ` ${value}` : ''}`, says.replaceAll('`', '') + usual)
  return isSecret ? option.env(tokenVariable) : option
}

/** The settings that a command was given, by its flags and the job file. Throws a CliError with all mistakes. */
export function settingsOf<Needs extends Needed>(command: Command, needs: readonly Needs[]): Complete<Needs> {
  const { job } = command.opts<{ job?: string }>()
  return readSettings(readJobFile(job), flagsOf(command), needs)
}

function flagsOf(command: Command): Given {
  const given = jobOptions.flatMap(({ key, flag, isSecret }) => {
    const source = command.getOptionValueSource(key)
    const value = command.getOptionValue(key)
    if (source === 'env' && value === '') return []
    if (source !== 'cli' && source !== 'env') return []
    return [[key, { value, name: isSecret && source === 'env' ? tokenVariable : `--${flag}` }] as const]
  })
  return new Map(given)
}
