import { effect, signal } from '@preact/signals'
import { createRef } from 'preact'
import { escapeHidden } from '../../domain/client-text.ts'
import type { PageName } from '../../domain/contract/page-addresses.ts'
import { Options } from '../components/text.tsx'
import { formatCount } from '../format.ts'
import { navigate, pathTo, query, route, setQuery } from '../router.ts'
import {
  allTenants,
  currentTenant,
  faults,
  findingsToFix,
  pageTenant,
  showTenant,
  tenants,
} from '../state.ts'
import { unwantedAccess } from './access-count.ts'

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

/** Groups without headings: what happens, the directory, what one sets up, the server. */
export const entryGroups: readonly (readonly Entry[])[] = [
  [
    { page: 'overview', label: 'Overview' },
    { page: 'activity', label: 'Activity', subpages: ['exchange', 'cycle'] },
    { page: 'findings', label: 'Findings' },
  ],
  [
    { page: 'users', label: 'Users', subpages: ['user'] },
    { page: 'groups', label: 'Groups', subpages: ['group'] },
    { page: 'access', label: 'Access' },
  ],
  [
    { page: 'connect', label: 'Connect' },
    { page: 'lab', label: 'Lab' },
  ],
  [{ page: 'server', label: 'Server', subpages: ['tenant'] }],
]

/** A phone shows the first four at its lower edge, and the others above them. */
const onPhone = 4

export const Navigation = () => {
  let position = 0
  return (
    <nav id="navigation" class={menuOpen.value ? 'pages open' : 'pages'} aria-label="Pages">
      <ul>
        {entryGroups.map(entries =>
          entries.map((entry, at) => (
            <li
              key={entry.page}
              class={[at === 0 && position > 0 && 'gap', position++ >= onPhone && 'more-page']
                .filter(Boolean)
                .join(' ')}
            >
              <Link {...entry} />
            </li>
          )),
        )}
        <li class="rest">
          <button
            ref={menuButton}
            type="button"
            aria-expanded={menuOpen.value}
            aria-controls="navigation"
            onClick={() => {
              menuOpen.value = !menuOpen.value
            }}
          >
            More
          </button>
        </li>
      </ul>
    </nav>
  )
}

function Link({ page, label, subpages = [] }: Entry) {
  const currentPage = route.value?.page
  const isCurrent = currentPage !== undefined && [page, ...subpages].includes(currentPage)
  return (
    <a href={addressOf(page)} aria-current={isCurrent ? 'page' : undefined}>
      {label}
      {page === 'lab' && faults.value.length > 0 && (
        <small class="warn">{formatCount(faults.value.length, 'fault')}</small>
      )}
      {page === 'findings' && findingsToFix.value > 0 && (
        <small>{findingsToFix.value.toLocaleString('en')}</small>
      )}
      {page === 'access' && unwantedAccess.value > 0 && (
        <small class="bad">
          {unwantedAccess.value.toLocaleString('en')}
          <span class="visually-hidden"> should not be there</span>
        </small>
      )}
    </a>
  )
}

/** The address of a page for the present tenant. */
export function addressOf(page: PageName, view?: string): string {
  const tenant = currentTenant.value
  const isShared = sharedPages.includes(page) && (tenants.value ?? []).length > 1
  const shown = isShared ? { tenant: pageTenant.value ?? allTenants } : {}
  return pathTo(page, tenant === undefined ? {} : { tenant }, { ...shown, view })
}

/** A choice of the menu, for this browser. */
export const MenuChoice = <Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string
  readonly value: Value
  readonly options: Readonly<Record<Value, string>>
  readonly onChange: (value: Value) => void
}) => (
  <label class="menu-choice">
    <span>{label}</span>
    <select value={value} onChange={event => onChange(event.currentTarget.value as Value)}>
      <Options of={options} />
    </select>
  </label>
)

const sharedPages: readonly PageName[] = ['activity', 'findings', 'lab']

export function TenantSwitch() {
  const all = tenants.value ?? []
  if (all.length < 2) return null
  const page = route.value?.page
  const shown = page && isOfOneTenant(page) ? currentTenant.value : (pageTenant.value ?? allTenants)
  return (
    <label class="tenant-switch">
      <span class="visually-hidden">Tenant</span>
      <select
        value={shown}
        title={shown === allTenants ? undefined : shown}
        onChange={event => choose(event.currentTarget.value)}
      >
        <option value={allTenants}>All tenants</option>
        {all.map(({ id, name }) => (
          <option key={id} value={id}>
            {name === undefined ? id : `${escapeHidden(name)} · ${id}`}
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
