import { compileRegex, MappingError } from './fields.ts'
import { type EntraFunction, isRoles, type MappedRoles, type MappedValue, toText } from './values.ts'

const roleFunction = (name: string, apply: (roles: MappedRoles) => MappedValue): EntraFunction => ({
  name,
  usage: `${name}([appRoleAssignments])`,
  minArguments: 1,
  maxArguments: 1,
  validate: ([roles]) =>
    roles?.kind === 'attribute' && roles.name.toLowerCase() === 'approleassignments'
      ? undefined
      : `The argument of ${name} must be [appRoleAssignments].`,
  apply: ([roles]) => (isRoles(roles) ? apply(roles) : undefined),
})

const roleFunctions = [
  roleFunction('AppRoleAssignments', ({ roles }) => roles.map(({ value }) => value)),
  roleFunction('AppRoleAssignmentsComplex', ({ roles }) => ({ kind: 'roles', roles })),
  roleFunction('AssertiveAppRoleAssignmentsComplex', ({ roles }) => ({ kind: 'assertiveRoles', roles })),
  // Microsoft doesn't document which of several roles it returns.
  roleFunction('SingleAppRoleAssignment', ({ roles }) => ({ kind: 'singleRole', roles: roles.slice(0, 1) })),
]

const isEmpty = (value: MappedValue | undefined): boolean => value === undefined || value === ''

const isTrue = (value: MappedValue | undefined) => value !== undefined && /^true$/i.test(toText(value))

/** Case-sensitive. A null source matches the key "". */
const switchOn: EntraFunction = {
  name: 'Switch',
  usage: 'Switch(source, defaultValue, key1, value1, key2, value2, …)',
  minArguments: 4,
  maxArguments: Infinity,
  validate: written =>
    written.length % 2 === 0
      ? undefined
      : 'Switch requires a value for each key: Switch(source, defaultValue, key1, value1, …).',
  apply: ([source, defaultValue, ...pairs]) => {
    const text = source === undefined ? '' : toText(source)
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      const key = pairs[at]
      if ((key === undefined ? '' : toText(key)) === text) return pairs[at + 1]
    }
    return defaultValue
  },
}

const iif: EntraFunction = {
  name: 'IIF',
  usage: 'IIF(condition, valueIfTrue, valueIfFalse)',
  minArguments: 3,
  maxArguments: 3,
  apply: ([condition, ifTrue, ifFalse]) => (isTrue(condition) ? ifTrue : ifFalse),
}

const coalesce: EntraFunction = {
  name: 'Coalesce',
  usage: 'Coalesce(source1, source2, …, defaultValue)',
  minArguments: 1,
  maxArguments: Infinity,
  apply: sources => sources.find(source => source !== undefined),
}

const not: EntraFunction = {
  name: 'Not',
  usage: 'Not(source)',
  minArguments: 1,
  maxArguments: 1,
  apply: ([source]) => !isTrue(source),
}

const isCondition = (name: string, apply: (value: MappedValue | undefined) => boolean): EntraFunction => ({
  name,
  usage: `${name}(expression)`,
  minArguments: 1,
  maxArguments: 1,
  apply: ([value]) => apply(value),
})

const ignoreFlowIfNullOrEmpty: EntraFunction = {
  name: 'IgnoreFlowIfNullOrEmpty',
  usage: 'IgnoreFlowIfNullOrEmpty(expression)',
  minArguments: 1,
  maxArguments: 1,
  apply: ([value]) => (isEmpty(value) ? undefined : value),
}

const conditionalFunctions = [
  coalesce,
  ignoreFlowIfNullOrEmpty,
  iif,
  isCondition('IsNull', value => value === undefined),
  isCondition('IsNullOrEmpty', isEmpty),
  isCondition('IsPresent', value => !isEmpty(value)),
  not,
  switchOn,
]

const usage =
  'Replace(source, oldValue, regexPattern, regexGroupName, replacementValue, replacementAttributeName, template)'

/** Has five forms, selected by the arguments that are present. Comparisons are case-sensitive. */
const replace: EntraFunction = {
  name: 'Replace',
  usage,
  minArguments: 5,
  maxArguments: 7,
  validate: written => {
    const [, old, pattern, group, value, attribute, template] = written
    if (!pattern) {
      const isComplete = old && (value || template)
      return isComplete ? undefined : `Replace requires oldValue with replacementValue or template: ${usage}.`
    }
    if (pattern.kind !== 'constant') return `The regexPattern of Replace must be a constant: ${usage}.`
    if (!value && !(group && attribute)) {
      return `Replace with a regexPattern requires replacementValue, or regexGroupName and replacementAttributeName: ${usage}.`
    }
    return patternError(pattern.value, group?.kind === 'constant' ? group.value : undefined)
  },
  apply: (values, written) => {
    const [source = '', old = '', pattern = '', group = '', value = '', attribute = '', template = ''] =
      values.map(each => (each === undefined ? undefined : toText(each)))
    if (written[2] && written[3] && written[5]) return source || firstGroup(attribute, pattern, group)
    if (source === '') return undefined
    if (written[2]) {
      return written[3]
        ? replaceGroup(source, pattern, group, value)
        : source.replace(compileRegex(pattern), toJavaScriptReplacement(value))
    }
    return written[6]
      ? template.replaceAll(old, () => source)
      : old === ''
        ? source
        : source.replaceAll(old, () => value)
  },
}

function patternError(pattern: string, group: string | undefined): string | undefined {
  try {
    compileRegex(pattern)
  } catch (error) {
    if (error instanceof MappingError) return error.message
    throw error
  }
  return group === undefined || pattern.includes(`(?<${group}>`)
    ? undefined
    : `The regexPattern of Replace has no group "${group}".`
}

/** A replacement in .NET refers to a named group as `${name}`. */
const toJavaScriptReplacement = (text: string) =>
  text.replace(/\$\{(\w+)\}/g, (_, name) => (/^\d+$/.test(name) ? `$${name}` : `$<${name}>`))

const firstGroup = (text: string, pattern: string, group: string): string | undefined => {
  const [found] = text.matchAll(compileRegex(pattern))
  return found?.groups?.[group]
}

function replaceGroup(text: string, pattern: string, group: string, value: string): string {
  const parts: string[] = []
  let from = 0
  for (const { indices } of text.matchAll(compileRegex(pattern))) {
    const [start, end] = indices?.groups?.[group] ?? []
    if (start === undefined || end === undefined) continue
    parts.push(text.slice(from, start), value)
    from = end
  }
  return parts.join('') + text.slice(from)
}

const textFunction = (
  name: string,
  usage: string,
  [minArguments, maxArguments]: readonly [number, number],
  apply: (text: string, ...more: readonly string[]) => MappedValue | undefined,
): EntraFunction => ({
  name,
  usage,
  minArguments,
  maxArguments,
  apply: ([first, ...more]) =>
    first === undefined
      ? undefined
      : apply(toText(first), ...more.map(value => (value === undefined ? '' : toText(value)))),
})

const toLower = textFunction('ToLower', 'ToLower(source, culture)', [1, 2], (text, culture) =>
  culture ? text.toLocaleLowerCase(culture) : text.toLowerCase(),
)

const toUpper = textFunction('ToUpper', 'ToUpper(source, culture)', [1, 2], (text, culture) =>
  culture ? text.toLocaleUpperCase(culture) : text.toUpperCase(),
)

const append = textFunction('Append', 'Append(source, suffix)', [2, 2], (text, suffix = '') => text + suffix)

const stripSpaces = textFunction('StripSpaces', 'StripSpaces(source)', [1, 1], text =>
  text.replaceAll(' ', ''),
)

/** Positions start at 1. */
const mid = textFunction('Mid', 'Mid(source, start, length)', [3, 3], (text, start, length) =>
  text.slice(Math.max(Number(start) - 1, 0), Math.max(Number(start) - 1, 0) + Number(length)),
)

const split = textFunction('Split', 'Split(source, delimiter)', [2, 2], (text, delimiter = '') =>
  text
    .split(delimiter)
    .map(part => part.trim())
    .filter(part => part !== ''),
)

/** Letters that don't decompose into a base letter and a mark (Microsoft's table). */
const transliterations: Readonly<Record<string, string>> = {
  æ: 'ae',
  Æ: 'AE',
  ø: 'oe',
  Ø: 'OE',
  œ: 'oe',
  Œ: 'OE',
  ß: 'ss',
  ł: 'l',
  Ł: 'L',
  ı: 'i',
  đ: 'd',
  Đ: 'D',
}

const normalizeDiacritics = textFunction('NormalizeDiacritics', 'NormalizeDiacritics(source)', [1, 1], text =>
  text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(/[æÆøØœŒßłŁıđĐ]/g, letter => transliterations[letter] ?? letter)
    .normalize('NFC'),
)

const join: EntraFunction = {
  name: 'Join',
  usage: 'Join(separator, source1, source2, …)',
  minArguments: 2,
  maxArguments: Infinity,
  apply: ([separator = '', ...sources]) =>
    sources
      .flatMap(source => (Array.isArray(source) ? source : source === undefined ? [] : [toText(source)]))
      .filter(text => text !== '')
      .join(toText(separator)),
}

const textFunctions = [append, join, mid, normalizeDiacritics, split, stripSpaces, toLower, toUpper]

const functions: readonly EntraFunction[] = [
  ...conditionalFunctions,
  ...textFunctions,
  replace,
  ...roleFunctions,
]

const byName = new Map(functions.map(each => [each.name.toLowerCase(), each]))

export const findFunction = (name: string): EntraFunction | undefined => byName.get(name.toLowerCase())

export const functionNames: readonly string[] = functions
  .map(({ name }) => name)
  .sort((one, other) => one.localeCompare(other))
