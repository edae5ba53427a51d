import { type Attribute, findAttribute, resolveAttribute, subAttributesOf } from '../attribute.ts'
import { errors, excerpt } from '../error.ts'
import { parseValueFilter, redactSecretErrors } from '../filter/parse.ts'
import { scopeOfResource } from '../filter/scope.ts'
import type { FilterLimits } from '../filter/syntax.ts'
import type { RequestPolicy } from '../request-policy.ts'
import type { ResourceType } from '../resource-types.ts'
import type { PatchTarget } from './operation.ts'

/**
 * Reads the path of a PATCH operation (RFC 7644 figure 7) and looks its names up: `attr`, `attr.sub`,
 * `attr[filter]`, `attr[filter].sub`, each with or without its schema's URN before it, and an extension's bare
 * URN. Undefined when no schema has that attribute. Throws `invalidPath` for what is no path, and
 * `invalidFilter` for what is no filter between the brackets.
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
      `The path "${excerpt(text)}" has a filter, but "${attribute.name}" has only one plain value. Leave it out.`,
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
    throw malformedPath(text, name === '' ? 'it names no attribute' : `"${excerpt(name)}" is no name`)
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

const malformedPath = (text: string, why: string) =>
  errors.invalidPath(
    `The path "${excerpt(text)}" cannot be read: ${why}. Write it as attribute, attribute.sub, attribute[filter] ` +
      'or attribute[filter].sub.',
  )

/** The bracket that ends the filter; one in quotes is part of a text. */
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

// RFC 7643 §2.1, with the `$` of `$ref`. A URI before the name may hold whatever URIs hold.
const isSimpleName = (text: string) => /^[$A-Za-z][\w$-]*$/.test(text)
const isName = (text: string) =>
  text.includes(':') ? /^[^\s"[\]]+[^\s"[\].:]$/.test(text) : text.split('.').every(isSimpleName)

/** Every attribute on the way to what a path names. */
export const attributesOnPath = ({ path, sub }: PatchTarget): readonly Attribute[] =>
  sub ? [...path, sub] : path
