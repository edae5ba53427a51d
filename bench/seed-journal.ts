import pino from 'pino'
import type { Exchange } from '../src/journal/exchange.ts'
import { newRequestId } from '../src/journal/request-id.ts'
import { openServices } from '../src/server/compose.ts'

const tenant = 'bench'
export const token = 'a-token-for-the-benchmark-only'

/** A database with one tenant and the given number of exchanges in the journal. */
export async function seedJournal(file: string, exchanges: number): Promise<void> {
  const services = openServices({ path: file, profile: 'aws' }, pino({ level: 'silent' }))
  await services.tenants.createToken(await services.tenants.create({ profile: 'aws' }, tenant), {
    text: token,
  })
  for (let at = 0; at < exchanges; at++) {
    services.journal.record(lookUp(at, exchanges))
    if (at % 1000 === 999) await services.journal.find('')
  }
  await services.close()
}

/** A lookup without a match, as Entra sends before a create, one second after the previous one. */
function lookUp(at: number, of: number): Exchange {
  const now = Date.now() - (of - at) * 1000
  const filter = encodeURIComponent(`userName eq "user-${at}@example.com"`)
  return {
    id: newRequestId(now),
    tenant,
    profile: 'aws',
    at: now,
    tenantTime: now,
    microseconds: 900,
    method: 'GET',
    url: `/${tenant}/scim/v2/Users?filter=${filter}`,
    status: 200,
    operation: 'look-up',
    results: 0,
    action: 'look up user by userName',
    target: { type: 'User' },
    request: { headers: {} },
    response: { headers: {}, body: '{"totalResults":0,"itemsPerPage":0,"startIndex":1,"Resources":[]}' },
  }
}

/** Waits until the server has analyzed its journal. */
export async function waitUntilAnalyzed(console: string): Promise<void> {
  for (;;) {
    const { waiting } = (await (await fetch(`${console}/api/v1/findings`)).json()) as { waiting: number }
    if (waiting === 0) return
  }
}
