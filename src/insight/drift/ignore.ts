import type { DriftCategory, DriftItem, IgnoreRule } from '../../domain/contract/drift.ts'
import { day } from '../../domain/duration.ts'
import { fold } from '../../scim/text.ts'
import { controlTowerGroups } from '../../traffic/aws-directory/evidence.ts'
import { RehearsalError } from '../rehearsal/played.ts'

type Preset = Extract<IgnoreRule, { readonly preset: unknown }>['preset']

/** Memberships are named `group/user`. */
const presetNames: Readonly<Record<Preset, readonly string[]>> = {
  'control-tower': [...controlTowerGroups].flatMap(name => [name, `${name}/*`]),
  'break-glass': ['*break?glass*', '*breakglass*', '*emergency*'],
}

/** Differences of objects that only AWS knows. */
const presetCategories: readonly DriftCategory[] = [
  ...(['user-extra', 'group-extra', 'member-extra', 'stale-group', 'changed-outside-scim'] as const),
]

const endOf = ({ until }: IgnoreRule) => Date.parse(until) + day

export const isExpired = (rule: IgnoreRule, now: number): boolean => endOf(rule) <= now

export const describeRule = (rule: IgnoreRule): string =>
  'preset' in rule ? rule.preset : JSON.stringify(rule.match)

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

export function matchesRule(
  rule: IgnoreRule,
  { id, category, object, path }: Pick<DriftItem, 'id' | 'category' | 'object' | 'path'>,
): boolean {
  if ('preset' in rule) {
    const isNamed = (glob: string) => matchesGlob(glob, object.name)
    return presetCategories.includes(category) && presetNames[rule.preset].some(isNamed)
  }
  const { match } = rule
  return (
    (match.category ?? category) === category &&
    (match.path ?? path) === path &&
    [undefined, id, object.id].includes(match.id) &&
    matchesGlob(match.name ?? '*', object.name)
  )
}

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
