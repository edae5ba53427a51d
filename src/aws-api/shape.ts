import { isObject, type Json, type JsonObject } from '../scim/json.ts'
import { ApiError } from './api-error.ts'

/** The constraints are as in AWS's service models. `Value` is the type of a valid value. */
export type Shape<Value = unknown> = {
  /** Never set: it carries the type. */
  readonly value?: Value
} & ShapeData

type ShapeData =
  | {
      readonly kind: 'text'
      readonly pattern?: Pattern
      readonly min?: number
      readonly max?: number
      readonly values?: readonly string[]
      /** Errors do not repeat the value. */
      readonly sensitive?: boolean
    }
  | { readonly kind: 'integer'; readonly min?: number; readonly max?: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'document' }
  | { readonly kind: 'list'; readonly of: Shape; readonly min?: number; readonly max?: number }
  | {
      readonly kind: 'map'
      readonly keys: Shape
      readonly of: Shape
      readonly min?: number
      readonly max?: number
    }
  | { readonly kind: 'structure'; readonly members: Members; readonly first?: string }
  | { readonly kind: 'union'; readonly members: Members }

type Pattern = { readonly text: string; readonly matches: RegExp }

type Member<Value = unknown, Required extends boolean = boolean> = {
  readonly shape: Shape<Value>
  readonly required: Required
}
type Members = Readonly<Record<string, Member>>

type ValueOf<AMember> = AMember extends Member<infer Value> ? Value : never
type RequiredNames<Given> = {
  [Name in keyof Given]: Given[Name] extends Member<unknown, true> ? Name : never
}[keyof Given]
type Structure<Given> = { readonly [Name in RequiredNames<Given>]: ValueOf<Given[Name]> } & {
  readonly [Name in Exclude<keyof Given, RequiredNames<Given>>]?: ValueOf<Given[Name]>
}

export type InputOf<AShape> = AShape extends Shape<infer Value> ? Value : never

/** A pattern by its text in the service model, which need not be anchored. */
export const pattern = (text: string): Pattern => ({ text, matches: new RegExp(`^(?:${text})$`, 'u') })

type Range = { readonly min?: number; readonly max?: number }

export const text = (
  constraints: Range & { readonly pattern?: Pattern; readonly sensitive?: boolean } = {},
): Shape<string> => ({ kind: 'text', ...constraints })

export const oneOf = <const Value extends string>(...values: readonly Value[]): Shape<Value> => ({
  kind: 'text',
  values,
})

export const integer = (range: Range = {}): Shape<number> => ({ kind: 'integer', ...range })

export const boolean = (): Shape<boolean> => ({ kind: 'boolean' })

export const document = (): Shape<Json> => ({ kind: 'document' })

export const list = <Value>(of: Shape<Value>, range: Range = {}): Shape<readonly Value[]> => ({
  kind: 'list',
  of,
  ...range,
})

export const map = <Value>(
  keys: Shape<string>,
  of: Shape<Value>,
  range: Range = {},
): Shape<Readonly<Record<string, Value>>> => ({ kind: 'map', keys, of, ...range })

export const required = <Value>(shape: Shape<Value>): Member<Value, true> => ({ shape, required: true })
export const optional = <Value>(shape: Shape<Value>): Member<Value, false> => ({ shape, required: false })

/** Violations of the member `first` are reported alone. */
export const structure = <const Given extends Members>(
  members: Given,
  { first }: { readonly first?: keyof Given & string } = {},
): Shape<Structure<Given>> => ({ kind: 'structure', members, ...(first !== undefined && { first }) })

export const union = <const Given extends Members>(
  members: Given,
): Shape<{ readonly [Name in keyof Given]?: ValueOf<Given[Name]> }> => ({ kind: 'union', members })

export const maxResults = integer({ min: 1, max: 100 })

/**
 * The members of a body that the shape knows, without null. Throws `SerializationException` if a value has another type than
 * its shape, and `ValidationException` with all violated constraints.
 */
export function readInput<Value>(shape: Shape<Value>, body: Json): Value {
  const value = read(shape, body, '')
  const violations = violationsOf(shape, value, '')
  const first = shape.kind === 'structure' ? shape.first : undefined
  const earlier = violations.filter(({ path }) => first !== undefined && path === lowerCamel(first))
  const reported = earlier.length > 0 ? earlier : violations
  if (reported.length > 0) throw inputErrors.constraints(reported)
  return value as Value
}

/** AWS's errors write members in lower camel case. */
const lowerCamel = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)
const below = (path: string, name: string) => (path === '' ? lowerCamel(name) : `${path}.${lowerCamel(name)}`)
const itemOf = (path: string, at: number) => `${path}.${at + 1}.member`

function read(shape: Shape, value: Json, path: string): Json {
  switch (shape.kind) {
    case 'document':
      return value
    case 'text':
      if (typeof value !== 'string') throw inputErrors.wrongType(path, 'a string')
      return value
    case 'integer':
      if (!Number.isInteger(value)) throw inputErrors.wrongType(path, 'an integer')
      return value
    case 'boolean':
      if (typeof value !== 'boolean') throw inputErrors.wrongType(path, 'a boolean')
      return value
    case 'list':
      if (!Array.isArray(value)) throw inputErrors.wrongType(path, 'a list')
      return (value as readonly Json[])
        .filter(item => item !== null)
        .map((item, at) => read(shape.of, item, itemOf(path, at)))
    case 'map':
      if (!isObject(value)) throw inputErrors.wrongType(path, 'an object')
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, item]) => item !== null)
          .map(([key, item]) => [key, read(shape.of, item, `${path}.${key}`)]),
      )
    case 'structure':
    case 'union':
      if (!isObject(value)) throw inputErrors.wrongType(path, 'an object')
      return readMembers(shape.members, value, path)
  }
}

/** Unknown members are ignored, and null counts as absent. */
const readMembers = (members: Members, value: JsonObject, path: string): JsonObject =>
  Object.fromEntries(
    Object.entries(members).flatMap(([name, { shape }]) => {
      const given = Object.hasOwn(value, name) ? value[name] : undefined
      return given === undefined || given === null ? [] : [[name, read(shape, given, below(path, name))]]
    }),
  )

/** The number of items of a list that are checked: that of the longest valid list. This limits the length of an error. */
const maxChecked = 100

function violationsOf(shape: Shape, value: Json, path: string): readonly Violation[] {
  switch (shape.kind) {
    case 'document':
    case 'boolean':
      return []
    case 'text':
      return textConstraints(shape, value as string).map(constraint => ({
        path,
        constraint,
        ...(!shape.sensitive && { value: value as string }),
      }))
    case 'integer':
      return valueConstraints(shape, value as number).map(constraint => ({
        path,
        constraint,
        value: String(value),
      }))
    case 'list': {
      const items = value as readonly Json[]
      return [
        ...lengthConstraints(shape, items.length).map(constraint => ({ path, constraint })),
        ...items.slice(0, maxChecked).flatMap((item, at) => violationsOf(shape.of, item, itemOf(path, at))),
      ]
    }
    case 'map': {
      const all = Object.entries(value as JsonObject)
      const entries = all.slice(0, maxChecked)
      return [
        ...lengthConstraints(shape, all.length).map(constraint => ({ path, constraint })),
        ...entries.flatMap(([key]) => keyViolations(shape.keys, key, path)),
        ...entries.flatMap(([key, item]) => violationsOf(shape.of, item, `${path}.${key}`)),
      ]
    }
    case 'structure':
      return Object.entries(shape.members).flatMap(([name, member]) =>
        memberViolations(member, (value as JsonObject)[name], below(path, name)),
      )
    case 'union': {
      const given = Object.keys(value as JsonObject)
      const names = Object.keys(shape.members).map(lowerCamel)
      return given.length === 1
        ? Object.entries(shape.members).flatMap(([name, { shape }]) =>
            memberViolations({ shape, required: false }, (value as JsonObject)[name], below(path, name)),
          )
        : [{ path, constraint: { kind: 'union', names } }]
    }
  }
}

function memberViolations(
  { shape, required }: Member,
  value: Json | undefined,
  path: string,
): readonly Violation[] {
  if (value !== undefined) return violationsOf(shape, value, path)
  return required ? [{ path, constraint: { kind: 'required' }, value: null }] : []
}

const keyViolations = (keys: Shape, key: string, path: string): readonly Violation[] => {
  const constraints = keys.kind === 'text' ? textConstraints(keys, key) : []
  return constraints.length > 0 ? [{ path, constraint: { kind: 'keys', constraints } }] : []
}

/** The pattern comes before the length, as on AWS. */
const textConstraints = (
  { pattern, values, ...range }: Extract<Shape, { kind: 'text' }>,
  value: string,
): readonly Constraint[] => [
  ...(pattern && !pattern.matches.test(value)
    ? [{ kind: 'pattern', pattern: pattern.text } satisfies Constraint]
    : []),
  ...lengthConstraints(range, lengthOf(value, range)),
  ...(values && !values.includes(value) ? [{ kind: 'enum', values } satisfies Constraint] : []),
]

/** Smithy counts Unicode characters: https://smithy.io/2.0/spec/constraint-traits.html#length-trait */
const lengthOf = (text: string, { max = Number.POSITIVE_INFINITY }: Range): number =>
  text.length > max ? [...text].length : text.length

const lengthConstraints = ({ min = 0, max = Number.POSITIVE_INFINITY }: Range, length: number) => [
  ...(length < min ? [{ kind: 'least-length', limit: min } satisfies Constraint] : []),
  ...(length > max ? [{ kind: 'greatest-length', limit: max } satisfies Constraint] : []),
]

const valueConstraints = (
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Range,
  value: number,
) => [
  ...(value < min ? [{ kind: 'least-value', limit: min } satisfies Constraint] : []),
  ...(value > max ? [{ kind: 'greatest-value', limit: max } satisfies Constraint] : []),
]

type Constraint =
  | { readonly kind: 'required' }
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: LimitKind; readonly limit: number }
  | { readonly kind: 'keys'; readonly constraints: readonly Constraint[] }
  | { readonly kind: 'union'; readonly names: readonly string[] }

type LimitKind = 'least-length' | 'greatest-length' | 'least-value' | 'greatest-value'

type Violation = {
  readonly path: string
  readonly constraint: Constraint
  /** Absent if it is secret or not a simple value; null for a missing member. */
  readonly value?: string | null
}

const limitTexts: Readonly<Record<LimitKind, string>> = {
  'least-length': 'Member must have length greater than or equal to',
  'greatest-length': 'Member must have length less than or equal to',
  'least-value': 'Member must have value greater than or equal to',
  'greatest-value': 'Member must have value less than or equal to',
}

function constraintText(constraint: Constraint): string {
  switch (constraint.kind) {
    case 'required':
      return 'Member must not be null'
    case 'pattern':
      return `Member must satisfy regular expression pattern: ${constraint.pattern}`
    case 'enum':
      return `Member must satisfy enum value set: [${constraint.values.join(', ')}]`
    case 'keys':
      return `Map keys must satisfy constraint: [${constraint.constraints.map(constraintText).join(', ')}]`
    case 'union':
      return `Member must have exactly one of: [${constraint.names.join(', ')}]`
    default:
      return `${limitTexts[constraint.kind]} ${constraint.limit}`
  }
}

const violationText = ({ path, constraint, value }: Violation): string => {
  const shown = value === undefined ? '' : ` ${value === null ? 'null' : `'${value}'`}`
  return `Value${shown} at '${path}' failed to satisfy constraint: ${constraintText(constraint)}`
}

export const inputErrors = {
  constraints: (violations: readonly Violation[]): ApiError =>
    new ApiError(
      'ValidationException',
      `${violations.length} validation ${violations.length === 1 ? 'error' : 'errors'} detected: ${violations
        .map(violationText)
        .join('; ')}`,
      { rule: 'aws-api/constraints' },
    ),
  wrongType: (path: string, expected: string): ApiError =>
    new ApiError(
      'SerializationException',
      path === '' ? `The request must be ${expected}.` : `The value of '${path}' must be ${expected}.`,
      { rule: 'aws-api/json-types' },
    ),
  pageToken: (): ApiError =>
    new ApiError('ValidationException', 'The NextToken is invalid.', { rule: 'aws-api/page-token' }),
}
