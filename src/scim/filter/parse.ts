import type { Attribute } from '../attribute.ts'
import { errors, ScimError } from '../error.ts'
import type { Reads } from '../reads.ts'
import type { ResourceType } from '../resource-types.ts'
import { isSecret } from '../secrets.ts'
import { bindFilter } from './bind.ts'
import type { BoundFilter } from './bound-filter.ts'
import { decided } from './decided.ts'
import { type Scope, scopeAmong, scopeOfElement, scopeOfResource } from './scope.ts'
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
  return read(text, scopeOfResource(type, reads), reads, limits, 0)
}

/**
 * Reads the filter of a query on several types (RFC 7644 §3.4.2.1), for each of them: what a type lacks has no value
 * there. A name that no type has is refused.
 */
export function parseFilterAmong(
  text: string,
  types: readonly ResourceType[],
  reads: Reads,
  limits: FilterLimits,
): ReadonlyMap<ResourceType, BoundFilter> {
  return new Map(
    types.map(type => {
      const filter = read(text, scopeAmong(type, types, reads), reads, limits, 0)
      return [type, decided(filter, type.name)]
    }),
  )
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
  return read(text, scopeOfElement(attribute), reads, limits, offset)
}

function read(text: string, scope: Scope, reads: Reads, limits: FilterLimits, offset: number): BoundFilter {
  return withoutSecrets(text, scope, () => {
    const tokens = tokensOf(text, reads, limits, offset)
    return bindFilter(syntaxOf(tokens, offset + text.length), scope, reads)
  })
}

/**
 * What can't be read is quoted by the error, and the value of a secret may stand there. A filter that names one is
 * refused in any case; so that is what its error says.
 */
export function withoutSecrets(text: string, scope: Scope, readFilter: () => BoundFilter): BoundFilter {
  try {
    return readFilter()
  } catch (error) {
    const secret = error instanceof ScimError && secretNamedIn(text, scope)
    if (!secret) throw error
    throw errors.invalidFilter(`The attribute "${secret}" is never shown, and so cannot be asked for.`)
  }
}

const secretNamedIn = (text: string, { find, elsewhere }: Scope): string | undefined =>
  text.split(/[^\w$.:-]+/).find(word => {
    const found = find(word) ?? elsewhere?.(word)
    return found && [...found.path, found.attribute].some(isSecret)
  })
