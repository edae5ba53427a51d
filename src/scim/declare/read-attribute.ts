import { type Attribute, type AttributeType, attribute } from '../attribute.ts'
import type { Json } from '../json.ts'
import { contradictions, isAlwaysExact } from './contradictions.ts'
import { type Fields, fieldsOf } from './fields.ts'
import { most } from './limits.ts'
import type { Note } from './mistakes.ts'
import { mistakeInName } from './names.ts'

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

const known = [
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
type Above = { readonly isSecret: boolean }

/** Reads a list of attributes (RFC 7643 §7); each name may stand there once, whatever its case (§2.1). */
export function readAttributes(
  list: readonly Json[],
  at: string,
  note: Note,
  nameRule: NameRule,
  above?: Above,
): readonly Attribute[] {
  const names = new Map<string, string>()
  return list.flatMap((declared, index) => {
    const place = `${at}[${index}]`
    const read = readAttribute(declared, place, note, above)
    if (!read) return []
    const mistake = nameRule(read.name) ?? repetition(names.get(read.name.toLowerCase()))
    if (mistake) note(`${place}.name`, mistake)
    names.set(read.name.toLowerCase(), read.name)
    return [read]
  })
}

const repetition = (earlier: string | undefined) =>
  earlier === undefined
    ? undefined
    : `"${earlier}" stands here already, and the case of a name means nothing.`

function readAttribute(declared: Json, at: string, note: Note, above?: Above): Attribute | undefined {
  const fields = fieldsOf(declared, at, known, note)
  if (!fields) return undefined
  const name = nameIn(fields)
  const rules = rulesOf(fields, above)
  const read = attribute(name ?? '', fields.text('description', most.description) ?? '', {
    ...rules,
    ...kindOf(fields, note, rules.returned === 'never', above),
  })
  const exact = fields.flag('caseExact') ?? isAlwaysExact(read)
  const whole = { ...read, caseExact: exact, ...(read.uniqueness !== 'none' && { lookup: true }) }
  for (const { field, isIn, message } of contradictions) if (isIn(whole)) fields.note(field, message)
  return name === undefined ? undefined : whole
}

function nameIn(fields: Fields): string | undefined {
  if (!fields.has('name')) fields.note('name', 'An attribute needs a name.')
  const name = fields.text('name', most.name)
  const mistake = name === undefined ? undefined : mistakeInName(name)
  if (mistake) fields.note('name', mistake)
  return mistake ? undefined : name
}

/** What its values are. */
function kindOf(fields: Fields, note: Note, isSecret: boolean, above: Above | undefined) {
  const type = fields.choice('type', types) ?? 'string'
  const isNested = above !== undefined && type === 'complex'
  if (isNested) {
    fields.note('type', 'A sub-attribute is never complex (RFC 7643 §2.3.8): choose another type.')
  }
  return {
    // One mistake is enough, and nobody knows how deep the others go.
    type: isNested ? 'string' : type,
    multiValued: fields.flag('multiValued') ?? false,
    ...(fields.has('subAttributes') &&
      !isNested && { subAttributes: above ? [] : subAttributesIn(fields, note, { isSecret }) }),
    ...(fields.has('canonicalValues') && {
      canonicalValues: fields.texts('canonicalValues', most.canonicalValues, most.canonicalValue),
    }),
    ...(fields.has('referenceTypes') && {
      referenceTypes: fields.texts('referenceTypes', most.referenceTypes, most.name),
    }),
  } as const
}

function subAttributesIn(fields: Fields, note: Note, above: Above): readonly Attribute[] {
  const list = fields.list('subAttributes', most.attributes)
  return readAttributes(list, fields.place('subAttributes'), note, () => undefined, above)
}

/** What may be done with its values. */
function rulesOf(fields: Fields, above: Above | undefined) {
  const mutability =
    fields.choice('mutability', ['readOnly', 'readWrite', 'immutable', 'writeOnly']) ?? 'readWrite'
  const returned = fields.choice('returned', ['always', 'never', 'default', 'request'])
  if (above?.isSecret && ![undefined, 'never'].includes(returned)) {
    fields.note(
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
