import type { ObjectRecord } from './job-state.ts'

/** An object of the directory as far as it decides what is to be done. */
export type Situation = {
  readonly kind: 'user' | 'group'
  readonly presence: 'present' | 'softDeleted' | 'gone'
  readonly inScope: boolean
}

export type Decision =
  | 'provision'
  | 'disable'
  | 'delete'
  /** Nothing is sent, and it isn't managed any more. */
  | 'release'
  /** Nothing to do, which is worth a line in the log. */
  | 'skip'
  /** Nothing is known of it and nothing has to be. */
  | 'forget'

/** Section by section what Entra does with an object, given what it remembers of it. */
export function decide(
  { kind, presence, inScope }: Situation,
  record: Pick<ObjectRecord, 'target' | 'managed'> | undefined,
  skipOutOfScopeDeletions: boolean,
): Decision {
  const isManaged = record?.target !== undefined && record.managed
  if (presence === 'gone') return isManaged ? 'delete' : 'forget'
  if (presence === 'softDeleted') {
    if (!isManaged) return 'skip'
    return kind === 'user' ? 'disable' : 'delete'
  }
  if (inScope) return 'provision'
  if (!isManaged) return 'skip'
  if (skipOutOfScopeDeletions) return 'release'
  return kind === 'user' ? 'disable' : 'delete'
}

/** What the threshold for accidental deletions counts. */
export const isDeparture = (decision: Decision): boolean => decision === 'disable' || decision === 'delete'
