import type { Command } from 'commander'
import type { z } from 'zod'
import { type JobFormat, readFlags, readJobFile, settingsError, withDefaults } from './job-settings.ts'

/** Settings that a command requires are there. */
export type Complete<Settings, Needs extends keyof Settings> = Settings & {
  readonly [Name in Needs]-?: NonNullable<Settings[Name]>
}

type SettingsFormat<Settings, Required extends string> = {
  readonly format: JobFormat
  readonly schema: z.ZodType<Settings>
  /** The messages for settings that are missing. */
  readonly missing: Readonly<Record<Required, string>>
  readonly example: string
}

/**
 * The settings of a command: flags override the job file, which overrides defaults. Throws a CliError with all invalid or
 * missing settings.
 */
export function readSettings<Settings, Required extends string & keyof Settings, Needs extends Required>(
  command: Command,
  needs: readonly Needs[],
  { format, schema, missing, example }: SettingsFormat<Settings, Required>,
): Complete<Settings, Needs> {
  const { job } = command.opts<{ job?: string }>()
  const given = new Map([...readJobFile(format, job), ...readFlags(format, command)])
  const read = schema.safeParse(withDefaults(format, given))
  const invalid = read.success
    ? []
    : read.error.issues.map(({ path, message }) => `${given.get(String(path[0]))?.name} ${message}.`)
  const absent = needs.filter(key => !given.has(key)).map(key => missing[key])
  if (!read.success || invalid.length + absent.length > 0) {
    throw settingsError([...new Set([...invalid, ...absent]), ...(absent.length > 0 ? [example] : [])])
  }
  return read.data as Complete<Settings, Needs>
}

/** A complete command for first-time users of a client. */
export const exampleOf = (client: string): string =>
  [
    'Example, with `scimulator --memory --tenant acme --token let-me-in-for-now` running:',
    `  scimulator ${client} sync --url http://127.0.0.1:8080/acme/scim/v2 --token let-me-in-for-now \\`,
    '    --directory samples/springfield.json',
  ].join('\n')
