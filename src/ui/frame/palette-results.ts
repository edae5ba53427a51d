import type { Exchange } from '../../domain/contract/exchanges.ts'
import type { Identity } from '../../domain/contract/identities.ts'
import { call } from '../api.ts'
import { isAllowed } from '../caller.ts'
import { formatDateTime } from '../format.ts'
import { pathTo } from '../router.ts'
import { currentTenant, faults } from '../state.ts'
import { groups as pageGroups } from './navigation.tsx'
import { opened } from './shortcuts.tsx'

export type Result = {
  readonly kind: 'User' | 'Group' | 'Request' | 'Page' | 'Action'
  readonly name: string
  readonly detail?: string
  readonly target: string | (() => unknown)
}

const includes = (name: string, text: string): boolean => name.toLowerCase().includes(text.toLowerCase())

export function findPages(text: string): readonly Result[] {
  const tenant = currentTenant.value
  const pages = pageGroups.flatMap(({ entries }) =>
    entries.map(
      ({ page, label }): Result => ({
        kind: 'Page',
        name: label,
        target: pathTo(page, tenant === undefined ? {} : { tenant }),
      }),
    ),
  )
  return [...pages, ...actions(text)].filter(({ name }) => includes(name, text))
}

const actions = (text: string): readonly Result[] => [
  {
    kind: 'Action',
    name: 'Show keyboard shortcuts',
    target: () => {
      opened.value = 'shortcuts'
    },
  },
  ...(faults.value.length > 0 && isAllowed('write')
    ? [{ kind: 'Action', name: 'Turn off all faults', target: () => call('DELETE /faults') } as const]
    : []),
  ...(text === ''
    ? []
    : [
        {
          kind: 'Action',
          name: `Search requests for ${text}`,
          target: pathTo('activity', {}, { q: text }),
        } as const,
      ]),
]

const limit = 5

export async function findObjects(text: string, signal: AbortSignal): Promise<readonly Result[]> {
  const tenant = currentTenant.value
  if (tenant === undefined || text === '') return []
  const params = { tenant }
  const [users, groups, requests] = await Promise.all([
    call('GET /tenants/:tenant/users', { params, query: { text, limit }, signal }),
    call('GET /tenants/:tenant/groups', { params, query: { text, limit }, signal }),
    call('GET /exchanges', { query: { q: requestSearch(tenant, text), limit }, signal }),
  ])
  return [
    ...users.items.map(user => toIdentityResult(tenant, 'user', user)),
    ...groups.items.map(group => toIdentityResult(tenant, 'group', group)),
    ...requests.items.map(toRequestResult),
  ]
}

/** Quotes end a value of the search language. */
const requestSearch = (tenant: string, text: string): string => {
  const value = `"${text.replaceAll(/["\\]/g, '')}"`
  return /^[0-9a-f-]{36}$/i.test(text) ? `id:${value}` : `tenant:${tenant} target:${value}`
}

const toIdentityResult = (
  tenant: string,
  page: 'user' | 'group',
  { id, label, display, status }: Identity,
): Result => ({
  kind: page === 'user' ? 'User' : 'Group',
  name: label,
  detail: [...(display === label ? [] : [display]), status].join(', '),
  target: pathTo(page, { tenant, id }),
})

const toRequestResult = ({ id, action, target, status, tenantTime }: Exchange): Result => ({
  kind: 'Request',
  name: [action, target?.label ?? target?.id].filter(Boolean).join(' '),
  detail: `${status}, ${formatDateTime(new Date(tenantTime))}`,
  target: pathTo('exchange', { id }),
})
