import { isObject } from '../scim/json.ts'
import { remembered } from '../scim/remembered.ts'
import { attributesNamedIn, type Entry, find, readAttributes, readBoolean } from './directory/attributes.ts'
import type { Notes } from './directory/notes.ts'
import { isUserEntry } from './directory/sheets.ts'
import { evaluate } from './expression.ts'
import type { AttributeMapping, Mapping, ObjectMapping } from './mapping.ts'
import { matchValue } from './query.ts'
import type { ExpressionContext } from './source-object.ts'

/** A user or group as an export of the directory tells it, and which attributes it tells, in lower case. */
export type Exported = { readonly context: ExpressionContext; readonly known: ReadonlySet<string> }

/**
 * Reads one object. An account that is disabled counts as soft-deleted, as it does when it is provisioned. `named` are
 * the attributes that stand there, where they are known to be the same for many objects.
 */
export function readExported(
  entry: Entry,
  notes: Notes,
  named: ReadonlySet<string> = attributesNamedIn(entry.value),
): Exported {
  const attributes = readAttributes(entry, notes)
  const objectId = find(entry.value, 'objectId')
  const accountEnabled = readBoolean(entry, 'accountEnabled', notes)
  const known = accountEnabled === undefined ? knownButAccount(named) : knownOf(named)
  const context = {
    attributes: { ...attributes, ...(typeof objectId === 'string' && { objectId }) },
    ...(accountEnabled !== undefined && { accountEnabled }),
    isSoftDeleted: accountEnabled === false,
    appRoles: [],
  }
  return { context, known }
}

const knownOf = remembered(
  (named: ReadonlySet<string>): ReadonlySet<string> => new Set([...named].map(name => name.toLowerCase())),
)
const knownButAccount = remembered(
  (named: ReadonlySet<string>): ReadonlySet<string> =>
    new Set([...knownOf(named)].filter(name => name !== 'accountenabled')),
)

/** The attribute that objects are matched by before any other. */
export const matchingAttribute = ({ attributes }: ObjectMapping): AttributeMapping | undefined =>
  attributes
    .filter(({ matching }) => matching !== undefined)
    .toSorted((one, other) => (one.matching ?? 0) - (other.matching ?? 0))[0]

/** The object's value of it; undefined when it has none. */
export function valueMatchedBy(mapping: ObjectMapping, context: ExpressionContext): string | undefined {
  const matching = matchingAttribute(mapping)
  return matching && matchValue(evaluate(matching.source, context))
}

/** Of a group's members, what each is matched by; one that can't be told by it is undefined. */
export function membersIn({ value }: Entry, mapping: Mapping, notes: Notes): readonly (string | undefined)[] {
  const members = find(value, 'members')
  if (!Array.isArray(members)) return []
  return members.map(member => {
    if (!isObject(member)) return undefined
    const entry = { place: '', value: member }
    const matched = isUserEntry(entry) ? mapping.users : mapping.groups
    return valueMatchedBy(matched, readExported(entry, notes).context)
  })
}
