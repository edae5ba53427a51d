/** An option of a provisioning job. Flags, `--help`, the job file and the table in the docs derive from these. */
export type JobOption = {
  /** Name in the job file. */
  readonly key: string
  readonly flag: string
  /** Placeholder of the flag's value; absent for flags without one. */
  readonly value?: string
  readonly defaultValue?: string
  readonly description: string
  /** The flag turns off a setting that is on by default. */
  readonly turnsOff?: true
  /** A secret: accepted as flag or in this environment variable, not in the job file. */
  readonly secretVariable?: string
  /** Spellings of earlier versions, accepted but not shown in help. */
  readonly deprecated?: { readonly key: string; readonly flag: string }
}

export const option = (
  key: string,
  flag: string,
  description: string,
  rest: Partial<JobOption> = {},
): JobOption => ({
  key,
  flag,
  description,
  ...rest,
})

/** Values by option key, each with its name in error messages. */
export type SettingSource = ReadonlyMap<string, GivenSetting>

export type GivenSetting = {
  readonly value: unknown
  readonly name: string
  /** Set in the environment, possibly for other commands. */
  readonly isFromEnvironment?: true
}
