import { signal, useSignal } from '@preact/signals'
import { useEffect, useId } from 'preact/hooks'
import { escapeHidden } from '../../domain/client-text.ts'
import type { Exchange } from '../../domain/contract/exchanges.ts'
import type { Identity } from '../../domain/contract/identities.ts'
import type { PageName } from '../../domain/contract/page-addresses.ts'
import { call } from '../api.ts'
import { isAllowed } from '../caller.ts'
import { Dialog } from '../components/dialog.tsx'
import { formatCount, formatDateTime } from '../format.ts'
import { navigate, pathTo } from '../router.ts'
import { currentTenant, faults, tenants } from '../state.ts'
import { canNotify, notifies, setNotifies } from './attention.ts'
import { addressOf, entryGroups } from './navigation.tsx'
import { announceError } from './notice.tsx'

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
  const selected = useSignal(0)
  const pages = findPages(text.value)
  const isFirst = ({ name }: Result) => name.toLowerCase().startsWith(text.value.toLowerCase())
  // What begins with the text comes first. Objects arrive later: they are put behind the pages, so that no row moves.
  const results = [...pages.filter(isFirst), ...pages.filter(page => !isFirst(page)), ...objects.value]

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
    selected.value = (at + results.length) % Math.max(1, results.length)
    document.getElementById(idOf(selected.value))?.scrollIntoView({ block: 'nearest' })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') select(selected.value + 1)
    else if (event.key === 'ArrowUp') select(selected.value - 1)
    else if (event.key === 'Enter') choose(results[selected.value])
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
        aria-activedescendant={results.length > 0 ? idOf(selected.value) : undefined}
        autocomplete="off"
        spellcheck={false}
        autofocus
        onInput={event => {
          text.value = event.currentTarget.value.trim()
          selected.value = 0
        }}
        onKeyDown={onKeyDown}
      />
      <div id={list} role="listbox" aria-label="Results" class="palette-results">
        {results.map((result, at) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the selected option
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          <div
            key={idOf(at)}
            id={idOf(at)}
            role="option"
            aria-selected={at === selected.value}
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

const actions = (text: string): readonly Result[] => [
  {
    kind: 'Action',
    name: 'Show keyboard shortcuts',
    target: showShortcuts,
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

document.addEventListener('keydown', event => {
  if (event.defaultPrevented || event.altKey) return
  if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault()
    if (opened.value === 'palette') close()
    else if (!document.querySelector('dialog[open]')) opened.value = 'palette'
  } else if (event.key === '?' && !isTyping(event) && !document.querySelector('dialog[open]')) {
    event.preventDefault()
    opened.value = 'shortcuts'
  }
})

const shortcuts: readonly (readonly [keys: readonly string[], effect: string])[] = [
  [['Ctrl', 'K'], 'Find a user, group, request, page or action (⌘ K on a Mac)'],
  [['?'], 'Show this list'],
  [['↑', '↓'], 'Move in the list of requests and in search results'],
  [['Enter'], 'Open the selected row or result'],
  [['Esc'], 'Close a dialog or a menu'],
  [['j'], 'The next, older request of the list, on the page of a request'],
  [['k'], 'The previous, newer request of the list'],
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
  </Dialog>
)
