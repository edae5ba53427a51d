import { useEffect } from 'preact/hooks'
import { countDefects, describeAccess } from '../../../domain/access-review.ts'
import { escapeHidden } from '../../../domain/client-text.ts'
import type { AccessSummary } from '../../../domain/contract/access.ts'
import { Collection, type Column, loadedRows } from '../../components/collection.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { ViewedPage } from '../../components/layout.tsx'
import { QuerySelect, viewIn } from '../../components/views.tsx'
import { pageTitle } from '../../frame/page-title.ts'
import { useLoad, usePages } from '../../load.ts'
import { type PageProps, pathTo, query, setQuery } from '../../router.ts'
import { useHistory, useLast } from '../directory/moment.tsx'
import { type AccessFilter, accessColumns, entryKey, fileOf } from './access-table.tsx'
import { Changes } from './changes.tsx'

type Props = { readonly tenant: string; readonly at: string | undefined }

export function AccessPage({ tenant = '' }: PageProps) {
  const { at, button, slider } = useHistory(tenant)
  const loaded = useLoad('GET /tenants/:tenant/access/summary', { params: { tenant }, query: { at } })
  const summary = loaded.value.value
  const problem = loaded.problem.value
  const views = {
    'should-not': { label: 'Should not', count: summary && countDefects(summary), isBad: true },
    matrix: {
      label: 'Matrix',
      count: summary && `${summary.accounts.length} × ${summary.permissionSets.length}`,
    },
    everyone: { label: 'Everyone', count: summary?.total },
    changes: { label: 'Changes' },
  }
  const view = viewIn(views)
  const last = useLast(loaded)
  const props = { tenant, at, summary: last, reload: loaded.reload }
  const wrong = last ? countDefects(last) : 0
  useEffect(() => {
    if (wrong > 0) pageTitle.value = `${wrong} should not be there · ${escapeHidden(tenant)}`
  }, [wrong, tenant])
  return (
    <ViewedPage title="Access" views={views} actions={button}>
      {slider}
      {problem && <ProblemBox problem={problem} />}
      {view === 'should-not' && last && <Verdict summary={last} />}
      {view === 'matrix' && <Matrix {...props} />}
      {view === 'changes' && <Changes tenant={tenant} at={at} />}
      {(view === 'should-not' || view === 'everyone') && (
        <List
          key={view}
          isReview={view === 'should-not'}
          isReady={last !== undefined || problem !== undefined}
          {...props}
        />
      )}
    </ViewedPage>
  )
}

function Verdict({ summary }: { readonly summary: AccessSummary }) {
  const { verdict, reasons } = describeAccess(summary)
  return (
    <p class="access-verdict">
      {reasons ? <b class="bad">{verdict}</b> : verdict} {reasons}
    </p>
  )
}

type ListProps = Props & {
  readonly summary: AccessSummary | undefined
  readonly reload: () => void
}

type ReviewProps = ListProps & { readonly isReview: boolean; readonly isReady: boolean }

function List({ tenant, at, summary, reload, isReview, isReady }: ReviewProps) {
  const value = (name: string) => query.value.get(name) || undefined
  const filter = {
    user: value('user'),
    group: value('group'),
    account: value('account'),
    permissionSet: value('permissionSet'),
  }
  const isFiltered = Object.values(filter).some(each => each !== undefined)
  const asked: AccessFilter = { ...filter, at, ...(isReview && { shouldNot: 'any' }) }
  const pages = usePages('GET /tenants/:tenant/access', { params: { tenant }, query: asked })
  // The sentence above the rows would move them.
  if (isReview && !isReady) return <Loading />
  const total = summary && (isReview ? countDefects(summary) : summary.total)
  const isEmpty = summary?.total === 0
  return (
    <Collection
      noun={['assignment', 'assignments']}
      rows={pages}
      columns={accessColumns(tenant, at)}
      keyOf={entryKey}
      live={at === undefined ? tenant : undefined}
      onReload={reload}
      total={isFiltered ? undefined : total}
      tools={
        (isFiltered || !(isReview || isEmpty)) && (
          <Filters summary={summary} filter={filter} isFiltered={isFiltered} />
        )
      }
      file={fileOf(isReview ? 'should-not' : 'access', tenant, at)}
      empty={isFiltered ? 'Nothing matches.' : isEmpty && unassigned}
    />
  )
}

const unassigned = (
  <>
    Assign accounts to users and groups with <code>aws sso-admin create-account-assignment</code>.
  </>
)

type FilterProps = {
  readonly summary: AccessSummary | undefined
  readonly filter: AccessFilter
  readonly isFiltered: boolean
}

const Filters = ({ summary, filter, isFiltered }: FilterProps) => (
  <search class="access-filters">
    <Name name="user" label="User" value={filter.user} />
    <Name name="group" label="Group" value={filter.group} />
    <Choice
      name="account"
      label="Account"
      value={filter.account}
      options={summary?.accounts.map(({ account: id, name = id }) => [id, name])}
    />
    <Choice
      name="permissionSet"
      label="Permission set"
      value={filter.permissionSet}
      options={summary?.permissionSets.map(({ id, name }) => [id, name])}
    />
    {isFiltered && (
      <button
        type="button"
        class="link"
        onClick={() =>
          setQuery({ user: undefined, group: undefined, account: undefined, permissionSet: undefined })
        }
      >
        Clear
      </button>
    )}
  </search>
)

type FieldProps = { readonly name: string; readonly label: string; readonly value: string | undefined }

const Name = ({ name, label, value }: FieldProps) => (
  <input
    type="search"
    class="filter-field"
    aria-label={label}
    placeholder={`${label}: name or ID`}
    key={value}
    defaultValue={value ?? ''}
    onChange={event => setQuery({ [name]: event.currentTarget.value.trim() })}
    spellcheck={false}
  />
)

/** A value of the address that is no option any more stays one. */
const Choice = ({
  name,
  label,
  value = '',
  options = [],
}: FieldProps & { readonly options: readonly (readonly [value: string, label: string])[] | undefined }) => (
  <QuerySelect
    name={name}
    label={label}
    value={value}
    options={{ '': `${label}: any`, ...(value && { [value]: value }), ...Object.fromEntries(options) }}
  />
)

type Account = AccessSummary['accounts'][number]

/** People per account and permission set; in red those of them who should not have the access. */
function Matrix({ tenant, at, summary, reload }: ListProps) {
  if (!summary) return <Loading />
  const { accounts, permissionSets, cells } = summary
  const byKey = new Map(cells.map(cell => [`${cell.account} ${cell.permissionSet}`, cell]))
  const listOf = (view: string | undefined, account: string, permissionSet?: string) =>
    pathTo('access', { tenant }, { view, account, permissionSet, at })
  const setColumn = ({ id, name }: AccessSummary['permissionSets'][number]): Column<Account> => ({
    name,
    kind: 'number',
    always: true,
    text: ({ account }) => {
      const { people, defects } = byKey.get(`${account} ${id}`) ?? { defects: 0 }
      return defects === 0 ? people : `${defects} of ${people}`
    },
    of: ({ account }) => {
      const { people, defects } = byKey.get(`${account} ${id}`) ?? { defects: 0 }
      return (
        <>
          {defects > 0 && (
            <>
              <a class="status-bad" href={listOf(undefined, account, id)}>
                {defects.toLocaleString('en')}
                <span class="visually-hidden"> should not</span>
              </a>
              {' of '}
            </>
          )}
          {people === undefined ? (
            <span class="muted">·</span>
          ) : (
            <a href={listOf('everyone', account, id)}>{people.toLocaleString('en')}</a>
          )}
        </>
      )
    },
  })
  return (
    <Collection
      noun={['account', 'accounts']}
      rows={loadedRows(accounts)}
      columns={[
        {
          name: 'Account',
          kind: 'name',
          text: ({ account, name }) => (name === undefined ? account : `${name} (${account})`),
        },
        ...permissionSets.map(setColumn),
        {
          name: 'People',
          kind: 'number',
          always: true,
          text: ({ people }) => people,
          to: ({ account }) => listOf('everyone', account),
        },
      ]}
      keyOf={({ account }) => account}
      live={at === undefined ? tenant : undefined}
      onReload={reload}
      scrolls
      file={fileOf('matrix', tenant, at)}
      empty={unassigned}
    />
  )
}
