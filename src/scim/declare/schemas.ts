import { type Attribute, type AttributeType, attribute } from '../attribute.ts'
import type { Json } from '../json.ts'
import { type ResourceType, type Schema, schemasOfType } from '../resource-types.ts'
import { containsSecret } from '../secrets.ts'
import { declarationLimits, type Fields, type ReportMistake, readFields } from './fields.ts'
import { attributeNameMistake, commonAttributeMistake, schemaUrnMistake } from './names.ts'

type Contradiction = {
  readonly field: string
  readonly applies: (attribute: Attribute) => boolean
  readonly message: string
}

const hasType =
  (...types: readonly AttributeType[]) =>
  ({ type }: Attribute) =>
    types.includes(type)

/** RFC 7643 §2.3.6 and §2.3.7. */
const isAlwaysCaseExact = hasType('binary', 'reference')
/** RFC 7643 §2.3: these "have no uniqueness". */
const isNeverUnique = hasType('boolean', 'dateTime', 'binary', 'complex')
const isComplex = hasType('complex')
const isString = hasType('string')
const isReference = hasType('reference')

export const isWritable = ({ mutability, type, subAttributes = [] }: Attribute): boolean =>
  mutability !== 'readOnly' && (type !== 'complex' || subAttributes.some(isWritable))

const contradictions: readonly Contradiction[] = [
  {
    field: 'subAttributes',
    applies: one => isComplex(one) && !one.subAttributes?.length,
    message: 'A complex attribute requires at least one sub-attribute. Add one or use another type.',
  },
  {
    field: 'subAttributes',
    applies: one => !isComplex(one) && one.subAttributes !== undefined,
    message: 'Only a complex attribute has sub-attributes. Remove them or use the type complex.',
  },
  {
    field: 'canonicalValues',
    applies: one => !isString(one) && one.canonicalValues !== undefined,
    message: 'Only a string has canonical values (RFC 7643 §7). Remove them.',
  },
  {
    field: 'referenceTypes',
    applies: one => !isReference(one) && one.referenceTypes !== undefined,
    message: 'Only a reference has reference types (RFC 7643 §7). Remove them.',
  },
  {
    field: 'caseExact',
    applies: one => isAlwaysCaseExact(one) && !one.caseExact,
    message:
      'References and binary values are always case exact (RFC 7643 §2.3.6, §2.3.7). Remove caseExact.',
  },
  {
    field: 'caseExact',
    applies: one => isComplex(one) && one.caseExact,
    message: 'caseExact applies to sub-attributes, not to complex attributes (erratum 6004). Remove it.',
  },
  {
    field: 'uniqueness',
    applies: one => isNeverUnique(one) && one.uniqueness !== 'none',
    message: 'Values of this type have no uniqueness (RFC 7643 §2.3). Use none, or remove it.',
  },
  {
    field: 'uniqueness',
    applies: one => one.returned === 'never' && one.uniqueness !== 'none',
    message: 'Uniqueness errors would reveal values that must never be returned. Use none.',
  },
  {
    field: 'multiValued',
    applies: one => one.multiValued && containsSecret(one),
    message:
      'Values that are never returned are stored as hashes, which could not be told apart in a list. Use false.',
  },
  {
    field: 'returned',
    applies: one => one.mutability === 'writeOnly' && one.returned !== 'never',
    message: 'A writeOnly attribute is never returned (RFC 7643 §7). Use never, or remove it.',
  },
  {
    field: 'required',
    applies: one => one.required && !isWritable(one),
    message:
      'Clients cannot set this attribute, because it or all of its sub-attributes are readOnly. Use false, or another mutability.',
  },
]

const types: readonly AttributeType[] = [
  'string',
  'boolean',
  'decimal',
  'integer',
  'dateTime',
  'reference',
  'binary',
  'complex',
]

const attributeMembers = [
  'name',
  'type',
  'subAttributes',
  'multiValued',
  'description',
  'required',
  'canonicalValues',
  'caseExact',
  'mutability',
  'returned',
  'uniqueness',
  'referenceTypes',
]

type NameRule = (name: string) => string | undefined

type ParentAttribute = { readonly isSecret: boolean }

/** Reads a list of attributes (RFC 7643 §7). Names must be unique, ignoring case (§2.1). */
function readAttributes(
  list: readonly Json[],
  at: string,
  report: ReportMistake,
  nameRule: NameRule,
  above?: ParentAttribute,
): readonly Attribute[] {
  const names = new Map<string, string>()
  return list.flatMap((declared, index) => {
    const place = `${at}[${index}]`
    const read = readAttribute(declared, place, report, above)
    if (!read) return []
    const mistake = nameRule(read.name) ?? duplicateName(names.get(read.name.toLowerCase()))
    if (mistake) report(`${place}.name`, mistake)
    names.set(read.name.toLowerCase(), read.name)
    return [read]
  })
}

const duplicateName = (earlier: string | undefined) =>
  earlier === undefined
    ? undefined
    : `"${earlier}" is already in this list. Names are compared ignoring case.`

function readAttribute(
  declared: Json,
  at: string,
  report: ReportMistake,
  above?: ParentAttribute,
): Attribute | undefined {
  const fields = readFields(declared, at, attributeMembers, report)
  if (!fields) return undefined
  const name = readName(fields)
  const rules = readBehavior(fields, above)
  const read = attribute(name ?? '', fields.text('description', declarationLimits.description) ?? '', {
    ...rules,
    ...readValueKind(fields, report, rules.returned === 'never', above),
  })
  const exact = fields.flag('caseExact') ?? isAlwaysCaseExact(read)
  const whole = { ...read, caseExact: exact, ...(read.uniqueness !== 'none' && { lookup: true }) }
  for (const { field, applies, message } of contradictions) if (applies(whole)) fields.report(field, message)
  return name === undefined ? undefined : whole
}

function readName(fields: Fields): string | undefined {
  if (!fields.has('name')) fields.report('name', 'An attribute requires a name.')
  const name = fields.text('name', declarationLimits.name)
  const mistake = name === undefined ? undefined : attributeNameMistake(name)
  if (mistake) fields.report('name', mistake)
  return mistake ? undefined : name
}

function readValueKind(
  fields: Fields,
  report: ReportMistake,
  isSecret: boolean,
  above: ParentAttribute | undefined,
) {
  const type = fields.choice('type', types) ?? 'string'
  const isNested = above !== undefined && type === 'complex'
  if (isNested) {
    fields.report('type', 'A sub-attribute cannot be complex (RFC 7643 §2.3.8). Use another type.')
  }
  return {
    // One error is enough. Further levels may be nested to any depth.
    type: isNested ? 'string' : type,
    multiValued: fields.flag('multiValued') ?? false,
    ...(fields.has('subAttributes') &&
      !isNested && { subAttributes: above ? [] : readSubAttributes(fields, report, { isSecret }) }),
    ...(fields.has('canonicalValues') && {
      canonicalValues: fields.texts(
        'canonicalValues',
        declarationLimits.canonicalValues,
        declarationLimits.canonicalValue,
      ),
    }),
    ...(fields.has('referenceTypes') && {
      referenceTypes: fields.texts(
        'referenceTypes',
        declarationLimits.referenceTypes,
        declarationLimits.name,
      ),
    }),
  } as const
}

function readSubAttributes(
  fields: Fields,
  report: ReportMistake,
  above: ParentAttribute,
): readonly Attribute[] {
  const list = fields.list('subAttributes', declarationLimits.attributes)
  return readAttributes(list, fields.place('subAttributes'), report, () => undefined, above)
}

function readBehavior(fields: Fields, above: ParentAttribute | undefined) {
  const mutability =
    fields.choice('mutability', ['readOnly', 'readWrite', 'immutable', 'writeOnly']) ?? 'readWrite'
  const returned = fields.choice('returned', ['always', 'never', 'default', 'request'])
  if (above?.isSecret && ![undefined, 'never'].includes(returned)) {
    fields.report('returned', 'Its complex attribute is never returned. Use never, or remove it.')
  }
  // RFC 7643 §7: writeOnly values are never returned.
  const isSecret = mutability === 'writeOnly' || above?.isSecret
  return {
    required: fields.flag('required') ?? false,
    mutability,
    returned: returned ?? (isSecret ? ('never' as const) : ('default' as const)),
    uniqueness: fields.choice('uniqueness', ['none', 'server', 'global']) ?? 'none',
  }
}

const schemaMembers = ['schemas', 'id', 'name', 'description', 'attributes', 'meta']

/** Reads a Schema resource (RFC 7643 §7). Its own `schemas` and `meta` are ignored. */
function readSchema(declared: Json, at: string, report: ReportMistake): Schema | undefined {
  const fields = readFields(declared, at, schemaMembers, report)
  if (!fields) return undefined
  const id = fields.text('id', declarationLimits.urn)
  const mistake = id === undefined ? 'A schema requires a URN as its "id".' : schemaUrnMistake(id)
  if (mistake) fields.report('id', mistake)
  if (!fields.has('attributes')) fields.report('attributes', 'A schema requires a list of attributes.')
  const name = fields.text('name', declarationLimits.name)
  const description = fields.text('description', declarationLimits.description) ?? ''
  const attributes = readAttributes(
    fields.list('attributes', declarationLimits.attributes),
    fields.place('attributes'),
    report,
    commonAttributeMistake,
  )
  if (id === undefined || mistake) return undefined
  return { id, name: name ?? id.slice(id.lastIndexOf(':') + 1), description, attributes }
}

/** The schemas that types may refer to, by URN in lower case (RFC 7643 §2.1). */
export type KnownSchemas = ReadonlyMap<string, Schema>

export function readSchemas(
  declared: readonly Json[],
  baseTypes: readonly ResourceType[],
  report: ReportMistake,
): KnownSchemas {
  const ofBase = new Map(baseTypes.flatMap(schemasOfType).map(schema => [schema.id.toLowerCase(), schema]))
  const known = new Map(ofBase)
  for (const [index, one] of declared.entries()) {
    const at = `schemas[${index}]`
    const schema = readSchema(one, at, report)
    if (!schema) continue
    const folded = schema.id.toLowerCase()
    if (ofBase.has(folded)) {
      report(`${at}.id`, `"${schema.id}" is a schema of the RFC and cannot be changed. Remove it.`)
    } else if (known.has(folded)) {
      report(`${at}.id`, `"${schema.id}" is already declared. URNs are compared ignoring case.`)
    } else known.set(folded, schema)
  }
  return known
}
