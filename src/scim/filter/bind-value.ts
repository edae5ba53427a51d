import type { Attribute, AttributeType } from '../attribute.ts'
import { errors, shown } from '../error.ts'
import { isUnassigned } from '../json.ts'
import type { Reads } from '../reads.ts'
import { fold } from '../text.ts'
import type { CompareOperator } from './bound-filter.ts'
import { instantOf } from './date-time.ts'
import { storable } from './lex.ts'
import type { ValueToken } from './token.ts'

type Scalar = string | number | boolean | null

const equality: readonly CompareOperator[] = ['eq', 'ne']
const order: readonly CompareOperator[] = ['gt', 'ge', 'lt', 'le']
const substring: readonly CompareOperator[] = ['co', 'sw', 'ew']

/** RFC 7644 table 3: ordering booleans or binary values is invalid; substrings are a matter of texts. */
const operators: Readonly<Record<AttributeType, readonly CompareOperator[]>> = {
  string: [...equality, ...substring, ...order],
  reference: [...equality, ...substring, ...order],
  boolean: equality,
  binary: equality,
  integer: [...equality, ...order],
  decimal: [...equality, ...order],
  dateTime: [...equality, ...order],
  complex: [],
}

/** The value that an attribute is compared with, in the form in which documents hold it for filters. */
export function bindValue(
  token: ValueToken,
  attribute: Attribute,
  operator: CompareOperator,
  reads: Reads,
): Scalar {
  if (!operators[attribute.type].includes(operator)) {
    throw errors.invalidFilter(
      `"${attribute.name}" is of type ${attribute.type} and cannot be compared with "${operator}" (at position ` +
        `${token.at + 1}). Use ${operators[attribute.type].join(', ')} or pr.`,
    )
  }
  const value =
    typeof token.value === 'string' || token.quoted ? token.value : unquoted(token, attribute, reads)
  return comparable(forgiven(value, attribute, reads), token, attribute, operator)
}

/** Where strings may go without quotes, `007`, `1e5` and `true` are strings too if the attribute holds such. */
const unquoted = ({ text, value }: ValueToken, { type }: Attribute, reads: Reads): Scalar => {
  const isText = type === 'string' || type === 'reference' || type === 'binary'
  return reads.bareFilterValues && isText && value !== null ? text : value
}

/**
 * What a profile takes for absent in a body, such as an empty text, stays itself here: a client that looks for an
 * empty `externalId` must not find everyone who has none.
 */
function forgiven(value: Scalar, attribute: Attribute, reads: Reads): unknown {
  const read = value === null ? null : reads.value(attribute, value)
  return isUnassigned(read) ? value : read
}

function comparable(
  value: unknown,
  token: ValueToken,
  attribute: Attribute,
  operator: CompareOperator,
): Scalar {
  if (value === null && equality.includes(operator)) return null
  switch (attribute.type) {
    case 'string':
    case 'reference':
      if (typeof value !== 'string') break
      return storable(attribute.caseExact ? value : fold(value), token.at)
    case 'binary':
      if (typeof value === 'string') return value
      break
    case 'boolean':
      if (typeof value === 'boolean') return value
      break
    case 'integer':
    case 'decimal':
      if (typeof value === 'number') return value
      break
    case 'dateTime': {
      const instant = typeof value === 'string' ? instantOf(value) : undefined
      if (instant !== undefined) return instant
    }
  }
  throw errors.invalidFilter(
    `${shown(token.text)} at position ${token.at + 1} cannot be compared with "${attribute.name}" by ` +
      `"${operator}": write ${wanted[attribute.type]}.`,
  )
}

const wanted: Readonly<Record<AttributeType, string>> = {
  string: 'a string in quotes',
  reference: 'a URI in quotes',
  binary: 'a base64 text in quotes',
  boolean: 'true or false, without quotes',
  integer: 'a number, without quotes',
  decimal: 'a number, without quotes',
  dateTime: 'a date and time in quotes, such as "2026-01-31T08:00:00Z"',
  complex: 'the value of one of its sub-attributes',
}
