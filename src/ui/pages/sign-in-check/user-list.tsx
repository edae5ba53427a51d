import { useEffect, useRef } from 'preact/hooks'
import type { SignInVerdict, UserSignIn } from '../../../domain/contract/sign-in-check.ts'
import { Empty } from '../../components/feedback.tsx'
import { type Column, PagedTable } from '../../components/table.tsx'
import { ClientText } from '../../components/text.tsx'
import { usePages } from '../../load.ts'
import { pathTo, query, setQuery } from '../../router.ts'
import { StatusBadge } from '../directory/identity-facts.tsx'
import { Issues, VerdictBadge, verdictLabels } from './verdict.tsx'

/** Fewer rows than a screen has: the next page is loaded at once. */
const fewRows = 20

export function UserList({ tenant }: { readonly tenant: string }) {
  // An invalid verdict in the address is left to the API to report.
  const verdict = (query.value.get('verdict') || undefined) as SignInVerdict | undefined
  const text = query.value.get('text') || undefined
  const pages = usePages('GET /tenants/:tenant/sign-in', { params: { tenant }, query: { verdict, text } })
  const isSearching = pages.hasMore.value && pages.items.value.length < fewRows
  // Pages of a verdict may be empty although more follow.
  useEffect(() => {
    if (isSearching && !pages.loading.value && !pages.problem.value) pages.loadMore()
  })
  return (
    <>
      <Filters />
      <PagedTable
        pages={pages}
        caption="Users and sign-in"
        columns={columnsOf(tenant)}
        keyOf={({ id }) => id}
        empty={
          isSearching ? <p class="muted loading">Reading users…</p> : <Empty title="No matching users." />
        }
      />
    </>
  )
}

const columnsOf = (tenant: string): readonly Column<UserSignIn>[] => [
  {
    name: 'User',
    of: ({ id, name, display }) => (
      <>
        <a href={pathTo('user', { tenant, id })}>
          <ClientText text={name} />
        </a>
        {display !== name && (
          <div class="muted">
            <ClientText text={display} />
          </div>
        )}
      </>
    ),
  },
  { name: 'Sign-in', of: ({ verdict }) => <VerdictBadge verdict={verdict} /> },
  { name: 'Status', of: ({ status }) => <StatusBadge status={status} />, wide: true },
  { name: 'Reasons', of: ({ issues }) => <Issues issues={issues} /> },
]

const typingDelay = 250

function Filters() {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const search = (text: string) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setQuery({ text }), typingDelay)
  }
  return (
    <search>
      <form class="inline" onSubmit={event => event.preventDefault()}>
        <div class="field">
          <label for="name">Name</label>
          <input
            id="name"
            type="search"
            defaultValue={query.value.get('text') ?? ''}
            onInput={event => search(event.currentTarget.value)}
            spellcheck={false}
          />
        </div>
        <div class="field narrow">
          <label for="verdict">Sign-in</label>
          <select
            id="verdict"
            value={query.value.get('verdict') ?? ''}
            onChange={event => setQuery({ verdict: event.currentTarget.value })}
          >
            <option value="">any</option>
            {Object.entries(verdictLabels).map(([verdict, label]) => (
              <option key={verdict} value={verdict}>
                {label}
              </option>
            ))}
          </select>
        </div>
      </form>
    </search>
  )
}
