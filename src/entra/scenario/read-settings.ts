import type { MistakeList } from '../mapping-fields.ts'
import type { ScenarioSettings } from './scenario.ts'

const numbers = [
  'accidentalDeletionThreshold',
  'memberBatchSize',
  'memberConcurrency',
  'concurrency',
] as const

/** What an administrator sets on the job, as far as scenarios need it. */
export function readSettings(given: unknown, mistakes: MistakeList): ScenarioSettings {
  if (given === undefined) return {}
  const fields = mistakes.fieldsOf(given, 'settings', ['scope', 'skipOutOfScopeDeletions', ...numbers]) ?? {}
  const { scope } = fields
  if (scope !== undefined && scope !== 'assigned' && scope !== 'all')
    mistakes.add('settings.scope', 'has to be "assigned" or "all".')
  const skipOutOfScopeDeletions = mistakes.boolean(fields, 'skipOutOfScopeDeletions', 'settings')
  const counts = numbers.flatMap(name => {
    const value = fields[name]
    if (value === undefined) return []
    const least = name === 'accidentalDeletionThreshold' ? 0 : 1
    if (typeof value === 'number' && Number.isInteger(value) && value >= least)
      return [[name, value] as const]
    mistakes.add(`settings.${name}`, `has to be a whole number from ${least} on.`)
    return []
  })
  return {
    ...((scope === 'assigned' || scope === 'all') && { scope }),
    ...(skipOutOfScopeDeletions !== undefined && { skipOutOfScopeDeletions }),
    ...Object.fromEntries(counts),
  }
}
