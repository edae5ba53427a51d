import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Command, Option } from 'commander'
import { parseJson } from '../../scim/json-error.ts'
import { wrongUse } from './cli-error.ts'
import type { GivenSetting, JobOption, SettingSource } from './job-option.ts'

/** The options of a kind of provisioning job, as flags and in its job file. */
export type JobFormat = {
  readonly options: readonly JobOption[]
  /** The job file that is read without --job. */
  readonly defaultFile: string
  /** Whether a setting is a path, which is relative to the folder of the job file. */
  readonly isPath: (key: string, value: string) => boolean
}

/** One line per error. */
export const settingsError = (mistakes: readonly string[]) => wrongUse(mistakes.join('\nscimulator: '))

/** The settings in the given job file, or in the default one if it exists. Throws a CliError with all errors. */
export function readJobFile(
  { options, defaultFile, isPath }: JobFormat,
  named: string | undefined,
): SettingSource {
  const file = named ?? defaultFile
  if (named === undefined && !existsSync(file)) return new Map()
  const settings = withCurrentKeys(options, readJsonObject(file))
  const unknown = Object.keys(settings).filter(key => !options.some(option => option.key === key))
  if (unknown.length > 0) {
    const known = options.filter(({ secretVariable }) => !secretVariable).map(({ key }) => key)
    throw settingsError(
      unknown.map(key => `${file}: unknown setting "${key}". Settings are ${known.join(', ')}.`),
    )
  }
  const secrets = options.filter(({ key, secretVariable }) => secretVariable && key in settings)
  if (secrets.length > 0) {
    throw settingsError(
      secrets.map(
        ({ key, secretVariable }) =>
          `${file}: remove "${key}". Set the environment variable ${secretVariable} instead; a secret does not belong in a file.`,
      ),
    )
  }
  const isRelative = (key: string, value: unknown): value is string =>
    typeof value === 'string' && value !== '' && isPath(key, value)
  return new Map(
    Object.entries(settings).map(([key, value]) => [
      key,
      { name: `${file}: ${key}`, value: isRelative(key, value) ? relativeToFile(file, value) : value },
    ]),
  )
}

/** Renames keys of earlier versions. */
const withCurrentKeys = (
  options: readonly JobOption[],
  settings: Record<string, unknown>,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      options.find(({ deprecated }) => deprecated?.key === key)?.key ?? key,
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

const relativeToFile = (file: string, path: string) =>
  path.startsWith('/') ? path : join(dirname(file), path)

/** Adds `--job` and these options to a command. */
export function withJobOptions(
  command: Command,
  { defaultFile }: JobFormat,
  options: readonly JobOption[],
): Command {
  command.option(
    '--job <file>',
    `JSON file with the options of the job (default: ${defaultFile}, if it exists)`,
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

/** The settings among the flags of a command, and secrets in the environment. */
export function readFlags({ options }: JobFormat, command: Command): SettingSource {
  const given = options.flatMap(option => {
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

/** The given settings over the defaults of their options. */
export const withDefaults = ({ options }: JobFormat, given: SettingSource): Record<string, unknown> => ({
  ...Object.fromEntries(
    options.flatMap(({ key, defaultValue }) => (defaultValue === undefined ? [] : [[key, defaultValue]])),
  ),
  ...Object.fromEntries([...given].map(([key, { value }]) => [key, value])),
})
