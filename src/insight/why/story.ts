import type { HistoryEntry } from '../../domain/ports/directory.ts'
import type { RelatedResource } from '../../scim/resource.ts'

type Version = Extract<HistoryEntry, { kind: 'version' }>
type Membership = Extract<HistoryEntry, { kind: 'membership' }>

export type Turn = {
  readonly kind: 'created' | 'created-disabled' | 'enabled' | 'disabled' | 'deleted' | 'purged'
  readonly entry: Version
  readonly position: number
}

export type Move = { readonly entry: Membership; readonly position: number }

export type Story = { readonly turns: readonly Turn[]; readonly moves: readonly Move[] }

/** Reads a history, newest first. `isEnabled` reads the state from a document. */
export function readStory(
  id: string,
  history: readonly HistoryEntry[],
  isEnabled: (document: string) => boolean,
): Story {
  const turns: Turn[] = []
  const moves: Move[] = []
  for (const [position, entry] of history.toReversed().entries()) {
    if (entry.kind === 'version') {
      const kind = turnOf(entry, isEnabled)
      if (kind) turns.push({ kind, entry, position })
    } else if (entry.member.id === id) {
      moves.push({ entry, position })
    }
  }
  return { turns, moves }
}

function turnOf(
  { action, document, before }: Version,
  isEnabled: (document: string) => boolean,
): Turn['kind'] | undefined {
  if (action === 'deleted' || action === 'purged') return action
  if (document === undefined) return undefined
  const enabled = isEnabled(document)
  if (action === 'created') return enabled ? 'created' : 'created-disabled'
  if (before === undefined || isEnabled(before) === enabled) return undefined
  return enabled ? 'enabled' : 'disabled'
}

export function groupsAfter(moves: readonly Move[]): readonly RelatedResource[] {
  const groups = new Map<string, RelatedResource>()
  for (const { entry } of moves) {
    if (entry.event === 'added') groups.set(entry.group.id, entry.group)
    else groups.delete(entry.group.id)
  }
  return [...groups.values()]
}
