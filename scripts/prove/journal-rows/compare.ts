import { isDeepStrictEqual } from 'node:util'
import type { Difference } from './differences.ts'
import { type Row, withoutCutEnds } from './rows.ts'
import type { Step } from './step.ts'

export type Comparison = {
  readonly rows: number
  /** How many rows show each difference, by its name. */
  readonly shown: ReadonlyMap<string, number>
  /** Rows that are neither the same nor different on purpose, for people. */
  readonly deviations: readonly string[]
}

/** Compares the rows of each step with those of an earlier version. */
export function compareRows(
  steps: readonly Step[],
  before: readonly (readonly Row[])[],
  now: readonly (readonly Row[])[],
  differences: readonly Difference[],
): Comparison {
  const shown = new Map<string, number>(differences.map(({ name }) => [name, 0]))
  const deviations: string[] = []
  let rows = 0
  for (const [number, step] of steps.entries()) {
    const [olds, news] = [before[number] ?? [], now[number] ?? []]
    rows += news.length
    for (let at = 0; at < Math.max(olds.length, news.length); at++) {
      const [old, row] = [olds[at], news[at]]
      const expected = old && row && withoutCutEnds(expectedRow(old, row, differences, shown))
      if (isDeepStrictEqual(ordered(expected), ordered(row))) continue
      deviations.push(
        `step ${number}, row ${at}: ${describe(step)}\n${fieldsOf(expected ?? old, row).join('\n')}`,
      )
    }
  }
  return { rows, shown, deviations }
}

/** The order of the members of the details is compared, too. */
const ordered = (row: Row | undefined) => row && { ...row, details: JSON.stringify(row.details) }

function expectedRow(
  old: Row,
  row: Row,
  differences: readonly Difference[],
  shown: Map<string, number>,
): Row {
  let expected = old
  for (const { name, expect } of differences) {
    const changed = expect(expected, row)
    if (changed === undefined || isDeepStrictEqual(ordered(changed), ordered(expected))) continue
    shown.set(name, (shown.get(name) ?? 0) + 1)
    expected = changed
  }
  return expected
}

function describe(step: Step): string {
  const text = step.to === 'console' ? `${step.method} ${step.path}` : (step.requests[0]?.bytes ?? '')
  return `${step.to} ${JSON.stringify(text.length > 600 ? `${text.slice(0, 600)}…` : text)}`
}

const shownLength = 160

/** The values that differ, from where they do. */
function fieldsOf(expected: unknown, found: unknown, path = ''): readonly string[] {
  if (isObject(expected) && isObject(found)) {
    const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])]
    const inside = names.flatMap(name =>
      fieldsOf(expected[name], found[name], path === '' ? name : `${path}.${name}`),
    )
    const isReordered = inside.length === 0 && JSON.stringify(expected) !== JSON.stringify(found)
    return isReordered
      ? [`  ${path}: the members are in another order: ${Object.keys(expected)}; ${Object.keys(found)}`]
      : inside
  }
  if (isDeepStrictEqual(expected, found)) return []
  const [one = 'nothing', other = 'nothing'] = [expected, found].map(value => JSON.stringify(value))
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  const from = Math.max(0, at - 40)
  const excerpt = (text: string) => `${from > 0 ? '…' : ''}${text.slice(from, at + shownLength)}`
  return [
    `  ${path} (${one.length}, ${other.length} characters)`,
    `    expected ${excerpt(one)}`,
    `    found    ${excerpt(other)}`,
  ]
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** Metrics that only one of two versions has, for people, apart from those that are `changed` on purpose. */
export function compareSeries(
  before: readonly string[],
  now: readonly string[],
  changed: readonly RegExp[],
): readonly string[] {
  const isUnknown = (one: string) => !changed.some(pattern => pattern.test(one))
  const missing = before.filter(one => !now.includes(one) && isUnknown(one))
  const unexpected = now.filter(one => !before.includes(one) && isUnknown(one))
  return [
    ...missing.map(one => `metric ${one}: missing`),
    ...unexpected.map(one => `metric ${one}: unexpected`),
  ]
}
