import { effect, signal } from '@preact/signals'
import { createRef } from 'preact'
import type { PageName } from '../../contract/page-addresses.ts'
import { navigate, pathTo, route } from '../router.ts'
import { currentTenant, tenants } from '../state.ts'

/** Whether the menu is open where there is too little room to show it always. */
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

type Entry = { readonly page: PageName; readonly label: string; readonly also?: readonly PageName[] }
type Group = { readonly label: string; readonly ofTenant?: true; readonly entries: readonly Entry[] }

const groups: readonly Group[] = [
  {
    label: 'Watch',
    entries: [
      { page: 'activity', label: 'Activity', also: ['exchange'] },
      { page: 'findings', label: 'Findings' },
    ],
  },
  {
    label: 'Directory',
    ofTenant: true,
    entries: [
      { page: 'users', label: 'Users', also: ['user'] },
      { page: 'groups', label: 'Groups', also: ['group'] },
      { page: 'stale', label: 'Stale' },
      { page: 'reconcile', label: 'Reconcile' },
    ],
  },
  {
    label: 'Connect',
    ofTenant: true,
    entries: [
      { page: 'setup', label: 'Set-up' },
      { page: 'tokens', label: 'Tokens' },
    ],
  },
  {
    label: 'Rehearse',
    entries: [
      { page: 'faults', label: 'Faults' },
      { page: 'clock', label: 'Clock' },
      { page: 'snapshots', label: 'Snapshots' },
    ],
  },
  {
    label: 'Server',
    entries: [
      { page: 'tenants', label: 'Tenants', also: ['tenant'] },
      { page: 'settings', label: 'Settings' },
    ],
  },
]

export const Navigation = () => (
  <nav id="navigation" class={menuOpen.value ? 'open' : ''} aria-label="Pages">
    {groups.map(group => (
      <section key={group.label} aria-label={group.label}>
        <h2>{group.label}</h2>
        {group.label === 'Directory' && <TenantChoice />}
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
  </nav>
)

function Link({ page, label, also = [] }: Entry) {
  const shown = route.value?.page
  const current = shown !== undefined && [page, ...also].includes(shown)
  const tenant = currentTenant.value
  const href = pathTo(page, tenant === undefined ? {} : { tenant })
  return (
    <a href={href} aria-current={current ? 'page' : undefined}>
      {label}
    </a>
  )
}

/** Goes to the same page of another tenant. */
function TenantChoice() {
  const all = tenants.value ?? []
  if (all.length < 2) return null
  const choose = (tenant: string) => {
    const shown = route.value
    const stays = shown?.params.tenant !== undefined && shown.page !== 'user' && shown.page !== 'group'
    navigate(pathTo(stays ? shown.page : 'users', { tenant }))
  }
  return (
    <label class="tenant-choice">
      <span class="unseen">Tenant</span>
      <select value={currentTenant.value} onChange={event => choose(event.currentTarget.value)}>
        {all.map(({ id }) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
    </label>
  )
}
