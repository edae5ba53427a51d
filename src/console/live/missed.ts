import type { Exchange } from '../../journal/exchange.ts'
import type { Journal } from '../../journal/journal.ts'

const most = 1000
const atOnce = 200

/**
 * The exchanges behind this one, oldest first; undefined when it is forgotten, or when too many came since to be
 * told one by one.
 */
export async function missedSince(journal: Journal, id: string): Promise<readonly Exchange[] | undefined> {
  const missed: Exchange[] = []
  let cursor: string | undefined
  do {
    const page = await journal.page({ limit: atOnce, ...(cursor !== undefined && { cursor }) })
    const known = page.items.findIndex(exchange => exchange.id === id)
    missed.push(...page.items.slice(0, known < 0 ? undefined : known))
    if (known >= 0) return missed.length <= most ? missed.reverse() : undefined
    cursor = page.next
  } while (cursor !== undefined && missed.length < most)
  return undefined
}
