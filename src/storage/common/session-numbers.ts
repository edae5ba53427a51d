import type { SessionTable } from '../../domain/ports/snapshots.ts'

export type SessionSequence = 'resource' | 'moment' | 'membership'

const resourceColumns = ['resource_key', 'group_key', 'member_key', 'resource', 'rival']

/** The sequence of the numbers in a column; undefined for other columns. In `rival`, 0 is no number. */
export function sequenceOf(table: SessionTable, column: string): SessionSequence | undefined {
  if (column === 'moment') return 'moment'
  if (column === 'key') return table === 'memberships' ? 'membership' : 'resource'
  return resourceColumns.includes(column) ? 'resource' : undefined
}
