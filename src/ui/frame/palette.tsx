import { signal, useSignal } from '@preact/signals'
import { useEffect, useId } from 'preact/hooks'
import { escapeHidden } from '../../domain/client-text.ts'
import type { Exchange } from '../../domain/contract/exchanges.ts'
import type { Identity } from '../../domain/contract/identities.ts'
import type { PageName } from '../../domain/contract/page-addresses.ts'
import { call } from '../api.ts'
import { isAllowed, isAvailable } from '../caller.ts'
import { Dialog } from '../components/dialog.tsx'
import { DocsLink } from '../components/documentation.tsx'
import { formatCount, formatDateTime } from '../format.ts'
import { navigate, pathTo } from '../router.ts'
import { currentTenant, faults, sessionOf, tenants } from '../state.ts'
import { canNotify, notifies, setNotifies } from './attention.ts'
import { addressOf, entryGroups } from './navigation.tsx'
import { announce, announceError } from './notice.tsx'
import { copyLink, openShare, saveSession } from './share.tsx'
import { setTheme, theme, themes } from './theme.tsx'

export const KeyboardDialogs = () => {
  switch (opened.value) {
    case 'palette':
      return <Palette />
    case 'shortcuts':
      return <ShortcutSheet />
    case undefined:
      return null
  }
}

export const PaletteButton = () => (
  <button
    type="button"
    class="palette-button"
    aria-keyshortcuts="Control+K"
    onClick={() => {
      opened.value = 'palette'
    }}
  >
    <span>Find or do</span> <kbd>Ctrl K</kbd>
  </button>
)

const typingDelay = 150

function Palette() {
  const list = useId()
  const text = useSignal('')
  const objects = useSignal<readonly Result[]>([])
  const chosen = useSignal('')
  const pages = findPages(text.value)
  const isFirst = ({ name }: Result) => name.toLowerCase().startsWith(text.value.toLowerCase())
  // What begins with the text comes first. Objects arrive later: they are put behind the pages, so that no row moves.
  const results = [...pages.filter(isFirst), ...pages.filter(page => !isFirst(page)), ...objects.value]
  const selected = Math.max(
    0,
    results.findIndex(result => keyOf(result) === chosen.value),
  )

  useEffect(() => {
    const controller = new AbortController()
    const timer = setTimeout(() => {
      findObjects(text.value, controller.signal).then(
        found => {
          if (!controller.signal.aborted) objects.value = found
        },
        // The pages are still found.
        () => {},
      )
    }, typingDelay)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [text.value])

  const idOf = (at: number) => `${list}-${at}`
  const select = (at: number) => {
    const next = (at + results.length) % Math.max(1, results.length)
    const result = results[next]
    if (result) chosen.value = keyOf(result)
    document.getElementById(idOf(next))?.scrollIntoView({ block: 'nearest' })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') select(selected + 1)
    else if (event.key === 'ArrowUp') select(selected - 1)
    else if (event.key === 'Enter') choose(results[selected])
    else return
    event.preventDefault()
  }
  return (
    <Dialog title="Find" onClose={close}>
      <input
        // A field of the type "search" needs Escape twice, once to clear it.
        type="text"
        list={undefined}
        // biome-ignore lint/a11y/noRedundantRoles: the field has no datalist, which would imply the role
        role="combobox"
        class="palette-field"
        aria-label="User, group, request, page or action"
        placeholder="User, group, request, page or action"
        aria-expanded="true"
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={results.length > 0 ? idOf(selected) : undefined}
        autocomplete="off"
        spellcheck={false}
        autofocus
        onInput={event => {
          text.value = event.currentTarget.value.trim()
          chosen.value = ''
        }}
        onKeyDown={onKeyDown}
      />
      <div id={list} role="listbox" aria-label="Results" class="palette-results">
        {results.map((result, at) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the selected option
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          <div
            key={keyOf(result)}
            id={idOf(at)}
            role="option"
            aria-selected={at === selected}
            onClick={() => choose(result)}
          >
            <span class="muted">{result.kind}</span> <bdi>{escapeHidden(result.name)}</bdi>{' '}
            {result.detail !== undefined && <span class="muted">{escapeHidden(result.detail)}</span>}
          </div>
        ))}
      </div>
      <p class="visually-hidden" role="status">
        {formatCount(results.length, 'result')}
      </p>
    </Dialog>
  )
}

function choose(result: Result | undefined): void {
  if (!result) return
  close()
  if (typeof result.target === 'string') navigate(result.target)
  else
    Promise.resolve(result.target()).catch((error: unknown) =>
      announceError(error instanceof Error ? error.message : String(error)),
    )
}

type Result = {
  readonly kind: 'User' | 'Group' | 'Request' | 'Page' | 'Tenant' | 'Action'
  readonly name: string
  readonly detail?: string
  readonly target: string | (() => unknown)
}

const keyOf = ({ kind, name, detail, target }: Result): string =>
  [kind, name, detail, typeof target === 'string' && target].join(' ')

const includes = (name: string, text: string): boolean => name.toLowerCase().includes(text.toLowerCase())

/** Views that people look for by a name of their own. */
const pageViews: readonly (readonly [name: string, page: PageName, view?: string])[] = [
  ['Cycles', 'activity', 'cycles'],
  ['Console changes (audit)', 'activity', 'changes'],
  ['Check an export (Pre-flight, rehearsal)', 'findings', 'check'],
  ['Unused or dangling users and groups', 'users', 'unused'],
  ['Can’t sign in', 'users', 'sign-in'],
  ['Compare with Entra (reconcile)', 'users', 'compare'],
  ['Credentials (tokens, access keys, clients)', 'connect', 'credentials'],
  ['Faults', 'lab'],
  ['Clock', 'lab'],
  ['Snapshots', 'lab'],
  ['Tenants', 'server'],
  ['Settings', 'server', 'settings'],
  ['Console access', 'server', 'access'],
  ['API', 'server', 'api'],
  ['Mute a finding', 'findings'],
]

function findPages(text: string): readonly Result[] {
  const pages = entryGroups
    .flat()
    .map(({ page, label }): Result => ({ kind: 'Page', name: label, target: addressOf(page) }))
  const views = pageViews.map(
    ([name, page, view]): Result => ({ kind: 'Page', name, target: addressOf(page, view) }),
  )
  const others = (tenants.value ?? []).map(
    ({ id }): Result => ({ kind: 'Tenant', name: id, target: pathTo('overview', {}, { tenant: id }) }),
  )
  return [...pages, ...views, ...actions(text), ...(others.length > 1 ? others : [])].filter(({ name }) =>
    includes(name, text),
  )
}

function actions(text: string): readonly Result[] {
  const tenant = currentTenant.value
  const named: Readonly<Record<string, Result['target']>> = {
    'Show keyboard shortcuts': showShortcuts,
    'Copy link to this page': copyLink,
    ...(tenant !== undefined && { 'Export what this page shows as a file': saveSession }),
    ...(tenant !== undefined && isAvailable('write', sessionOf(tenant) !== undefined) && clockMoves(tenant)),
    ...(faults.value.length > 0 &&
      isAllowed('write') && { 'Disarm all faults': () => call('DELETE /faults') }),
    ...Object.fromEntries(
      themes.filter(one => one !== theme.value).map(one => [`Use the ${one} theme`, () => setTheme(one)]),
    ),
    ...(text !== '' && { [`Search requests for ${text}`]: pathTo('activity', {}, { q: text }) }),
  }
  return Object.entries(named).map(([name, target]) => ({ kind: 'Action', name, target }))
}

const clockMoves = (tenant: string): Readonly<Record<string, Result['target']>> =>
  Object.fromEntries(
    Object.entries({ '40 min': '40m', '1 day': '1d' }).map(([label, advance]) => [
      `Advance the clock by ${label}`,
      async () => {
        await call('PUT /tenants/:tenant/clock', { params: { tenant }, body: { advance } })
        announce(`Clock of ${escapeHidden(tenant)} advanced by ${label}.`)
      },
    ]),
  )

const limit = 5

async function findObjects(text: string, signal: AbortSignal): Promise<readonly Result[]> {
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

type Open = 'palette' | 'shortcuts' | undefined

const opened = signal<Open>(undefined)

export const showShortcuts = (): void => {
  opened.value = 'shortcuts'
}

const close = (): void => {
  opened.value = undefined
}

const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null

function openView(step: 1 | -1): void {
  const views = [...document.querySelectorAll<HTMLAnchorElement>('nav.views a')]
  const next = views[views.findIndex(view => view.ariaCurrent === 'page') + step]
  next?.click()
  next?.focus()
}

/** Keys of every page, outside of fields and dialogs. */
const keys: Readonly<Record<string, () => void>> = {
  '?': showShortcuts,
  '/': () => document.querySelector<HTMLElement>('main input[type=search]')?.focus(),
  '[': () => openView(-1),
  ']': () => openView(1),
  s: openShare,
}

document.addEventListener('keydown', event => {
  if (event.defaultPrevented || event.altKey) return
  const isCommand = event.ctrlKey || event.metaKey
  if (event.key.toLowerCase() === 'k' && isCommand) {
    event.preventDefault()
    if (opened.value === 'palette') close()
    else if (!document.querySelector('dialog[open]')) opened.value = 'palette'
    return
  }
  const act = isCommand || isTyping(event) ? undefined : keys[event.key]
  if (!act || document.querySelector('dialog[open]')) return
  event.preventDefault()
  act()
})

const shortcuts: readonly (readonly [keys: readonly string[], effect: string])[] = [
  [['Ctrl', 'K'], 'Find or do: a user, group, request, page or action (⌘ K on a Mac)'],
  [['/'], 'Filter the list'],
  [['j', 'k'], 'The next and the previous row; on the page of a request, the older and the newer one'],
  [['↑', '↓'], 'The next and the previous row or result'],
  [['Home', 'End'], 'The first and the last row'],
  [['Enter'], 'Open the row or result'],
  [['Esc'], 'Back to the list; close a dialog or a menu'],
  [['[', ']'], 'The previous and the next tab'],
  [['←', '→'], 'Cycle by cycle on the overview'],
  [['x'], 'Open or close a group of requests'],
  [['s'], 'Share'],
  [['?'], 'Show this list'],
]

const ShortcutSheet = () => (
  <Dialog title="Keyboard shortcuts" onClose={close}>
    <dl class="shortcuts">
      {shortcuts.map(([keys, effect]) => (
        <div key={effect}>
          <dt>
            {keys.map(key => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{effect}</dd>
        </div>
      ))}
    </dl>
    <h3>In the background</h3>
    <p>
      The title of the tab counts requests that were refused with status 400 or above, such as{' '}
      <b>(3) Activity</b>, until you return. Of several tabs in the background, one counts.
    </p>
    {canNotify && (
      <label>
        <input
          type="checkbox"
          checked={notifies.value}
          onChange={({ currentTarget }) => void setNotifies(currentTarget.checked)}
        />{' '}
        Notify me of them, without a sound
      </label>
    )}
    <p>
      <DocsLink page="console">About the console</DocsLink>
    </p>
  </Dialog>
)
