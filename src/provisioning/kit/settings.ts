import * as z from 'zod'
import { readDuration } from '../../domain/duration.ts'

type SettingOptions = {
  readonly defaultValue?: string
  readonly required?: string
  readonly isPath?: (value: string) => boolean
  /** A secret: accepted as flag or in this environment variable, not in the job file. */
  readonly secretVariable?: string
  /** Spellings of earlier versions, accepted but not shown in help. */
  readonly deprecated?: { readonly key: string; readonly flag: string }
}

export type Setting<Schema extends z.ZodType = z.ZodType> = SettingOptions & {
  readonly flags: string
  readonly schema: Schema
  /** Names of values and variables are in backticks, which `--help` omits. */
  readonly description: string
}

export type Settings = Readonly<Record<string, Setting>>

export const setting = <Schema extends z.ZodType, const Options extends SettingOptions = SettingOptions>(
  flags: string,
  schema: Schema,
  description: string,
  options?: Options,
) => ({ flags, schema, description, ...options }) as Setting<Schema> & Options

export const isTurnedOff = ({ flags }: Pick<Setting, 'flags'>): boolean => flags.startsWith('--no-')

export const flag = (flags: string, description: string, options: SettingOptions = {}) =>
  setting(flags, z.boolean('must be true or false').default(isTurnedOff({ flags })), description, options)

const capitalized = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)

export const secret = <Schema extends z.ZodType>(
  flags: string,
  secretVariable: string,
  schema: Schema,
  what: string,
  required = `the ${what}, or set ${secretVariable}`,
) =>
  setting(flags, schema, `${capitalized(what)}; prefer \`${secretVariable}\`; not allowed in the job file`, {
    secretVariable,
    required,
  })

/** Numbers are text in flags and may be numbers in the job file. */
export const number = (min: number) => {
  const message = `must be a whole number of at least ${min}`
  return z.preprocess(
    value => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
    z.int(message).min(min, message),
  )
}

export const text = z.string('must be text').min(1, "can't be empty")

export const choice = <const Name extends string>(names: readonly Name[]) =>
  z.enum(names, names.length === 2 ? `must be ${names.join(' or ')}` : `must be one of ${names.join(', ')}`)

export const namesOf = <Name extends string>(names: readonly Name[]) => {
  const message = `must be some of ${names.join(', ')}`
  return z.preprocess(
    value => (typeof value === 'string' ? value.split(',').map(name => name.trim()) : value),
    z.array(z.enum(names, message), message),
  )
}

const durationMessage = 'must be a duration such as 30s'

/** Milliseconds. */
export const duration = z.string(durationMessage).transform((value, context) => {
  const milliseconds = readDuration(value)
  if (milliseconds !== undefined) return milliseconds
  context.addIssue(durationMessage)
  return z.NEVER
})

type AddressMessages = {
  readonly example: string
  readonly withoutCredentials: string
  readonly withoutFragment?: string
}

export const address = ({ example, withoutCredentials, withoutFragment }: AddressMessages) =>
  z.string('must be a URL').superRefine((value, context) => {
    const parsed = URL.parse(value)
    if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
      context.addIssue(`must be a URL such as ${example}`)
    else if (parsed.username !== '' || parsed.password !== '') context.addIssue(withoutCredentials)
    else if (withoutFragment !== undefined && parsed.hash !== '') context.addIssue(withoutFragment)
  })

export const endpointUrl = address({
  example: 'http://127.0.0.1:8080/acme/scim/v2',
  withoutCredentials: "can't contain a user name or password; use the token",
})

export const token = z
  .string('must be text')
  .regex(
    /^[\x21-\x7e]+$/,
    'must be ASCII letters, digits and punctuation without spaces; "Bearer" is added automatically',
  )

export const code = (names: readonly string[]): string => names.map(name => `\`${name}\``).join(', ')

const always = () => true

export const directory = (contents: string) =>
  setting('--directory <path>', text.optional(), 'Source directory: a file or a folder', {
    required: contents,
    isPath: always,
  })
export const stateFile = (defaultValue: string, contents: string) =>
  setting('--state <file>', text, `State file: ${contents}`, { defaultValue, isPath: always })
export const maxRps = (requestsPerSecond: number) =>
  setting('--max-rps <number>', number(1), 'Maximum requests per second', {
    defaultValue: String(requestsPerSecond),
  })
export const timeout = (defaultValue: string) =>
  setting('--timeout <duration>', duration, 'Request timeout', { defaultValue })

export type Values<Declared extends Settings> = {
  readonly [Name in keyof Declared]: z.output<Declared[Name]['schema']>
}

export const schemaOf = <Declared extends Settings>(settings: Declared) =>
  z.object(
    Object.fromEntries(Object.entries(settings).map(([name, { schema }]) => [name, schema])),
  ) as unknown as z.ZodType<Values<Declared>>
