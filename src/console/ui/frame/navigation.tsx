import { effect, signal } from '@preact/signals'
import { createRef } from 'preact'
import type { PageName } from '../../page-addresses.ts'
import { go, pathTo, place } from '../router.ts'
import { currentTenant, tenants } from '../state.ts'

/** Whether the menu is open where there is too little room to show it always. */
export const menuOpen = signal(false)
export const menuButton = createRef<HTMLButtonElement>()
effect(() => {
  if (place.value) menuOpen.value = false
})
document.addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape' || !menuOpen.value) return
  menuOpen.value = false
  menuButton.current?.focus()
})

type Entry = { readonly page: PageName; readonly words: string; readonly also?: readonly PageName[] }
type Group = { readonly words: string; readonly ofTenant?: true; readonly entries: readonly Entry[] }

const groups: readonly Group[] = [
  {
    words: 'Watch',
    entries: [
      { page: 'activity', words: 'Activity', also: ['exchange'] },
      { page: 'findings', words: 'Findings' },
    ],
  },
  {
    words: 'Directory',
    ofTenant: true,
    entries: [
      { page: 'users', words: 'Users', also: ['user'] },
      { page: 'groups', words: 'Groups', also: ['group'] },
      { page: 'stale', words: 'Stale' },
      { page: 'reconcile', words: 'Reconcile' },
    ],
  },
  {
    words: 'Connect',
    ofTenant: true,
    entries: [
      { page: 'setup', words: 'Set-up' },
      { page: 'tokens', words: 'Tokens' },
    ],
  },
  {
    words: 'Rehearse',
    entries: [
      { page: 'faults', words: 'Faults' },
      { page: 'clock', words: 'Clock' },
      { page: 'snapshots', words: 'Snapshots' },
    ],
  },
  {
    words: 'Server',
    entries: [
      { page: 'tenants', words: 'Tenants', also: ['tenant'] },
      { page: 'settings', words: 'Settings' },
    ],
  },
]

export const Navigation = () => (
  <nav id="navigation" class={menuOpen.value ? 'open' : ''} aria-label="Pages">
    {groups.map(group => (
      <section key={group.words} aria-label={group.words}>
        <h2>{group.words}</h2>
        {group.words === 'Directory' && <TenantChoice />}
        <ul>
          {group.entries.map(entry => (
            <li key={entry.page}>
              <Link {...entry} />
            </li>
          ))}
          {group.words === 'Server' && (
            <li>
              <a href="/api/docs">API</a>
            </li>
          )}
        </ul>
      </section>
    ))}
  </nav>
)

function Link({ page, words, also = [] }: Entry) {
  const shown = place.value?.page
  const current = shown !== undefined && [page, ...also].includes(shown)
  const tenant = currentTenant.value
  const href = pathTo(page, tenant === undefined ? {} : { tenant })
  return (
    <a href={href} aria-current={current ? 'page' : undefined}>
      {words}
    </a>
  )
}

/** Goes to the same page of another tenant. */
function TenantChoice() {
  const all = tenants.value ?? []
  if (all.length < 2) return null
  const choose = (tenant: string) => {
    const shown = place.value
    const stays = shown?.params.tenant !== undefined && shown.page !== 'user' && shown.page !== 'group'
    go(pathTo(stays ? shown.page : 'users', { tenant }))
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
