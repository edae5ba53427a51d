import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Command, Option } from 'commander'
import { parseJson } from '../../scim/json-error.ts'
import { authOptions } from './auth-options.ts'
import type { GivenSetting, JobOption, SettingSource } from './job-option.ts'
import {
  type Complete,
  defaultJobFile,
  jobOptions,
  type RequiredSetting,
  readSettings,
  settingsError,
  stateOption,
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
    const known = jobOptions.filter(({ secretVariable }) => !secretVariable).map(({ key }) => key)
    throw settingsError(
      unknown.map(key => `${file}: unknown setting "${key}". Settings are ${known.join(', ')}.`),
    )
  }
  const secrets = jobOptions.filter(({ key, secretVariable }) => secretVariable && key in settings)
  if (secrets.length > 0) {
    throw settingsError(
      secrets.map(
        ({ key, secretVariable }) =>
          `${file}: remove "${key}". Set the environment variable ${secretVariable} instead; a secret does not belong in a file.`,
      ),
    )
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

const targetOptions = ['url', ...authOptions.map(({ key }) => key), 'keepFlagInQuery', 'timeout']
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

function toCommanderOption({ flag, value, description, defaultValue, secretVariable }: JobOption): Option {
  const suffix = defaultValue === undefined ? '' : ` (default: ${defaultValue})`
  const option = new Option(`--${flag}${value ? ` ${value}` : ''}`, description.replaceAll('`', '') + suffix)
  return secretVariable ? option.env(secretVariable) : option
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
    const { flag, secretVariable, deprecated } = option
    const isDeprecated = deprecated !== undefined && command.getOptionValueSource(deprecated.key) === 'cli'
    const key = isDeprecated ? deprecated.key : option.key
    const source = command.getOptionValueSource(key)
    const value = command.getOptionValue(key)
    if (source === 'env' && value === '') return []
    if (source !== 'cli' && source !== 'env') return []
    const setting: GivenSetting =
      source === 'env' && secretVariable
        ? { value, name: secretVariable, isFromEnvironment: true }
        : { value, name: `--${flag}` }
    return [[option.key, setting] as const]
  })
  return new Map(given)
}
