import { setTimeout as pause } from 'node:timers/promises'
import { type ApiClient, apiPath, type Query } from './api-client.ts'
import type { ExchangeAnswer } from './exchange-in-words.ts'
import { firstItems, type Page } from './pages.ts'
import type { Session } from './session.ts'
import { cellText } from './table.ts'
import { printableJson, tenantTimeInWords } from './words.ts'

const betweenLooks = 500

/** Writes the newest exchanges, and each that comes later, one a line and the newest last, until it is told to stop. */
export async function follow(
  { api, json }: Session,
  query: Query,
  limit: number,
  stop: AbortSignal,
): Promise<void> {
  const write = (exchange: ExchangeAnswer) =>
    process.stdout.write(json ? `${printableJson(exchange)}\n` : lineOf(exchange))
  let { items: newest } = await firstItems<ExchangeAnswer>(api, apiPath('exchanges'), query, limit)
  newest.toReversed().forEach(write)
  while (await undisturbed(stop)) {
    const fresh = await newerThan(new Set(newest.map(({ id }) => id)), api, query)
    fresh.toReversed().forEach(write)
    newest = [...fresh, ...newest].slice(0, memory)
  }
}

/** So many are known as shown: exchanges that the journal forgets meanwhile must not make older ones look new. */
const memory = 1000

/** Goes back in the journal to the first exchange that was shown. */
async function newerThan(
  shown: ReadonlySet<string>,
  api: ApiClient,
  query: Query,
): Promise<readonly ExchangeAnswer[]> {
  const fresh: ExchangeAnswer[] = []
  let cursor: string | undefined
  do {
    const page = await api.get<Page<ExchangeAnswer>>(apiPath('exchanges'), {
      query: { ...query, limit: 200, cursor },
    })
    const known = page.items.findIndex(({ id }) => shown.has(id))
    fresh.push(...page.items.slice(0, known < 0 ? undefined : known))
    cursor = known < 0 ? page.next : undefined
  } while (cursor !== undefined)
  return fresh
}

async function undisturbed(stop: AbortSignal): Promise<boolean> {
  try {
    await pause(betweenLooks, undefined, { signal: stop })
  } catch {
    // The signal has come.
  }
  return !stop.aborted
}

const lineOf = ({ at, tenantTime, status, method, action, target, tenant, id }: ExchangeAnswer): string => {
  const about = target?.label ?? target?.id
  const words = about === undefined ? cellText(action) : `${cellText(action)}: ${cellText(about)}`
  const when = tenantTimeInWords(at, tenantTime)
  return `${when}  ${status}  ${method.padEnd(6)}  ${cellText(tenant)}  ${words}  ${id}\n`
}
