import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Command, Option } from 'commander'
import { parseJson } from '../../scim/json-error.ts'
import {
  type Complete,
  defaultJobFile,
  type JobOption,
  jobOptions,
  type RequiredSetting,
  readSettings,
  type SettingSource,
  settingsError,
  stateOption,
  tokenVariable,
} from './job-options.ts'

/** Settings whose relative paths are resolved against the folder of the job file. */
const pathSettings = ['directory', 'state']
const knownMappings = ['aws', 'non-gallery']

/** The settings in the given job file, or in the default one if it exists. */
function readJobFile(named: string | undefined): SettingSource {
  const file = named ?? defaultJobFile
  if (named === undefined && !existsSync(file)) return new Map()
  const settings = withCurrentKeys(readJsonObject(file))
  const unknown = Object.keys(settings).filter(key => !jobOptions.some(option => option.key === key))
  if (unknown.length > 0) {
    const known = jobOptions.filter(({ isSecret }) => !isSecret).map(({ key }) => key)
    throw settingsError(
      unknown.map(key => `${file}: unknown setting "${key}". Settings are ${known.join(', ')}.`),
    )
  }
  if ('token' in settings) {
    throw settingsError([
      `${file}: remove "token". Set the environment variable ${tokenVariable} instead; a token does not belong in a file.`,
    ])
  }
  return new Map(
    Object.entries(settings).map(([key, value]) => [
      key,
      { name: `${file}: ${key}`, value: isPath(key, value) ? relativeToFile(file, value) : value },
    ]),
  )
}

/** Renames keys of earlier versions. */
const withCurrentKeys = (settings: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      jobOptions.find(({ deprecated }) => deprecated?.key === key)?.key ?? key,
      value,
    ]),
  )

function readJsonObject(file: string): Record<string, unknown> {
  const json = readJsonFile(file)
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>
  throw settingsError([`${file} must contain a JSON object: { "url": "…", "directory": "…" }.`])
}

/** Reads a JSON file. Throws a CliError. */
export function readJsonFile(file: string): unknown {
  try {
    return parseJson(readFileSync(file, 'utf8'))
  } catch (error) {
    throw settingsError([`Can't read ${file} as JSON: ${(error as Error).message.replace(/\.?$/, '.')}`])
  }
}

const isPath = (key: string, value: unknown): value is string =>
  typeof value === 'string' &&
  value !== '' &&
  (pathSettings.includes(key) || (key === 'mapping' && !knownMappings.includes(value)))

const relativeToFile = (file: string, path: string) =>
  path.startsWith('/') ? path : join(dirname(file), path)

/** Adds all options of a job to a command. */
export const withJobOptions = (command: Command): Command => withOptions(command, jobOptions)

const targetOptions = ['url', 'token', 'keepFlagInQuery', 'timeout']
const requestOptions = ['sendManagerOnCreate', 'activeAsStringOnCreate', 'memberNullRef', 'groupSchemaMs']

/** Adds the options for the target and its requests to a command. */
export const withTargetOptions = (command: Command): Command =>
  withOptions(
    command,
    jobOptions.filter(({ key }) => [...targetOptions, ...requestOptions].includes(key)),
  )

/** Adds the option for the state file to a command. */
export const withStateOption = (command: Command): Command => withOptions(command, [stateOption])

function withOptions(command: Command, options: readonly JobOption[]): Command {
  command.option(
    '--job <file>',
    `JSON file with the options of the job (default: ${defaultJobFile}, if it exists)`,
  )
  for (const each of options) {
    command.addOption(toCommanderOption(each))
    if (each.deprecated) command.addOption(new Option(`--${each.deprecated.flag}`).hideHelp())
  }
  return command
}

function toCommanderOption({ flag, value, description, defaultValue, isSecret }: JobOption): Option {
  const suffix = defaultValue === undefined ? '' : ` (default: ${defaultValue})`
  const option = new Option(`--${flag}${value ? ` ${value}` : ''}`, description.replaceAll('`', '') + suffix)
  return isSecret ? option.env(tokenVariable) : option
}

/** The settings of a command from its flags and the job file. Throws a CliError with all errors. */
export function readJobSettings<Needs extends RequiredSetting>(
  command: Command,
  needs: readonly Needs[],
): Complete<Needs> {
  const { job } = command.opts<{ job?: string }>()
  return readSettings(readJobFile(job), readFlags(command), needs)
}

function readFlags(command: Command): SettingSource {
  const given = jobOptions.flatMap(option => {
    const { flag, isSecret, deprecated } = option
    const isDeprecated = deprecated !== undefined && command.getOptionValueSource(deprecated.key) === 'cli'
    const key = isDeprecated ? deprecated.key : option.key
    const source = command.getOptionValueSource(key)
    const value = command.getOptionValue(key)
    if (source === 'env' && value === '') return []
    if (source !== 'cli' && source !== 'env') return []
    return [
      [option.key, { value, name: isSecret && source === 'env' ? tokenVariable : `--${flag}` }] as const,
    ]
  })
  return new Map(given)
}
