import { useEffect } from 'preact/hooks'
import { countDefects, describeAccess } from '../../../domain/access-review.ts'
import { escapeHidden } from '../../../domain/client-text.ts'
import type { AccessSummary } from '../../../domain/contract/access.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { Collection, type Column, saveCsv } from '../../components/collection.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { ViewedPage } from '../../components/layout.tsx'
import { ClientText } from '../../components/text.tsx'
import { QuerySelect, viewIn } from '../../components/views.tsx'
import { pageTitle } from '../../frame/page-title.ts'
import { useLoad, useNewer, usePages } from '../../load.ts'
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
  const newer = useNewer(tenant, () => {
    reload()
    pages.reload()
  })
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
      newer={at === undefined ? newer : undefined}
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

type Cell = AccessSummary['cells'][number] & { readonly name: string | undefined; readonly set: string }

const cellColumns: readonly Column<Cell>[] = [
  { name: 'Account', text: ({ account }) => account },
  { name: 'Name', text: ({ name }) => name },
  { name: 'Permission set', text: ({ set }) => set },
  { name: 'People', text: ({ people }) => people },
  { name: 'Should not', text: ({ defects }) => defects },
]

/** A row per account and permission set, which a spreadsheet can pivot. */
function saveMatrix(file: string, { accounts, permissionSets, cells }: AccessSummary): Promise<void> {
  const names = new Map(accounts.map(({ account, name }) => [account, name]))
  const sets = new Map(permissionSets.map(({ id, name }) => [id, name]))
  const rows = cells.map(cell => ({
    ...cell,
    name: names.get(cell.account),
    set: sets.get(cell.permissionSet) ?? cell.permissionSet,
  }))
  return saveCsv(file, cellColumns, rows)
}

function Matrix({ tenant, at, summary, reload }: ListProps) {
  const newer = useNewer(tenant, reload)
  if (!summary) return <Loading />
  if (summary.total === 0) return <p class="muted">{unassigned}</p>
  const { accounts, permissionSets, cells } = summary
  const byKey = new Map(cells.map(cell => [`${cell.account} ${cell.permissionSet}`, cell]))
  const listOf = (view: string | undefined, account: string, permissionSet?: string) =>
    pathTo('access', { tenant }, { view, account, permissionSet, at })
  return (
    <>
      <p class="muted matrix-note">
        People per account and permission set.{' '}
        {countDefects(summary) > 0 && (
          <>
            <b class="bad">Red</b>: of these, should not.
          </>
        )}
        {at === undefined && newer.count > 0 && (
          <button type="button" class="fresh" onClick={newer.show}>
            Newer changes. Show
          </button>
        )}
        <ActionButton tone="plain" onAction={() => saveMatrix(fileOf('matrix', tenant, at), summary)}>
          CSV
        </ActionButton>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by the keyboard */}
      <section class="matrix" tabIndex={0} aria-label="Matrix">
        <table>
          <thead>
            <tr>
              <th scope="col">Account</th>
              {permissionSets.map(({ id, name }) => (
                <th key={id} scope="col">
                  <ClientText text={name} />
                </th>
              ))}
              <th scope="col">People</th>
            </tr>
          </thead>
          <tbody>
            {accounts.map(({ account, name, people }) => (
              <tr key={account}>
                <th scope="row" title={account}>
                  {name === undefined ? account : <ClientText text={name} />}
                </th>
                {permissionSets.map(({ id }) => {
                  const cell = byKey.get(`${account} ${id}`)
                  return (
                    <td key={id}>
                      {!cell && <span class="muted">·</span>}
                      {cell && cell.defects > 0 && (
                        <>
                          <a class="bad" href={listOf(undefined, account, id)}>
                            {cell.defects.toLocaleString('en')}
                            <span class="visually-hidden"> should not</span>
                          </a>
                          {' of '}
                        </>
                      )}
                      {cell && (
                        <a href={listOf('everyone', account, id)}>{cell.people.toLocaleString('en')}</a>
                      )}
                    </td>
                  )
                })}
                <td>
                  <a href={listOf('everyone', account)}>{people.toLocaleString('en')}</a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}
