import type { ValueScan } from '../common/dialect.ts'

/** Less than a millisecond to find the values, next to 5 ms for reading 50,000 entries. */
export const maxValues = 500

/**
 * The resources whose indexed text passes a test. Where few values exist, such as departments, each is tested once: the index
 * is searched for the value after the last one. Otherwise every entry is read.
 */
export function scanValues({ table, ofAttribute, test, isWanted }: ValueScan): string {
  const nextValue = (condition: string) =>
    `select min(k.value) from ${table} k where ${ofAttribute}${condition}`
  // One more value than the maximum, and the null at the end. The cross joins have SQLite test `known` before it reads entries.
  const most = maxValues + 2
  return `(
    with recursive found (value) as (
      ${nextValue('')}
      union all
      select (${nextValue(' and k.value > found.value')}) from found where found.value is not null limit ${most}),
    known (value) as materialized (select value from found),
    few (is_true) as materialized (select count(*) < ${most} from known)
    select k.resource from few cross join known cross join ${table} k
    where few.is_true and ${test('known.value')} and ${ofAttribute} and k.value = known.value and ${isWanted}
    union all
    select k.resource from few cross join ${table} k
    where not few.is_true and ${isWanted} and ${ofAttribute} and ${test('k.value')})`
}
