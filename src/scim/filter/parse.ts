import type { Attribute } from '../attribute.ts'
import type { Reads } from '../reads.ts'
import type { ResourceType } from '../resource-types.ts'
import { bindFilter } from './bind.ts'
import type { BoundFilter } from './bound-filter.ts'
import { scopeOfElement, scopeOfResource } from './scope.ts'
import { syntaxOf } from './syntax.ts'
import { tokensOf } from './tokens.ts'

export type FilterLimits = { readonly filterLength: number; readonly filterDepth: number }

/**
 * Reads the filter of a query (RFC 7644 §3.4.2.2). Throws `invalidFilter`, with the position counted from 1,
 * for whatever is wrong.
 */
export function parseFilter(
  text: string,
  type: ResourceType,
  reads: Reads,
  limits: FilterLimits,
): BoundFilter {
  const tokens = tokensOf(text, reads.bareFilterValues, limits)
  return bindFilter(syntaxOf(tokens, text.length), scopeOfResource(type, reads), reads)
}

/**
 * Reads the filter in the brackets of a PATCH path (RFC 7644 figure 7). Its paths start at one value of the
 * attribute; where that has no sub-attributes, `value` means the value itself. `offset` is where the text
 * stands in the path, for the positions in errors.
 */
export function parseValueFilter(
  text: string,
  attribute: Attribute,
  reads: Reads,
  limits: FilterLimits,
  offset = 0,
): BoundFilter {
  const tokens = tokensOf(text, reads.bareFilterValues, limits, offset)
  return bindFilter(syntaxOf(tokens, offset + text.length), scopeOfElement(attribute), reads)
}
