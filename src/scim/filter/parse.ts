import type { Attribute } from '../attribute.ts'
import { errors, ScimError } from '../error.ts'
import type { RequestPolicy } from '../request-policy.ts'
import type { ResourceType } from '../resource-types.ts'
import { isSecret } from '../secrets.ts'
import { bindFilter } from './bind.ts'
import type { BoundFilter } from './bound-filter.ts'
import { simplifyForType } from './evaluate.ts'
import { type Scope, scopeOfElement, scopeOfResource, scopeOfTypes } from './scope.ts'
import { type FilterLimits, parseSyntax } from './syntax.ts'

/**
 * Parses the filter of a query (RFC 7644 §3.4.2.2). Throws `invalidFilter` with the position of the error, counted from 1.
 */
export function parseFilter(
  text: string,
  type: ResourceType,
  policy: RequestPolicy,
  limits: FilterLimits,
): BoundFilter {
  return read(text, scopeOfResource(type, policy), policy, limits, 0)
}

/**
 * Parses the filter of a query on several types (RFC 7644 §3.4.2.1), for each of them. An attribute that only other types
 * have counts as absent; a name that none of the types has is rejected.
 */
export function parseFilterForTypes(
  text: string,
  types: readonly ResourceType[],
  policy: RequestPolicy,
  limits: FilterLimits,
): ReadonlyMap<ResourceType, BoundFilter> {
  return new Map(
    types.map(type => {
      const filter = read(text, scopeOfTypes(type, types, policy), policy, limits, 0)
      return [type, simplifyForType(filter, type.name)]
    }),
  )
}

/**
 * Parses the filter in the brackets of a PATCH path (RFC 7644 figure 7). Its paths start at one value of the attribute. If
 * the attribute has no sub-attributes, `value` is the value itself. `offset` is the position of the text in the path, for
 * the positions in errors.
 */
export function parseValueFilter(
  text: string,
  attribute: Attribute,
  policy: RequestPolicy,
  limits: FilterLimits,
  offset = 0,
): BoundFilter {
  return read(text, scopeOfElement(attribute), policy, limits, offset)
}

function read(
  text: string,
  scope: Scope,
  policy: RequestPolicy,
  limits: FilterLimits,
  offset: number,
): BoundFilter {
  return redactSecretErrors(text, scope, () =>
    bindFilter(parseSyntax(text, policy, limits, offset), scope, policy),
  )
}

/**
 * Errors quote the text that cannot be parsed, which could contain the value of a secret. Filters on secrets are rejected
 * in any case, so this error replaces others.
 */
export function redactSecretErrors(text: string, scope: Scope, readFilter: () => BoundFilter): BoundFilter {
  try {
    return readFilter()
  } catch (error) {
    const secret = error instanceof ScimError && secretNamed(text, scope)
    if (!secret) throw error
    throw errors.invalidFilter(`The attribute "${secret}" is never returned and cannot be used in filters.`)
  }
}

const secretNamed = (text: string, { find, findInOtherTypes }: Scope): string | undefined =>
  text.split(/[^\w$.:-]+/).find(word => {
    const found = find(word) ?? findInOtherTypes?.(word)
    return found && [...found.path, found.attribute].some(isSecret)
  })
