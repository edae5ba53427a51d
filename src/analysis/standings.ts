import type { Exchange } from '../journal/exchange.ts'
import type { Journal } from '../journal/journal.ts'
import type { Analyst } from './analyst.ts'
import { estimateQuarantine, type QuarantineEstimate } from './quarantine.ts'
import { createStanding, type StandingFollower } from './standing.ts'

export type TenantEstimate = QuarantineEstimate & { readonly tenant: string }

/** Whether Entra ID would quarantine the jobs that speak to the tenants. */
export interface Standings {
  /** Of one tenant or of all that Entra ID has spoken to, by their ids. */
  estimates(tenant?: string): Promise<readonly TenantEstimate[]>
  /** Forgets how a tenant's job stood, or all. */
  clear(tenant?: string): void
}

/** So many exchanges of Entra ID's tell how jobs stood before the server was started. */
const remembered = 2000
/** Other clients may have sent more since; so many exchanges are looked at. */
const lookedAt = 20_000
const pageLength = 200

/** Follows what is analysed. The life before is read from the journal once there is something to follow. */
export function createStandings(
  analyst: Pick<Analyst, 'subscribe'>,
  journal: Pick<Journal, 'page'>,
): Standings {
  const followers = new Map<string, StandingFollower>()
  let queue: Exchange[] = []
  let past: Promise<void> | undefined
  let isPastRead = false
  // What `clear` was called for while the past was read: the exchanges that were read may have gone since.
  const clearedMeanwhile: (string | undefined)[] = []

  const note = (exchange: Exchange) => {
    const { tenant } = exchange
    // What others send says nothing about the job.
    if (tenant === undefined || !isEntras(exchange)) return
    const follower = followers.get(tenant) ?? createStanding()
    followers.set(tenant, follower)
    follower.note(exchange)
  }

  /** What was analysed meanwhile comes after it, and each exchange once. */
  const readPast = async () => {
    const read = await newestOf(journal).catch(() => [])
    const exchanges = read.filter(exchange => !clearedMeanwhile.some(tenant => isOf(exchange, tenant)))
    const known = new Set(exchanges.map(({ id }) => id))
    for (const exchange of exchanges) note(exchange)
    for (const exchange of queue) if (!known.has(exchange.id)) note(exchange)
    queue = []
    isPastRead = true
  }

  analyst.subscribe(event => {
    if (event.kind !== 'analysed') return
    if (isPastRead) {
      for (const exchange of event.items) note(exchange)
      return
    }
    queue.push(...event.items)
    past ??= readPast()
  })

  return {
    async estimates(tenant) {
      past ??= readPast()
      await past
      const wanted = tenant === undefined ? [...followers.keys()].sort() : [tenant]
      return wanted.flatMap(id => {
        const follower = followers.get(id)
        return follower ? [{ tenant: id, ...estimateQuarantine(follower.now()) }] : []
      })
    },
    clear(tenant) {
      if (tenant === undefined) followers.clear()
      else followers.delete(tenant)
      if (isPastRead) return
      queue = queue.filter(exchange => !isOf(exchange, tenant))
      if (past) clearedMeanwhile.push(tenant)
    },
  }
}

/** Without a tenant, of any. */
const isOf = (exchange: Exchange, tenant: string | undefined) =>
  tenant === undefined || exchange.tenant === tenant

const isEntras = ({ notes }: Exchange): boolean => notes?.client === 'entra'

/** Entra ID's newest that are analysed, oldest first. */
async function newestOf(journal: Pick<Journal, 'page'>): Promise<readonly Exchange[]> {
  const exchanges: Exchange[] = []
  let cursor: string | undefined
  let looked = 0
  do {
    const page = await journal.page({ limit: pageLength, ...(cursor !== undefined && { cursor }) })
    exchanges.push(...page.items.filter(isEntras))
    looked += page.items.length
    cursor = page.next
  } while (cursor !== undefined && exchanges.length < remembered && looked < lookedAt)
  return exchanges.reverse()
}
