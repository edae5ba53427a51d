import type { PageName } from '../../domain/contract/page-addresses.ts'
import { navigate, pathTo, query, route, setQuery } from '../router.ts'
import { allTenants, currentTenant, pageTenant, showTenant, tenants } from '../state.ts'

export const sharedPages: readonly PageName[] = ['activity', 'findings']

export function TenantSwitch() {
  const all = tenants.value ?? []
  if (all.length < 2) return null
  const page = route.value?.page
  const shown = page && isOfOneTenant(page) ? currentTenant.value : (pageTenant.value ?? allTenants)
  return (
    <label class="tenant-switch">
      <span class="visually-hidden">Tenant</span>
      <select value={shown} onChange={event => choose(event.currentTarget.value)}>
        <option value={allTenants}>All tenants</option>
        {all.map(({ id }) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
    </label>
  )
}

const isOfOneTenant = (page: PageName): boolean =>
  page === 'overview' || route.value?.params.tenant !== undefined

/** A record belongs to one tenant: its list takes the place of its page. */
function choose(tenant: string): void {
  showTenant(tenant)
  const current = route.value
  if (!current) return
  const { page, params } = current
  if (sharedPages.includes(page)) setQuery({ tenant, finding: undefined })
  else if (page === 'overview') navigate(pathTo('overview', {}, { tenant }))
  else if (page === 'exchange' || page === 'cycle') navigate(pathTo('activity', {}, { tenant }))
  else if (params.tenant !== undefined) {
    if (tenant === allTenants) navigate(pathTo('activity', {}, { tenant }))
    else navigate(pathTo(listOf(page), { tenant }))
  } else if (query.value.has('tenant')) setQuery({ tenant })
}

const lists: Partial<Readonly<Record<PageName, PageName>>> = { user: 'users', group: 'groups' }

const listOf = (page: PageName): PageName => lists[page] ?? page
