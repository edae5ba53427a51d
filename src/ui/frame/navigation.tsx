import { effect, signal } from '@preact/signals'
import { createRef } from 'preact'
import type { PageName } from '../../domain/contract/page-addresses.ts'
import { pathTo, route } from '../router.ts'
import { allTenants, currentTenant, pageTenant, tenants } from '../state.ts'
import { sharedPages } from './tenant-switch.tsx'
import { ZoneSelect } from './zone-select.tsx'

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
