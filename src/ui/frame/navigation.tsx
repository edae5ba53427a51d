import { effect, signal } from '@preact/signals'
import { createRef } from 'preact'
import type { PageName } from '../../domain/contract/page-addresses.ts'
import { type Zone, zone, zoneLabel } from '../format.ts'
import { navigate, pathTo, query, route, setQuery } from '../router.ts'
import { allTenants, currentTenant, pageTenant, showTenant, tenants } from '../state.ts'

export const menuOpen = signal(false)
export const menuButton = createRef<HTMLButtonElement>()
effect(() => {
  if (route.value) menuOpen.value = false
})
document.addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape' || !menuOpen.value) return
  menuOpen.value = false
  menuButton.current?.focus()
})

type Entry = { readonly page: PageName; readonly label: string; readonly subpages?: readonly PageName[] }
type Group = { readonly label: string; readonly entries: readonly Entry[] }

export const groups: readonly Group[] = [
  {
    label: 'Monitor',
    entries: [
      { page: 'overview', label: 'Overview' },
      { page: 'activity', label: 'Activity', subpages: ['exchange', 'cycle'] },
      { page: 'findings', label: 'Findings' },
    ],
  },
  {
    label: 'Directory',
    entries: [
      { page: 'users', label: 'Users', subpages: ['user'] },
      { page: 'groups', label: 'Groups', subpages: ['group'] },
      { page: 'access', label: 'Access' },
      { page: 'signInCheck', label: 'Sign-in check' },
      { page: 'stale', label: 'Stale identities' },
      { page: 'reconcile', label: 'Reconcile' },
    ],
  },
  {
    label: 'Connect',
    entries: [
      { page: 'setup', label: 'Setup' },
      { page: 'tokens', label: 'Tokens' },
      { page: 'preflight', label: 'Pre-flight' },
    ],
  },
  {
    label: 'Test',
    entries: [
      { page: 'faults', label: 'Faults' },
      { page: 'clock', label: 'Virtual clock' },
      { page: 'snapshots', label: 'Snapshots' },
    ],
  },
  {
    label: 'Server',
    entries: [
      { page: 'tenants', label: 'Tenants', subpages: ['tenant'] },
      { page: 'console-access', label: 'Console access' },
      { page: 'audit', label: 'Audit' },
      { page: 'settings', label: 'Settings' },
    ],
  },
]

export const Navigation = () => (
  <nav id="navigation" class={menuOpen.value ? 'open' : ''} aria-label="Pages">
    {groups.map(group => (
      <section key={group.label} aria-label={group.label}>
        <h2>{group.label}</h2>
        <ul>
          {group.entries.map(entry => (
            <li key={entry.page}>
              <Link {...entry} />
            </li>
          ))}
          {group.label === 'Server' && (
            <li>
              <a href="/api/docs">API</a>
            </li>
          )}
        </ul>
      </section>
    ))}
    {/* Activity has it beside its search, whose times it sets. */}
    {route.value?.page !== 'activity' && (
      <section aria-label="Times">
        <h2>Times</h2>
        <ZoneSelect />
      </section>
    )}
  </nav>
)

function Link({ page, label, subpages = [] }: Entry) {
  const currentPage = route.value?.page
  const isCurrent = currentPage !== undefined && [page, ...subpages].includes(currentPage)
  const tenant = currentTenant.value
  const isShared = sharedPages.includes(page) && (tenants.value ?? []).length > 1
  const shown = isShared ? { tenant: pageTenant.value ?? allTenants } : {}
  const href = pathTo(page, tenant === undefined ? {} : { tenant }, shown)
  return (
    <a href={href} aria-current={isCurrent ? 'page' : undefined}>
      {label}
    </a>
  )
}

const zoneNames: Readonly<Record<Zone, string>> = {
  tenant: 'Tenant time',
  local: 'Local time',
  utc: 'UTC',
}

export const ZoneSelect = () => {
  const now = new Date()
  return (
    <label>
      <span class="visually-hidden">Time zone</span>
      <select
        value={zone.value}
        title="The tenant’s clock, or real time"
        onChange={event => {
          zone.value = event.currentTarget.value as Zone
        }}
      >
        {Object.entries(zoneNames).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
            {name === zone.value && name !== 'utc' && ` (${zoneLabel(now)})`}
          </option>
        ))}
      </select>
    </label>
  )
}

const sharedPages: readonly PageName[] = ['activity', 'findings']

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
