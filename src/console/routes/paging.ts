import { Problem } from '../problem.ts'

const cursorOf = (id: string) => Buffer.from(id).toString('base64url')

/** A page of a list that is held in memory; the cursor is the id of the last item before it. */
export function paginate<Item extends { readonly id: string }>(
  list: readonly Item[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): { items: readonly Item[]; next?: string } {
  const start = cursor === undefined ? 0 : startAfter(list, cursor)
  const items = list.slice(start, start + limit)
  const last = items.at(-1)
  return { items, ...(last && start + limit < list.length && { next: cursorOf(last.id) }) }
}

function startAfter(list: readonly { readonly id: string }[], cursor: string): number {
  const at = list.findIndex(({ id }) => cursorOf(id) === cursor)
  if (at < 0) throw invalidCursor()
  return at + 1
}

const invalidCursor = () =>
  new Problem(
    'invalid-cursor',
    'No page gave out this cursor, or its place is gone. Leave it out to start at the first page.',
  )
