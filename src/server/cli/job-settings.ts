import { type Command, Option } from 'commander'
import {
  type Complete,
  type Configurable,
  defaultJobFile,
  type Given,
  type GivenSetting,
  type Need,
  resolveSettings,
  SettingsError,
  type SettingsOf,
} from '../../provisioning/kit/job-file.ts'
import type { Setting, Settings } from '../../provisioning/kit/settings.ts'
import { wrongUse } from './cli-error.ts'

export const settingsError = (mistakes: readonly string[]) => wrongUse(mistakes.join('\nscimulator: '))

export function withSettings<Declared extends Settings>(
  command: Command,
  { name, settings }: { readonly name: string; readonly settings: Declared },
  keys?: readonly (keyof Declared)[],
): Command {
  command.option(
    '--job <file>',
    `JSON file with the options of the job (default: ${defaultJobFile(name)}, if it exists)`,
  )
  for (const [key, setting] of Object.entries(settings)) {
    if (keys && !keys.includes(key)) continue
    command.addOption(toOption(setting))
    if (setting.deprecated) command.addOption(new Option(setting.deprecated.flag).hideHelp())
  }
  return command
}

function toOption({ flags, description, defaultValue, secretVariable }: Setting): Option {
  const suffix = defaultValue === undefined ? '' : ` (default: ${defaultValue})`
  const option = new Option(flags, description.replaceAll('`', '') + suffix)
  return secretVariable === undefined ? option : option.env(secretVariable)
}

/** The settings of a command. Throws a CliError with all invalid or missing settings. */
export function readSettings<
  Declared extends Settings,
  Parts extends object,
  Needs extends Need<Declared, Parts>,
>(
  command: Command,
  client: Configurable<Declared, Parts>,
  needs: readonly Needs[],
): Complete<SettingsOf<Declared, Parts>, Needs> {
  const { job } = command.opts<{ job?: string }>()
  try {
    return resolveSettings(client, { job, flags: readFlags(client.settings, command) }, needs)
  } catch (error) {
    if (error instanceof SettingsError) throw settingsError(error.mistakes)
    throw error
  }
}

function readFlags(settings: Settings, command: Command): Given {
  const given = Object.entries(settings).flatMap(([name, { flags, secretVariable, deprecated }]) => {
    const isDeprecated = deprecated !== undefined && command.getOptionValueSource(deprecated.key) === 'cli'
    const key = isDeprecated ? deprecated.key : name
    const source = command.getOptionValueSource(key)
    const value: unknown = command.getOptionValue(key)
    if (source === 'env' && value === '') return []
    if (source !== 'cli' && source !== 'env') return []
    const setting: GivenSetting =
      source === 'env' && secretVariable
        ? { value, name: secretVariable, isFromEnvironment: true }
        : { value, name: new Option(flags).long ?? flags }
    return [[name, setting] as const]
  })
  return new Map(given)
}
