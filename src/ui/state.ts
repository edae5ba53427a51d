import { computed, effect, signal } from '@preact/signals'
import type { Output } from '../domain/contract/client.ts'
import type { Fault } from '../domain/contract/faults.ts'
import type { PageName } from '../domain/contract/page-addresses.ts'
import type { Tenant } from '../domain/contract/tenants.ts'
import { call } from './api.ts'
import { isReadOnlyPage, loadMe, me } from './caller.ts'
import { onLive, startLive } from './live.ts'
import { query, route } from './router.ts'

/** All tenants of the server, oldest first; undefined until they are loaded. */
export const tenants = signal<readonly Tenant[] | undefined>(undefined)
export const faults = signal<readonly Fault[]>([])
// The banner of faults is there with the first page, so that nothing moves.
effect(() => {
  faults.value = me.value?.faults ?? []
})

export const allTenants = '*'

const tenantKey = 'scimulator-tenant'
const isAllKey = 'scimulator-all-tenants'
const lastTenant = signal(localStorage.getItem(tenantKey) ?? '')
const isAll = signal(localStorage.getItem(isAllKey) !== 'no')

const hasSeveral = computed(() => (tenants.value ?? []).length > 1)

const addressedTenant = computed(() => route.value?.params.tenant ?? (query.value.get('tenant') || undefined))

/** The tenant of a page that shows only one: the tenant in the address, else the last one shown, else the oldest. */
export const currentTenant = computed<string | undefined>(() => {
  const tenant = addressedTenant.value
  if (tenant !== undefined && tenant !== allTenants) return tenant
  const all = tenants.value ?? []
  return (all.find(({ id }) => id === lastTenant.value) ?? all[0])?.id
})

/** Undefined for all tenants. */
export const pageTenant = computed<string | undefined>(() => {
  const tenant = addressedTenant.value
  if (tenant !== undefined) return tenant === allTenants ? undefined : tenant
  return isAll.value || !hasSeveral.value ? undefined : currentTenant.value
})

export function showTenant(id: string): void {
  isAll.value = id === allTenants
  localStorage.setItem(isAllKey, isAll.value ? 'yes' : 'no')
  if (id === allTenants) return
  lastTenant.value = id
  localStorage.setItem(tenantKey, id)
}

effect(() => {
  if (addressedTenant.value !== undefined) showTenant(addressedTenant.value)
})

/** How far the clock of a tenant, or of the only one, is ahead of the server's. Milliseconds. */
export function clockLead(tenant: string | undefined): number {
  const all = tenants.value ?? []
  const found = tenant === undefined && all.length === 1 ? all[0] : all.find(({ id }) => id === tenant)
  return found?.clock.offset ?? 0
}
export const sessionOf = (tenant: string | undefined): Tenant['session'] =>
  tenants.value?.find(({ id }) => id === tenant)?.session

const serverPages: readonly PageName[] = ['lab', 'server']

export const pageSession = computed(() => {
  const page = route.value?.page
  if (page === undefined || serverPages.includes(page)) return undefined
  return sessionOf(page === 'activity' || page === 'findings' ? pageTenant.value : currentTenant.value)
})

effect(() => {
  isReadOnlyPage.value = pageSession.value !== undefined
})

const fetchTenants = async (): Promise<readonly Tenant[]> => {
  const found: Tenant[] = []
  let cursor: string | undefined
  do {
    const page: Output<'GET /tenants'> = await call('GET /tenants', { query: { limit: 200, cursor } })
    found.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return found
}

// Each page shows its own errors.
export const loadTenants = (): Promise<void> =>
  fetchTenants().then(
    found => {
      tenants.value = found
    },
    () => {},
  )

const loadFaults = (): Promise<void> =>
  call('GET /faults').then(
    ({ items }) => {
      faults.value = items
    },
    () => {},
  )

/** Findings that need attention: errors that are neither injected nor muted. 0 while requests wait for analysis. */
export const findingsToFix = signal(0)

async function loadFindings(): Promise<void> {
  const { items, analysis } = await call('GET /findings', { query: { tenant: pageTenant.value } })
  const toFix = items.filter(({ severity, injected, mute }) => severity === 'error' && !injected && !mute)
  findingsToFix.value = analysis.current ? toFix.length : 0
}

/** Milliseconds. Findings come in bursts. */
const findingsDelay = 2000
let isLoadingSoon = false

const loadFindingsSoon = (): void => {
  if (isLoadingSoon) return
  isLoadingSoon = true
  setTimeout(() => {
    isLoadingSoon = false
    loadFindings().catch(() => {})
  }, findingsDelay)
}

export async function start(): Promise<void> {
  if (!(await loadMe())) return
  void loadTenants()
  effect(() => void loadFindings().catch(() => {}))
  onLive('finding', loadFindingsSoon)
  onLive('changed', ({ what }) => {
    if (what === 'findings') loadFindingsSoon()
    else if (what === 'faults') void loadFaults()
    else void loadTenants()
  })
  onLive('restart', () => {
    void loadMe()
    void loadTenants()
    void loadFaults()
  })
  startLive()
}
