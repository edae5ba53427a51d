import type { DriftItem, IgnoreRule } from '../../domain/contract/drift.ts'
import { day } from '../../domain/duration.ts'
import { fold } from '../../scim/text.ts'
import { RehearsalError } from '../rehearsal/played.ts'

const endOf = ({ until }: IgnoreRule) => Date.parse(until) + day

export const isExpired = (rule: IgnoreRule, now: number): boolean => endOf(rule) <= now

export const describeRule = ({ match }: IgnoreRule): string => JSON.stringify(match)

/** Throws `RehearsalError` for rules that end in more than a year. */
export function checkRules(rules: readonly IgnoreRule[], now: number): void {
  const late = rules.filter(rule => endOf(rule) > now + 367 * day)
  if (late.length === 0) return
  throw new RehearsalError(
    late.map(rule => ({
      part: 'ignore',
      message: `Ignore rule ${describeRule(rule)}: ${rule.until} is more than a year ahead.`,
    })),
  )
}

export const matchesRule = (
  { match }: IgnoreRule,
  { id, category, object, path }: Pick<DriftItem, 'id' | 'category' | 'object' | 'path'>,
): boolean =>
  (match.category ?? category) === category &&
  (match.path ?? path) === path &&
  [undefined, id, object.id].includes(match.id) &&
  matchesGlob(match.name ?? '*', object.name)

/** `*` stands for any characters and `?` for one. Takes at most the product of both lengths. */
function matchesGlob(glob: string, name: string): boolean {
  const [pattern, text] = [fold(glob), fold(name)]
  let at = 0
  let star = -1
  let resumed = 0
  for (let place = 0; place < text.length; ) {
    if (pattern[at] === '*') {
      star = at++
      resumed = place
    } else if (pattern[at] === '?' || pattern[at] === text[place]) {
      at++
      place++
    } else if (star >= 0) {
      at = star + 1
      place = ++resumed
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
