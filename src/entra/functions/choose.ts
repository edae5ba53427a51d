import type { EntraFunction } from '../expression-tree.ts'
import { type MappedValue, textOf } from '../mapped-value.ts'

/** Whether a value is null or empty. */
const isEmpty = (value: MappedValue | undefined): boolean => value === undefined || value === ''

const isTrue = (value: MappedValue | undefined) => value !== undefined && /^true$/i.test(textOf(value))

/** Compares with case; a null source is found under the key "". */
const switchOn: EntraFunction = {
  name: 'Switch',
  usage: 'Switch(source, defaultValue, key1, value1, key2, value2, …)',
  fewest: 4,
  most: Infinity,
  wrong: written =>
    written.length % 2 === 0
      ? undefined
      : 'Switch takes keys and values in pairs, here the last key has no value: ' +
        'Switch(source, defaultValue, key1, value1, …).',
  apply: ([source, otherwise, ...pairs]) => {
    const text = source === undefined ? '' : textOf(source)
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      const key = pairs[at]
      if ((key === undefined ? '' : textOf(key)) === text) return pairs[at + 1]
    }
    return otherwise
  },
}

const iif: EntraFunction = {
  name: 'IIF',
  usage: 'IIF(condition, valueIfTrue, valueIfFalse)',
  fewest: 3,
  most: 3,
  apply: ([condition, yes, no]) => (isTrue(condition) ? yes : no),
}

const coalesce: EntraFunction = {
  name: 'Coalesce',
  usage: 'Coalesce(source1, source2, …, defaultValue)',
  fewest: 1,
  most: Infinity,
  apply: sources => sources.find(source => source !== undefined),
}

const not: EntraFunction = {
  name: 'Not',
  usage: 'Not(source)',
  fewest: 1,
  most: 1,
  apply: ([source]) => !isTrue(source),
}

const asks = (name: string, apply: (value: MappedValue | undefined) => boolean): EntraFunction => ({
  name,
  usage: `${name}(expression)`,
  fewest: 1,
  most: 1,
  apply: ([value]) => apply(value),
})

const ignoreFlowIfNullOrEmpty: EntraFunction = {
  name: 'IgnoreFlowIfNullOrEmpty',
  usage: 'IgnoreFlowIfNullOrEmpty(expression)',
  fewest: 1,
  most: 1,
  apply: ([value]) => (isEmpty(value) ? undefined : value),
}

export const choosingFunctions = [
  coalesce,
  ignoreFlowIfNullOrEmpty,
  iif,
  asks('IsNull', value => value === undefined),
  asks('IsNullOrEmpty', isEmpty),
  asks('IsPresent', value => !isEmpty(value)),
  not,
  switchOn,
]
