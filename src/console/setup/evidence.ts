import type { Cycle } from '../../analysis/cycle.ts'
import type { Exchange } from '../../journal/exchange.ts'
import type { Journal } from '../../journal/journal.ts'
import { type Search, termOf } from '../../journal/search/search.ts'

/** What a step of the set-up is known to be done by. Times are the machine's, in milliseconds since 1970. */
export type Evidence = { readonly at?: number; readonly exchange?: string }

/** Clients sync in at most so many of the newest exchanges of a kind; the console's own stand between them. */
const looked = 50
const mostPages = 4

/** The newest exchange of a client's that a search finds; what the console itself has sent counts for nothing. */
export async function newestOfClient(
  journal: Pick<Journal, 'page'>,
  tenant: string,
  search: Search,
): Promise<Evidence | undefined> {
  let cursor: string | undefined
  for (let pages = 0; pages < mostPages; pages++) {
    const page = await journal.page({
      search: [termOf('tenant', tenant), termOf('is', 'replay', true), ...search],
      limit: looked,
      ...(cursor !== undefined && { cursor }),
    })
    const found = page.items.find(isOfClient)
    if (found) return { at: found.at, exchange: found.id }
    cursor = page.next
    if (cursor === undefined) return undefined
  }
  return undefined
}

const isOfClient = ({ token, refusal }: Exchange): boolean => token !== undefined || refusal !== undefined

const minute = 60_000
/** Entra ID begins a cycle 40 minutes after it has begun the last one, give or take (Microsoft: how provisioning works). */
const onTime = { from: 25 * minute, until: 60 * minute }

/** The newest run that began about 40 minutes after another one of the same client; `cycles` are newest first. */
export function secondOnTime(cycles: readonly Cycle[]): Evidence | undefined {
  const found = cycles.find(later =>
    cycles.some(
      earlier =>
        earlier.token?.id === later.token?.id &&
        earlier.kind === 'cycle' &&
        later.started - earlier.started >= onTime.from &&
        later.started - earlier.started <= onTime.until,
    ),
  )
  return found && { at: found.started, exchange: found.id }
}

/** The newest run in which something was provisioned, if nothing of it failed. */
export function newestWithoutFailure(cycles: readonly Cycle[]): Evidence | undefined {
  const newest = newestCycle(cycles)
  return newest && newest.failed === 0 ? { at: newest.last, exchange: newest.id } : undefined
}

export const newestCycle = (cycles: readonly Cycle[]): Cycle | undefined =>
  cycles.find(({ kind }) => kind === 'cycle')
