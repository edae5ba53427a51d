import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseJson } from '../../scim/json.ts'
import { type Settings, schemaOf, type Values } from './settings.ts'

export class SettingsError extends Error {
  readonly mistakes: readonly string[]
  constructor(...mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.name = 'SettingsError'
    this.mistakes = mistakes
  }
}

export type Given = ReadonlyMap<string, GivenSetting>

export type GivenSetting = {
  readonly value: unknown
  readonly name: string
  readonly isFromEnvironment?: true
}

type RawValues = Readonly<Record<string, unknown>>

export type Composed<Declared extends Settings, Value> = {
  readonly of: (values: Values<Declared>) => Value
  readonly missing: (given: Given, values: RawValues) => readonly string[]
  readonly inapplicable: (given: Given, values: RawValues) => readonly string[]
}

export type Configurable<Declared extends Settings, Parts extends object> = {
  readonly name: string
  readonly settings: Declared
  readonly composed: { readonly [Name in keyof Parts]: Composed<Declared, Parts[Name]> }
  readonly hasExample?: (values: RawValues) => boolean
}

export type SettingsOf<Declared extends Settings, Parts extends object> = Values<Declared> & Readonly<Parts>

export const configurable = <const Declared extends Settings, Parts extends object>(
  client: Configurable<Declared, Parts>,
): Configurable<Declared, Parts> => client

export type Need<Declared extends Settings, Parts extends object> =
  | {
      [Name in keyof Declared]: Declared[Name] extends { readonly required: string } ? Name : never
    }[keyof Declared]
  | keyof Parts

export type Complete<Values, Needs extends PropertyKey> = Values & {
  readonly [Name in Needs & keyof Values]-?: NonNullable<Values[Name]>
}

export const defaultJobFile = (client: string): string => `scimulator-${client}.json`

/** Flags override the job file. Throws a SettingsError with all invalid or missing settings. */
export function resolveSettings<
  Declared extends Settings,
  Parts extends object,
  Needs extends Need<Declared, Parts>,
>(
  client: Configurable<Declared, Parts>,
  { job, flags }: { readonly job: string | undefined; readonly flags: Given },
  needs: readonly Needs[],
): Complete<SettingsOf<Declared, Parts>, Needs> {
  const { name, settings, composed, hasExample = () => true } = client
  const given = new Map([...readJobFile(client, job), ...flags])
  const values = withDefaults(settings, given)
  const read = schemaOf(settings).safeParse(values)
  const invalid = read.success
    ? []
    : read.error.issues.map(({ path, message }) => `${given.get(String(path[0]))?.name} ${message}.`)
  const parts = needs.flatMap(need => (isPart(need, composed) ? [composed[need]] : []))
  const inapplicable = parts.flatMap(part => part.inapplicable(given, values))
  const missing = needs.flatMap(need => {
    if (isPart(need, composed)) return composed[need].missing(given, values)
    return given.has(String(need)) ? [] : [requirement(settings, String(need))]
  })
  if (!read.success || invalid.length + inapplicable.length + missing.length > 0) {
    const example = missing.length > 0 && hasExample(values) ? [exampleOf(name)] : []
    throw new SettingsError(...new Set([...invalid, ...inapplicable, ...missing]), ...example)
  }
  const derived = Object.entries<Composed<Declared, unknown>>(composed).map(([part, { of }]) => [
    part,
    of(read.data),
  ])
  return { ...read.data, ...Object.fromEntries(derived) }
}

const isPart = <Parts extends object>(need: PropertyKey, parts: Parts): need is keyof Parts =>
  Object.hasOwn(parts, need)

export const flagOf = ({ flags }: Settings[string]): string => flags.split(' ')[0] ?? flags

/** `how`: the choice because of which a setting is required. */
export function requirement(settings: Settings, name: string, how = ''): string {
  const { [name]: declared } = settings
  return declared ? `${flagOf(declared)} is required${how}: ${declared.required}.` : name
}

const exampleOf = (client: string): string =>
  [
    'Example, with `scimulator --memory --tenant acme --token let-me-in-for-now` running:',
    `  scimulator ${client} sync --url http://127.0.0.1:8080/acme/scim/v2 --token let-me-in-for-now \\`,
    '    --directory samples/springfield.json',
  ].join('\n')

const withDefaults = (settings: Settings, given: Given): RawValues => ({
  ...Object.fromEntries(
    Object.entries(settings).flatMap(([name, { defaultValue }]) =>
      defaultValue === undefined ? [] : [[name, defaultValue]],
    ),
  ),
  ...Object.fromEntries([...given].map(([name, { value }]) => [name, value])),
})

function readJobFile(
  { name: client, settings }: Pick<Configurable<Settings, object>, 'name' | 'settings'>,
  named: string | undefined,
): Given {
  const file = named ?? defaultJobFile(client)
  if (named === undefined && !existsSync(file)) return new Map()
  const members = withCurrentNames(settings, readJsonObject(file))
  const unknown = members.filter(([name]) => !Object.hasOwn(settings, name))
  if (unknown.length > 0) {
    const known = Object.entries(settings).flatMap(([name, { secretVariable }]) =>
      secretVariable ? [] : name,
    )
    throw new SettingsError(
      ...unknown.map(([name]) => `${file}: unknown setting "${name}". Settings are ${known.join(', ')}.`),
    )
  }
  const secrets = members.flatMap(([name]) => {
    const variable = settings[name]?.secretVariable
    return variable === undefined
      ? []
      : `${file}: remove "${name}". Set the environment variable ${variable} instead; a secret does not belong in a file.`
  })
  if (secrets.length > 0) throw new SettingsError(...secrets)
  const isRelative = (name: string, value: unknown): value is string =>
    typeof value === 'string' && value !== '' && settings[name]?.isPath?.(value) === true
  return new Map(
    members.map(([name, value]) => [
      name,
      { name: `${file}: ${name}`, value: isRelative(name, value) ? relativeToFile(file, value) : value },
    ]),
  )
}

const withCurrentNames = (settings: Settings, members: object): readonly (readonly [string, unknown])[] =>
  Object.entries(members).map(([name, value]) => {
    const current = Object.entries(settings).find(([, { deprecated }]) => deprecated?.key === name)
    return [current?.[0] ?? name, value]
  })

function readJsonObject(file: string): object {
  const json = readJsonFile(file)
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json
  throw new SettingsError(`${file} must contain a JSON object: { "url": "…", "directory": "…" }.`)
}

/** Throws SettingsError. */
export function readJsonFile(file: string): unknown {
  try {
    return parseJson(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new SettingsError(`Can't read ${file} as JSON: ${(error as Error).message.replace(/\.?$/, '.')}`)
  }
}

const relativeToFile = (file: string, path: string) =>
  path.startsWith('/') ? path : join(dirname(file), path)
