import type { AttributePath } from '../../scim/attribute.ts'
import type { JsonObject } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { emptyTypeAsAbsent } from '../forgiving.ts'
import { type Leaf, leavesOf, placeText } from './document.ts'

export type ConstraintKind = 'required' | 'empty' | 'long' | 'pattern'

/** A constraint of the Identity Store's model that a value fails. */
export type Failure = { readonly path: AttributePath; readonly kind: ConstraintKind; readonly says: string }

const lengths: Readonly<Record<string, number>> = { userName: 128, externalId: 256 }
const longest = 1024

// The characters are botocore's; their text is how AWS's error messages show them.
const withoutSpace = { text: '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+', matches: /^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u }
const withSpace = {
  text: '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r ]+',
  matches: /^[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r \u00a0\u3000]+$/u,
}
const names = new Set(['userName', 'externalId'])

export type Strictness = { readonly spaceInUserName: 'allow' | 'refuse' }

/** What a document fails, in the order of the schema; an empty text fails two constraints, as on AWS. */
export const failuresIn = (
  type: ResourceType,
  document: JsonObject,
  strictness: Strictness,
): readonly Failure[] => leavesOf(type, document).flatMap(leaf => failuresOf(leaf, strictness))

function failuresOf({ path, value: written }: Leaf, strictness: Strictness): readonly Failure[] {
  const attribute = path.at(-1)
  if (!attribute) return []
  const value = written === undefined ? undefined : emptyTypeAsAbsent(attribute, written)
  const failure = (kind: ConstraintKind, says: string): Failure => ({ path, kind, says })
  if (value === undefined || value === null) {
    return attribute.required ? [failure('required', 'Member must not be null')] : []
  }
  if (typeof value !== 'string' || (attribute.type !== 'string' && attribute.type !== 'reference')) return []
  const pattern = patternOf(attribute.name, strictness)
  const max = lengths[attribute.name] ?? longest
  return [
    ...(value === '' ? [failure('empty', 'Member must have length greater than or equal to 1')] : []),
    ...(value.length > max ? [failure('long', `Member must have length less than or equal to ${max}`)] : []),
    ...(pattern.matches.test(value)
      ? []
      : [
          failure(
            value === '' ? 'empty' : 'pattern',
            `Member must satisfy regular expression pattern: ${pattern.text}`,
          ),
        ]),
  ]
}

const patternOf = (name: string, { spaceInUserName }: Strictness) =>
  names.has(name) && !(name === 'userName' && spaceInUserName === 'allow') ? withoutSpace : withSpace

/** AWS's grammar for what its model refuses. */
export const validationErrors = (
  failures: readonly { readonly at: string; readonly says: string }[],
): string =>
  `${failures.length} validation errors detected: ${failures
    .map(({ at, says }) => `Value at '${at}' failed to satisfy constraint: ${says}`)
    .join('; ')}`

export const failureText = (failures: readonly Failure[]): string =>
  validationErrors(failures.map(({ path, says }) => ({ at: placeText(path), says })))
