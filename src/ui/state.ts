import { computed, effect, signal } from '@preact/signals'
import type { Output } from '../contract/client.ts'
import type { Fault } from '../contract/faults.ts'
import type { Tenant } from '../contract/tenants.ts'
import { call } from './api.ts'
import { loadMe } from './caller.ts'
import { onLive, startLive } from './live.ts'
import { route } from './router.ts'

/** All tenants of the server, oldest first; undefined until they are loaded. */
export const tenants = signal<readonly Tenant[] | undefined>(undefined)
/** The active faults. */
export const faults = signal<readonly Fault[]>([])

const lastTenant = signal(localStorage.getItem('scimulator-tenant') ?? '')

/** The tenant that the navigation links to: the tenant in the address, else the last one shown, else the oldest. */
export const currentTenant = computed<string | undefined>(() => {
  const tenant = route.value?.params.tenant
  if (tenant !== undefined) return tenant
  const all = tenants.value ?? []
  return (all.find(({ id }) => id === lastTenant.value) ?? all[0])?.id
})

/** Makes the navigation link to the tenant of a page whose address doesn't name the tenant. */
export function showTenant(id: string): void {
  lastTenant.value = id
  localStorage.setItem('scimulator-tenant', id)
}

effect(() => {
  const tenant = route.value?.params.tenant
  if (tenant !== undefined) showTenant(tenant)
})

/** The session that was opened as this tenant; undefined for other tenants. */
export const sessionOf = (tenant: string | undefined): Tenant['session'] =>
  tenants.value?.find(({ id }) => id === tenant)?.session

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

/** Finds out who uses the page. If they may read, loads the state that every page shares, and keeps it up to date. */
export async function start(): Promise<void> {
  if (!(await loadMe())) return
  void loadTenants()
  void loadFaults()
  onLive('changed', ({ what }) => {
    if (what === 'faults') void loadFaults()
    else void loadTenants()
  })
  onLive('restart', () => {
    void loadMe()
    void loadTenants()
    void loadFaults()
  })
  startLive()
}
