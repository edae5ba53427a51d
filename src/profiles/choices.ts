import type { Switch } from './profile.ts'

type Choice = Omit<Switch, 'id' | 'default'>
type ChoiceTable = Readonly<Record<string, Choice & { readonly values: readonly [string, ...string[]] }>>

/** The value of every switch of a table. */
export type ChosenFrom<Table extends ChoiceTable> = {
  readonly [Id in keyof Table]: Table[Id]['values'][number]
}

/** A table of choices as switches; the first value is the default. */
export const switchesIn = (table: ChoiceTable): readonly Switch[] =>
  Object.entries(table).map(([id, choice]) => ({ id, ...choice, default: choice.values[0] }))

/** The values that hold when these are chosen; the others have their defaults. */
export const chosenFrom = <Table extends ChoiceTable>(
  table: Table,
  chosen: Readonly<Record<string, string>>,
): ChosenFrom<Table> =>
  Object.fromEntries(
    Object.entries(table).map(([id, { values }]) => [id, chosen[id] ?? values[0]]),
  ) as ChosenFrom<Table>
