import type { Attribute, AttributeType } from '../attribute.ts'
import { holdsSecrets } from '../secrets.ts'

/** Characteristics that can't be true together. The field is the one to be mended. */
type Contradiction = {
  readonly field: string
  readonly isIn: (attribute: Attribute) => boolean
  readonly message: string
}

const isOne =
  (...types: readonly AttributeType[]) =>
  ({ type }: Attribute) =>
    types.includes(type)

/** RFC 7643 §2.3.6 and §2.3.7. */
export const isAlwaysExact = isOne('binary', 'reference')
/** RFC 7643 §2.3: these "have no uniqueness". */
const isNeverUnique = isOne('boolean', 'dateTime', 'binary', 'complex')
const isComplex = isOne('complex')
const isString = isOne('string')
const isReference = isOne('reference')

/** Whether a client can give it a value. */
export const isFillable = ({ mutability, type, subAttributes = [] }: Attribute): boolean =>
  mutability !== 'readOnly' && (type !== 'complex' || subAttributes.some(isFillable))

export const contradictions: readonly Contradiction[] = [
  {
    field: 'subAttributes',
    isIn: one => isComplex(one) && !one.subAttributes?.length,
    message: 'A complex attribute is made of sub-attributes: name at least one, or choose another type.',
  },
  {
    field: 'subAttributes',
    isIn: one => !isComplex(one) && one.subAttributes !== undefined,
    message: 'Only a complex attribute has sub-attributes: leave them out, or make its type complex.',
  },
  {
    field: 'canonicalValues',
    isIn: one => !isString(one) && one.canonicalValues !== undefined,
    message: 'Only a string has canonical values (RFC 7643 §7): leave them out.',
  },
  {
    field: 'referenceTypes',
    isIn: one => !isReference(one) && one.referenceTypes !== undefined,
    message: 'Only a reference has reference types (RFC 7643 §7): leave them out.',
  },
  {
    field: 'caseExact',
    isIn: one => isAlwaysExact(one) && !one.caseExact,
    message: 'References and binary values are always case exact (RFC 7643 §2.3.6, §2.3.7): leave it out.',
  },
  {
    field: 'caseExact',
    isIn: one => isComplex(one) && one.caseExact,
    message: 'A complex attribute has no case; its sub-attributes have (erratum 6004). Leave it out.',
  },
  {
    field: 'uniqueness',
    isIn: one => isNeverUnique(one) && one.uniqueness !== 'none',
    message: 'Values of this type have no uniqueness (RFC 7643 §2.3): write none, or leave it out.',
  },
  {
    field: 'uniqueness',
    isIn: one => one.returned === 'never' && one.uniqueness !== 'none',
    message: 'A refusal would tell that somebody has this value, which nobody may see: write none.',
  },
  {
    field: 'multiValued',
    isIn: one => one.multiValued && holdsSecrets(one),
    message:
      'What is never returned is kept as a hash, and among hashes nobody could say which value is meant: write false.',
  },
  {
    field: 'returned',
    isIn: one => one.mutability === 'writeOnly' && one.returned !== 'never',
    message: 'What is writeOnly is not returned (RFC 7643 §7): write never, or leave it out.',
  },
  {
    field: 'required',
    isIn: one => one.required && !isFillable(one),
    message:
      'No client could give it a value, for it or all of it is readOnly: write false, or another mutability.',
  },
]
