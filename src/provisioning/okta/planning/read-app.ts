import { type Read, type Resource, unusable } from '../../kit/failure.ts'
import type { Plan } from '../../kit/plan.ts'
import type { Endpoint } from '../../kit/scim-request.ts'
import { pageSize, readPage } from './requests.ts'
import { type Page, readList } from './responses.ts'
import type { Step } from './task.ts'

export type ReadAll = { readonly resources: readonly Resource[]; readonly totalResults: number }

const stepOf = (endpoint: Endpoint) => (endpoint === 'Users' ? 'user read' : 'group read')

/** What "Test API Credentials" sends (Okta's SCIM reference): the number of users differs from that of groups. */
export function* testConnection(): Plan<Read<{ readonly users: Page; readonly groups: Page }, Step>> {
  const users = readList(yield readPage('Users', 1, 2), stepOf('Users'))
  if (users.failure) return { failure: users.failure }
  const groups = readList(yield readPage('Groups', 1), stepOf('Groups'))
  if (groups.failure) return { failure: groups.failure }
  return { found: { users: users.found, groups: groups.found } }
}

/** A page without a new resource fails: a server that ignores `startIndex` would be read without end. */
export function* readAll(endpoint: Endpoint): Plan<Read<ReadAll, Step>> {
  const resources: Resource[] = []
  const seen = new Set<string>()
  for (let startIndex = 1; ; startIndex += pageSize) {
    const { found, failure } = readList(yield readPage(endpoint, startIndex), stepOf(endpoint))
    if (failure) return { failure }
    if (found.resources.length > 0 && found.resources.every(({ id }) => seen.has(id)))
      return unusable(stepOf(endpoint), 'A page repeats earlier ones: the server ignores startIndex.')
    for (const resource of found.resources) {
      resources.push(resource)
      seen.add(resource.id)
    }
    const isLast = startIndex + pageSize > found.totalResults || found.resources.length === 0
    if (isLast) return { found: { resources, totalResults: found.totalResults } }
  }
}
