import type { Switch } from './profile.ts'
import { sources } from './rfc/sources.ts'

type Choice = Omit<Switch, 'id' | 'default'>
type ChoiceTable = Readonly<Record<string, Choice & { readonly values: readonly [string, ...string[]] }>>

export type ChoicesFrom<Table extends ChoiceTable> = {
  readonly [Id in keyof Table]: Table[Id]['values'][number]
}

/** A table of choices as switches; the first value is the default. */
export const toSwitches = (table: ChoiceTable): readonly Switch[] =>
  Object.entries(table).map(([id, choice]) => ({ id, ...choice, default: choice.values[0] }))

export const resolveChoices = <Table extends ChoiceTable>(
  table: Table,
  chosen: Readonly<Record<string, string>>,
): ChoicesFrom<Table> =>
  Object.fromEntries(
    Object.entries(table).map(([id, { values }]) => [id, chosen[id] ?? values[0]]),
  ) as ChoicesFrom<Table>

export const referencesChoice = {
  topic: 'responses',
  description:
    '`$ref` of a member, a group or a manager is an absolute URI, or relative to the URI of the resource, as in the examples of RFC 7643 §8: `../Users/…`. Clients may send either. `meta.location` is always absolute.',
  values: ['absolute', 'relative'],
  source: sources.dataTypes,
  basis: 'documented',
  requirements: ['R-034'],
} as const

export const memberDisplayChoice = {
  topic: 'members',
  description:
    'The `display` of a member, if a client sends one when it adds the member. `sent`: it is kept and returned, and filters find it. `user`: it is ignored, and the name of the user or group is returned. Without a sent one, `display` always follows the name. A member keeps the one it was added with; a PUT or `replace` with another one removes the member and adds it again. Histories and session files have the name.',
  source: sources.multiValued,
  basis: 'documented',
  requirements: ['R-079'],
} as const

export const nestedGroupsChoice = {
  topic: 'members',
  description:
    'The `groups` of a user include groups that contain the user through other groups, with the type `indirect`, or omit them.',
  values: ['show', 'hide'],
  source: sources.userLists,
  basis: 'documented',
  requirements: ['R-073'],
} as const
