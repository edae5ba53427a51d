import { statSync } from 'node:fs'
import type pg from 'pg'
import { waitUntilAnalyzed } from '../../../bench/servers.ts'
import { createClient } from '../../endure/client.ts'
import { type Served, tenant } from '../../endure/server.ts'
import { type Access, accessesOf, beginsWithTenant, explaining, readPlans } from './plans.ts'
import { createRequests } from './requests.ts'

type Explained = {
  readonly name: string
  /** By which rows were found, by the tenant first. */
  readonly indexes: readonly string[]
  /** Access to tables with data of tenants without the tenant as the first condition of an index. */
  readonly others: readonly string[]
}

type Target = { readonly url: string; readonly users: number; readonly admin: pg.Client }

/** Tables of tenants' data that grow. The journal is read for all tenants at once, too. */
const tables: ReadonlySet<string> = new Set([
  ...['resources', 'deleted_resources', 'keys', 'indexed_texts', 'counts', 'versions'],
  ...['memberships', 'membership_events', 'account_assignments', 'access_tokens'],
])

/** Run each second or hour, for all tenants at once: counters of tokens are written and read, numbers of resources are merged. */
const ofAllTenants = ['set uses = ', 'where counted > ', 'with spare as ']
const isOfRequests = (text: string) => !ofAllTenants.some(part => text.includes(part))

/** Sends each request to a server whose statements are explained in the log of the database, and says how their plans find rows. */
export async function explainRequests(
  { url, users, admin }: Target,
  log: string,
  start: (url: string) => Promise<Pick<Served, 'base' | 'console' | 'end'>>,
): Promise<readonly Explained[]> {
  // The other instance holds the token in memory, and this one reads it.
  const issuing = await start(url)
  const accessToken = await issueToken(issuing)
  await issuing.end()
  const served = await start(explaining(url))
  const requests = await createRequests(served, admin, users)
  const client = createClient(served.base, 1, accessToken)
  const authenticate = async () => {
    const { status } = await client.callApi('GET', '/Users?count=1')
    if (status !== 200) throw new Error(`The access token was refused: ${status}`)
  }
  const explained: Explained[] = []
  let from = statSync(log).size
  const sent = [
    ['authentication', authenticate] as const,
    ...requests.byName,
    ['analysis of all', () => waitUntilAnalyzed(served.console)] as const,
  ]
  try {
    for (const [name, send] of sent) {
      await send(0)
      const { plans, end } = readPlans(log, from)
      from = end
      const accesses = plans.flatMap(({ text, plan }) =>
        accessesOf(plan).map(access => ({ ...access, text })),
      )
      const ofTenants = accesses.filter(({ table, text }) => tables.has(table) && isOfRequests(text))
      const own = ofTenants.filter(beginsWithTenant)
      explained.push({
        name,
        indexes: [...new Set(own.map(({ index = '' }) => index))].sort(),
        others: [...new Set(ofTenants.filter(access => !beginsWithTenant(access)).map(describe))],
      })
    }
    return explained
  } finally {
    client.close()
    requests.close()
    await served.end()
  }
}

const describe = ({ table, index, condition, text }: Access & { readonly text: string }): string =>
  `${table} by ${index ?? 'all rows'} (${condition ?? 'no condition'}): ${text.replace(/\s+/g, ' ').trim()}`

async function issueToken({ base, console }: Pick<Served, 'base' | 'console'>): Promise<string> {
  const clients = `${console}/api/v1/tenants/${tenant}/clients`
  const created = await fetch(clients, { method: 'POST' })
  const { id, secret } = (await created.json()) as { id: string; secret: { value: string } }
  const issued = await fetch(`${base.replace(/\/scim\/v2$/, '')}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: id,
      client_secret: secret.value,
    }),
  })
  const { access_token: token } = (await issued.json()) as { access_token: string }
  if (!token) throw new Error('The token endpoint returned no access token.')
  return token
}
