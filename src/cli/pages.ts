import type { ApiClient, Query } from './api-client.ts'

export type Page<Item> = { readonly items: readonly Item[]; readonly next?: string }

/** The most items that the API gives at once. */
const longestPage = 200

/** The first `limit` items of a list, over as many pages as that takes; `next` where there are more. */
export async function firstItems<Item>(
  api: ApiClient,
  path: string,
  query: Query,
  limit: number,
): Promise<Page<Item>> {
  const items: Item[] = []
  let next: string | undefined
  do {
    const asked = { ...query, limit: Math.min(longestPage, limit - items.length), cursor: next }
    const page = await api.get<Page<Item>>(path, { query: asked })
    items.push(...page.items)
    next = page.next
  } while (next !== undefined && items.length < limit)
  return { items, ...(next !== undefined && { next }) }
}
