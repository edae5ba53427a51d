import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Command, Option } from 'commander'
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

/** Files that a job file names lie beside it, unless they are named in full. */
const pathSettings = ['directory', 'state']
const knownMappings = ['aws', 'non-gallery']

/** The settings in the job file: the one that is named, or the usual one where it exists. */
export function readJobFile(named: string | undefined): SettingSource {
  const file = named ?? defaultJobFile
  if (named === undefined && !existsSync(file)) return new Map()
  const settings = readJsonObject(file)
  const unknown = Object.keys(settings).filter(key => !jobOptions.some(option => option.key === key))
  if (unknown.length > 0) {
    const known = jobOptions.filter(({ isSecret }) => !isSecret).map(({ key }) => key)
    throw settingsError(
      unknown.map(key => `${file}: "${key}" is not a setting of a job. It has ${known.join(', ')}.`),
    )
  }
  if ('token' in settings) {
    throw settingsError([
      `${file}: the token doesn't belong into a file. Take it out, and give it as ${tokenVariable} in the environment.`,
    ])
  }
  return new Map(
    Object.entries(settings).map(([key, value]) => [
      key,
      { name: `${file}: ${key}`, value: isPath(key, value) ? relativeToFile(file, value) : value },
    ]),
  )
}

function readJsonObject(file: string): Record<string, unknown> {
  const json = readJsonFile(file)
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>
  throw settingsError([`${file} has to hold a JSON object: { "url": "…", "directory": "…" }.`])
}

/** The JSON that a file holds. Throws a CliError. */
export function readJsonFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw settingsError([`${file} can't be read as JSON: ${(error as Error).message}.`])
  }
}

const isPath = (key: string, value: unknown): value is string =>
  typeof value === 'string' &&
  value !== '' &&
  (pathSettings.includes(key) || (key === 'mapping' && !knownMappings.includes(value)))

const relativeToFile = (file: string, path: string) =>
  path.startsWith('/') ? path : join(dirname(file), path)

/** Gives a command the options of a job. */
export const withJobOptions = (command: Command): Command => withOptions(command, jobOptions)

const targetOptions = ['url', 'token', 'keepFlagInQuery', 'timeout']
const requestOptions = ['sendManagerOnCreate', 'activeAsStringOnCreate', 'memberNullRef', 'groupSchemaMs']

/** Gives a command the options of a job that say what is sent, and where. */
export const withTargetOptions = (command: Command): Command =>
  withOptions(
    command,
    jobOptions.filter(({ key }) => [...targetOptions, ...requestOptions].includes(key)),
  )

/** Gives a command the options that say where the job's memory is. */
export const withStateOption = (command: Command): Command => withOptions(command, [stateOption])

function withOptions(command: Command, options: readonly JobOption[]): Command {
  command.option(
    '--job <file>',
    `JSON file with the options of the job (${defaultJobFile}, where there is one)`,
  )
  for (const each of options) command.addOption(toCommanderOption(each))
  return command
}

function toCommanderOption({ flag, value, description, defaultValue, isSecret }: JobOption): Option {
  const usual = defaultValue === undefined ? '' : ` (default: ${defaultValue})`
  const option = new Option(`--${flag}${value ? ` ${value}` : ''}`, description.replaceAll('`', '') + usual)
  return isSecret ? option.env(tokenVariable) : option
}

/** The settings that a command was given, by its flags and the job file. Throws a CliError with all mistakes. */
export function readJobSettings<Needs extends RequiredSetting>(
  command: Command,
  needs: readonly Needs[],
): Complete<Needs> {
  const { job } = command.opts<{ job?: string }>()
  return readSettings(readJobFile(job), readFlags(command), needs)
}

function readFlags(command: Command): SettingSource {
  const given = jobOptions.flatMap(({ key, flag, isSecret }) => {
    const source = command.getOptionValueSource(key)
    const value = command.getOptionValue(key)
    if (source === 'env' && value === '') return []
    if (source !== 'cli' && source !== 'env') return []
    return [[key, { value, name: isSecret && source === 'env' ? tokenVariable : `--${flag}` }] as const]
  })
  return new Map(given)
}
