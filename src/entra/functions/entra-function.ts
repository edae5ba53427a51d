import type { Expression } from '../expression.ts'
import { type MappedValue, textOf } from '../mapped-value.ts'

/** A function of Entra's mapping expressions. */
export type EntraFunction = {
  readonly name: string
  /** How it is written, for messages: `Join(separator, source1, source2, …)`. */
  readonly usage: string
  readonly fewest: number
  readonly most: number
  /** What is wrong with arguments as they were written, beside their number. */
  readonly wrong?: (written: readonly (Expression | undefined)[]) => string | undefined
  /** `undefined` is Entra's null, and what was left out. */
  readonly apply: (
    values: readonly (MappedValue | undefined)[],
    written: readonly (Expression | undefined)[],
  ) => MappedValue | undefined
}

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

/** Whether a value is null or empty. */
export const isEmpty = (value: MappedValue | undefined): boolean => value === undefined || value === ''
