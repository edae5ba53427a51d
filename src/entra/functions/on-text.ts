import type { EntraFunction } from '../expression-tree.ts'
import { type MappedValue, textOf } from '../mapped-value.ts'

/** A function of one text, optionally with settings after it; null stays null. */
export const onText = (
  name: string,
  usage: string,
  [fewest, most]: readonly [number, number],
  apply: (text: string, ...more: readonly string[]) => MappedValue | undefined,
): EntraFunction => ({
  name,
  usage,
  fewest,
  most,
  apply: ([first, ...more]) =>
    first === undefined
      ? undefined
      : apply(textOf(first), ...more.map(value => (value === undefined ? '' : textOf(value)))),
})
