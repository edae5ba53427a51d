import type { ApiClient } from './api-client.ts'
import { apiPath } from './api-client.ts'
import { CliError, wrongUse } from './cli-error.ts'
import type { Page } from './pages.ts'

/** The tenant that is meant: the one that is named, or the server's only one. */
export async function whichTenant(api: ApiClient, named: string | undefined): Promise<string> {
  if (named !== undefined) return named
  const { items, next } = await api.get<Page<{ readonly id: string }>>(apiPath('tenants'), {
    query: { limit: 10 },
  })
  const [only, ...others] = items
  if (only === undefined)
    throw new CliError('The server has no tenant: make one with `scimulator tenants create`.')
  if (others.length === 0) return only.id
  const names = items.map(({ id }) => id).join(', ')
  throw wrongUse(
    `The server has several tenants, so name the one that is meant: ${names}${next ? ', …' : ''}.`,
  )
}
