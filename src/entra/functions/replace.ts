import type { EntraFunction } from '../expression-tree.ts'
import { textOf } from '../mapped-value.ts'
import { MappingError } from '../mapping-error.ts'
import { compileRegex } from '../regex.ts'

const usage =
  'Replace(source, oldValue, regexPattern, regexGroupName, replacementValue, replacementAttributeName, template)'

/**
 * Does five different things, depending on which arguments are written. Cases, texts and patterns are compared with
 * case.
 */
export const replace: EntraFunction = {
  name: 'Replace',
  usage,
  fewest: 5,
  most: 7,
  wrong: written => {
    const [, old, pattern, group, value, attribute, template] = written
    if (!pattern) {
      const isComplete = old && (value || template)
      return isComplete ? undefined : `Replace needs oldValue with replacementValue or template: ${usage}.`
    }
    if (pattern.kind !== 'constant') return `The regexPattern of Replace has to be a constant: ${usage}.`
    if (!value && !(group && attribute)) {
      return `Replace with a regexPattern needs replacementValue, or regexGroupName and replacementAttributeName: ${usage}.`
    }
    return wrongPattern(pattern.value, group?.kind === 'constant' ? group.value : undefined)
  },
  apply: (values, written) => {
    const [source = '', old = '', pattern = '', group = '', value = '', attribute = '', template = ''] =
      values.map(each => (each === undefined ? undefined : textOf(each)))
    if (written[2] && written[3] && written[5]) return source || inGroup(attribute, pattern, group)
    if (source === '') return undefined
    if (written[2]) {
      return written[3]
        ? withoutGroup(source, pattern, group, value)
        : source.replace(compileRegex(pattern), replacementIn(value))
    }
    return written[6]
      ? template.replaceAll(old, () => source)
      : old === ''
        ? source
        : source.replaceAll(old, () => value)
  },
}

function wrongPattern(pattern: string, group: string | undefined): string | undefined {
  try {
    compileRegex(pattern)
  } catch (error) {
    if (error instanceof MappingError) return error.message
    throw error
  }
  return group === undefined || pattern.includes(`(?<${group}>`)
    ? undefined
    : `The regexPattern of Replace has no group named "${group}".`
}

/** .NET writes a named group in a replacement as `${name}`. */
const replacementIn = (text: string) =>
  text.replace(/\$\{(\w+)\}/g, (_, name) => (/^\d+$/.test(name) ? `$${name}` : `$<${name}>`))

const inGroup = (text: string, pattern: string, group: string): string | undefined => {
  const [found] = text.matchAll(compileRegex(pattern))
  return found?.groups?.[group]
}

/** Puts the value where the group has matched, and leaves the rest of each match. */
function withoutGroup(text: string, pattern: string, group: string, value: string): string {
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
