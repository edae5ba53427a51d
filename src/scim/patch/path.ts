import { type Attribute, findAttribute, resolveAttribute, subAttributesOf } from '../attribute.ts'
import { errors, excerpt } from '../error.ts'
import { parseValueFilter, redactSecretErrors } from '../filter/parse.ts'
import { scopeOfResource } from '../filter/scope.ts'
import type { FilterLimits } from '../filter/syntax.ts'
import type { RequestPolicy } from '../request-policy.ts'
import type { ResourceType } from '../resource-types.ts'
import type { PatchTarget } from './operation.ts'

/**
 * Parses the path of a PATCH operation (RFC 7644 figure 7) and resolves its names: `attr`, `attr.sub`, `attr[filter]` and
 * `attr[filter].sub`, each optionally prefixed with its schema's URN, and an extension's bare URN. Undefined if no schema
 * has the attribute. Throws `invalidPath` for an invalid path, and `invalidFilter` for an invalid filter in brackets.
 */
export function parsePath(
  text: string,
  type: ResourceType,
  policy: RequestPolicy,
  limits: FilterLimits,
): PatchTarget | undefined {
  const { name, filter, sub } = splitPath(text)
  const path = resolveAttribute(type, policy.fullAttributeName(type.name, name))
  const attribute = path?.at(-1)
  if (!path || !attribute) return undefined
  if (filter === undefined) return { path, text }

  if (attribute.extension || (attribute.type !== 'complex' && !attribute.multiValued)) {
    throw errors.invalidPath(
      `The path "${excerpt(text)}" has a filter, but "${attribute.name}" has a single simple value. Remove the filter.`,
    )
  }
  const below = sub === undefined ? undefined : findAttribute(subAttributesOf(attribute), sub)
  if (sub !== undefined && !below) return undefined
  const where = redactSecretErrors(filter.text, scopeOfResource(type, policy), () =>
    parseValueFilter(filter.text, attribute, policy, limits, filter.at),
  )
  return { path, where, ...(below && { sub: below }), text }
}

type PathParts = {
  readonly name: string
  readonly filter?: { readonly text: string; readonly at: number }
  readonly sub?: string
}

function splitPath(text: string): PathParts {
  const open = text.indexOf('[')
  const name = (open < 0 ? text : text.slice(0, open)).trim()
  if (!isName(name))
    throw malformedPath(text, name === '' ? 'it has no attribute' : `"${excerpt(name)}" is not a valid name`)
  if (open < 0) return { name }

  const close = closingBracket(text, open)
  if (close === undefined) throw malformedPath(text, 'the bracket "[" is never closed')
  const filter = { text: text.slice(open + 1, close), at: open + 1 }
  const rest = text.slice(close + 1).trim()
  if (rest === '') return { name, filter }
  if (!rest.startsWith('.') || !isSimpleName(rest.slice(1))) {
    throw malformedPath(text, 'only a dot and a sub-attribute may follow the bracket "]"')
  }
  return { name, filter, sub: rest.slice(1) }
}

const malformedPath = (text: string, reason: string) =>
  errors.invalidPath(
    `The path "${excerpt(text)}" is invalid: ${reason}. Use attribute, attribute.sub, attribute[filter] ` +
      'or attribute[filter].sub.',
  )

/** The position of the bracket that ends the filter. Brackets in quotes are part of a string. */
function closingBracket(text: string, open: number): number | undefined {
  let quoted = false
  for (let at = open + 1; at < text.length; at++) {
    const character = text[at]
    if (quoted && character === '\\') at++
    else if (character === '"') quoted = !quoted
    else if (character === ']' && !quoted) return at
  }
  return undefined
}

// RFC 7643 §2.1, with the `$` of `$ref`. A URI before the name may contain any character of URIs.
const isSimpleName = (text: string) => /^[$A-Za-z][\w$-]*$/.test(text)
const isName = (text: string) =>
  text.includes(':') ? /^[^\s"[\]]+[^\s"[\].:]$/.test(text) : text.split('.').every(isSimpleName)

/** All attributes of a target, from the top of the resource. */
export const attributesOnPath = ({ path, sub }: PatchTarget): readonly Attribute[] =>
  sub ? [...path, sub] : path
