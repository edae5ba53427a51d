import { type Attribute, type AttributeType, attribute } from '../attribute.ts'
import type { Json } from '../json.ts'
import { type ResourceType, type Schema, schemasOfType } from '../resource-types.ts'
import { containsSecret } from '../secrets.ts'
import { declarationLimits, type Fields, type ReportMistake, readFields } from './fields.ts'
import { attributeNameMistake, commonAttributeMistake, schemaUrnMistake } from './names.ts'

/** Characteristics that can't be true together. The field is the one to be mended. */
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
export const isAlwaysCaseExact = hasType('binary', 'reference')
/** RFC 7643 §2.3: these "have no uniqueness". */
const isNeverUnique = hasType('boolean', 'dateTime', 'binary', 'complex')
const isComplex = hasType('complex')
const isString = hasType('string')
const isReference = hasType('reference')

/** Whether a client can give it a value. */
export const isWritable = ({ mutability, type, subAttributes = [] }: Attribute): boolean =>
  mutability !== 'readOnly' && (type !== 'complex' || subAttributes.some(isWritable))

export const contradictions: readonly Contradiction[] = [
  {
    field: 'subAttributes',
    applies: one => isComplex(one) && !one.subAttributes?.length,
    message: 'A complex attribute is made of sub-attributes: name at least one, or choose another type.',
  },
  {
    field: 'subAttributes',
    applies: one => !isComplex(one) && one.subAttributes !== undefined,
    message: 'Only a complex attribute has sub-attributes: leave them out, or make its type complex.',
  },
  {
    field: 'canonicalValues',
    applies: one => !isString(one) && one.canonicalValues !== undefined,
    message: 'Only a string has canonical values (RFC 7643 §7): leave them out.',
  },
  {
    field: 'referenceTypes',
    applies: one => !isReference(one) && one.referenceTypes !== undefined,
    message: 'Only a reference has reference types (RFC 7643 §7): leave them out.',
  },
  {
    field: 'caseExact',
    applies: one => isAlwaysCaseExact(one) && !one.caseExact,
    message: 'References and binary values are always case exact (RFC 7643 §2.3.6, §2.3.7): leave it out.',
  },
  {
    field: 'caseExact',
    applies: one => isComplex(one) && one.caseExact,
    message: 'A complex attribute has no case; its sub-attributes have (erratum 6004). Leave it out.',
  },
  {
    field: 'uniqueness',
    applies: one => isNeverUnique(one) && one.uniqueness !== 'none',
    message: 'Values of this type have no uniqueness (RFC 7643 §2.3): write none, or leave it out.',
  },
  {
    field: 'uniqueness',
    applies: one => one.returned === 'never' && one.uniqueness !== 'none',
    message: 'A refusal would tell that somebody has this value, which nobody may see: write none.',
  },
  {
    field: 'multiValued',
    applies: one => one.multiValued && containsSecret(one),
    message:
      'What is never returned is kept as a hash, and among hashes nobody could say which value is meant: write false.',
  },
  {
    field: 'returned',
    applies: one => one.mutability === 'writeOnly' && one.returned !== 'never',
    message: 'What is writeOnly is not returned (RFC 7643 §7): write never, or leave it out.',
  },
  {
    field: 'required',
    applies: one => one.required && !isWritable(one),
    message:
      'No client could give it a value, for it or all of it is readOnly: write false, or another mutability.',
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

/** What is wrong with a name where it stands, besides its spelling. */
type NameRule = (name: string) => string | undefined

/** The complex attribute that a sub-attribute is part of. */
type ParentAttribute = { readonly isSecret: boolean }

/** Reads a list of attributes (RFC 7643 §7); each name may stand there once, whatever its case (§2.1). */
export function readAttributes(
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
    : `"${earlier}" stands here already, and the case of a name means nothing.`

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
  if (!fields.has('name')) fields.report('name', 'An attribute needs a name.')
  const name = fields.text('name', declarationLimits.name)
  const mistake = name === undefined ? undefined : attributeNameMistake(name)
  if (mistake) fields.report('name', mistake)
  return mistake ? undefined : name
}

/** What its values are. */
function readValueKind(
  fields: Fields,
  report: ReportMistake,
  isSecret: boolean,
  above: ParentAttribute | undefined,
) {
  const type = fields.choice('type', types) ?? 'string'
  const isNested = above !== undefined && type === 'complex'
  if (isNested) {
    fields.report('type', 'A sub-attribute is never complex (RFC 7643 §2.3.8): choose another type.')
  }
  return {
    // One mistake is enough, and nobody knows how deep the others go.
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

/** What may be done with its values. */
function readBehavior(fields: Fields, above: ParentAttribute | undefined) {
  const mutability =
    fields.choice('mutability', ['readOnly', 'readWrite', 'immutable', 'writeOnly']) ?? 'readWrite'
  const returned = fields.choice('returned', ['always', 'never', 'default', 'request'])
  if (above?.isSecret && ![undefined, 'never'].includes(returned)) {
    fields.report(
      'returned',
      'The attribute that it is part of is never returned: write never, or leave it out.',
    )
  }
  // RFC 7643 §7: values that are writeOnly aren't returned.
  const isSecret = mutability === 'writeOnly' || above?.isSecret
  return {
    required: fields.flag('required') ?? false,
    mutability,
    returned: returned ?? (isSecret ? ('never' as const) : ('default' as const)),
    uniqueness: fields.choice('uniqueness', ['none', 'server', 'global']) ?? 'none',
  }
}

const schemaMembers = ['schemas', 'id', 'name', 'description', 'attributes', 'meta']

/** Reads a Schema resource (RFC 7643 §7). Its own `schemas` and `meta` are passed over. */
export function readSchema(declared: Json, at: string, report: ReportMistake): Schema | undefined {
  const fields = readFields(declared, at, schemaMembers, report)
  if (!fields) return undefined
  const id = fields.text('id', declarationLimits.urn)
  const mistake = id === undefined ? 'A schema needs its URN as id.' : schemaUrnMistake(id)
  if (mistake) fields.report('id', mistake)
  if (!fields.has('attributes')) fields.report('attributes', 'A schema needs the list of its attributes.')
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

/** The schemas that types may name, by their URN in lower case (RFC 7643 §2.1). */
export type KnownSchemas = ReadonlyMap<string, Schema>

/** Reads the declared schemas. Those of the base types are known already and stay as they are. */
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
      report(`${at}.id`, `"${schema.id}" is a schema of the RFC, which stays as it is. Leave it out.`)
    } else if (known.has(folded)) {
      report(`${at}.id`, `"${schema.id}" is declared already, and the case of a URN means nothing.`)
    } else known.set(folded, schema)
  }
  return known
}
