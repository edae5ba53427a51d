import type { Resource } from '../../entra/failure-cause.ts'
import type { Plan } from '../../entra/planning/plan.ts'
import type { Endpoint } from '../../entra/scim-request.ts'
import { pageSize, readPage } from './requests.ts'
import { type Page, type Read, readList } from './responses.ts'

/** A list and how much of it the server said there is. */
export type ReadAll = { readonly resources: readonly Resource[]; readonly totalResults: number }

const stepOf = (endpoint: Endpoint) => (endpoint === 'Users' ? 'user read' : 'group read')

/** What "Test API Credentials" sends (Okta's SCIM reference): the number of users differs from that of groups. */
export function* testConnection(): Plan<Read<{ readonly users: Page; readonly groups: Page }>> {
  const users = readList(yield readPage('Users', 1, 2), stepOf('Users'))
  if (users.failure) return { failure: users.failure }
  const groups = readList(yield readPage('Groups', 1), stepOf('Groups'))
  if (groups.failure) return { failure: groups.failure }
  return { found: { users: users.found, groups: groups.found } }
}

/** All pages of a list, as far as `totalResults` leads. */
export function* readAll(endpoint: Endpoint): Plan<Read<ReadAll>> {
  const resources: Resource[] = []
  for (let startIndex = 1; ; startIndex += pageSize) {
    const { found, failure } = readList(yield readPage(endpoint, startIndex), stepOf(endpoint))
    if (failure) return { failure }
    for (const resource of found.resources) resources.push(resource)
    const isLast = startIndex + pageSize > found.totalResults || found.resources.length === 0
    if (isLast) return { found: { resources, totalResults: found.totalResults } }
  }
}
