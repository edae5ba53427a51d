import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { csvMediaType, csvRow, escapeHidden } from '../../domain/client-text.ts'
import type { Need } from '../../domain/contract/operation.ts'
import type { ApiProblem } from '../api.ts'
import { isAvailable } from '../caller.ts'
import { formatCount } from '../format.ts'
import { useNewer } from '../load.ts'
import { query, setQuery } from '../router.ts'
import { ActionButton } from './buttons.tsx'
import { Dropdown, saveFile } from './dropdown.tsx'
import { Loading, ProblemBox } from './feedback.tsx'
import { SearchInput } from './field.tsx'
import { type AnyForm, useForms } from './form.tsx'
import { ActionButtons, type Actions, Cell, type Column } from './row.tsx'
import { useRowKeys } from './row-keys.ts'

export type { Column } from './row.tsx'

/** A button that opens a dialog has the label with an ellipsis, here and wherever one asks before it acts. */
export type Create = {
  readonly label: string
  readonly form: () => AnyForm
  readonly need?: Need
  readonly primary?: true
  /** Why no more can be created. */
  readonly full?: string | false | undefined
}

type Rows<Item> = {
  readonly items: { readonly value: readonly Item[] }
  readonly problem: { readonly value: ApiProblem | undefined }
  readonly loading: { readonly value: boolean }
  readonly reload: () => void
  readonly hasMore?: { readonly value: boolean }
  readonly loadMore?: () => void
  readonly all?: () => Promise<readonly Item[]>
}

/** The rows of a list that is there as a whole; undefined while it is loaded. */
export const loadedRows = <Item,>(items: readonly Item[] | undefined): Rows<Item> => ({
  items: { value: items ?? [] },
  problem: { value: undefined },
  loading: { value: items === undefined },
  reload: () => {},
})

type CollectionProps<Item> = {
  /** What the items are: "user", "users". */
  readonly noun: readonly [one: string, many: string]
  /** The heading of a list that is a part of its page. */
  readonly title?: string
  readonly rows: Rows<Item>
  readonly columns: readonly Column<Item>[]
  readonly keyOf: (item: Item) => string
  /** How many there are in all, if it is known. */
  readonly total?: number | undefined
  readonly empty: ComponentChildren
  readonly create?: Create | undefined
  readonly actions?: Actions<Item>
  /** The query parameter that the filter sets, and what may be entered. */
  readonly filter?: { readonly name: string; readonly hint: string } | undefined
  /** The tenant whose changes by clients are offered: rows don't move under the pointer. */
  readonly live?: string | undefined
  /** Besides the rows. */
  readonly onReload?: () => void
  /** The columns are too many for a phone: the table scrolls sideways. */
  readonly scrolls?: true
  /** Without a name, the list has no CSV and no choice of columns. */
  readonly file?: string
  readonly tools?: ComponentChildren
}

const sortParameter = 'sort'
const columnsParameter = 'columns'

/** The order of the address: `sort=-Modified` is descending. The first column with an order is the default of the API. */
export function sortIn<Item>(columns: readonly Column<Item>[]) {
  const text = query.value.get(sortParameter) ?? ''
  const isDescending = text.startsWith('-')
  const name = isDescending ? text.slice(1) : text
  return { column: columns.find(each => each.name === name), isDescending }
}

/** The value of the API's parameter `sort`; undefined for its default. */
export function apiSort<Item>(columns: readonly Column<Item>[]): string | undefined {
  const { column, isDescending } = sortIn(columns)
  return column?.order && (isDescending ? `-${column.order}` : column.order)
}

/** The one table of the console. Its order, columns and filter are in the address, so that Back, reload and a link restore it. */
export function Collection<Item>(props: CollectionProps<Item>) {
  const {
    noun,
    title,
    rows,
    columns,
    keyOf,
    total,
    empty,
    create,
    actions,
    filter,
    live,
    onReload,
    scrolls,
    file,
    tools,
  } = props
  const newer = useNewer(live, () => {
    rows.reload()
    onReload?.()
  })
  const { open, dialog } = useForms(rows.reload)
  const id = useId()
  const available = columns.filter(({ need = 'none' }) => isAvailable(need))
  const items = sorted(rows.items.value, available)
  const shown = shownColumns(available, items)
  const problem = rows.problem.value
  const isLoading = rows.loading.value
  const body = useRowKeys(items.length, rows)
  const full = create?.full || undefined
  const filterText = filter ? (query.value.get(filter.name) ?? '') : ''
  return (
    <section class="collection" aria-label={noun[1]}>
      {(title ||
        filter ||
        tools ||
        create ||
        live !== undefined ||
        (file !== undefined && items.length > 0)) && (
        <div class="bar">
          {title && <h2>{title}</h2>}
          {filter && (
            <search class="filter">
              <SearchInput {...filter} label={`Filter ${noun[1]}`} />
            </search>
          )}
          {tools}
          <span class="bar-end">
            {newer.count > 0 && (
              <button type="button" class="fresh" onClick={newer.show}>
                {formatCount(newer.count, 'newer change')}. Show
              </button>
            )}
            {file !== undefined && items.length > 0 && <ColumnChoice columns={available} shown={shown} />}
            {file !== undefined && items.length > 0 && (
              <ActionButton
                tone="plain"
                onAction={async () => saveCsv(file, shown, await allOf(rows, available))}
              >
                CSV
              </ActionButton>
            )}
            {create && isAvailable(create.need ?? 'write') && (
              <button
                type="button"
                class={create.primary ? 'primary' : ''}
                disabled={full !== undefined}
                aria-describedby={full === undefined ? undefined : `${id}-full`}
                onClick={() => open(create.form())}
              >
                {create.label}…
              </button>
            )}
          </span>
        </div>
      )}
      {full !== undefined && (
        <p id={`${id}-full`} class="muted">
          {full}
        </p>
      )}
      {problem && <ProblemBox problem={problem} />}
      {items.length > 0 && (
        <div {...(scrolls && { class: 'matrix', role: 'group', tabIndex: 0, 'aria-label': noun[1] })}>
          <table class="rows" aria-label={noun[1]} aria-busy={isLoading}>
            <thead>
              <tr>
                {shown.map(column => (
                  <Head
                    key={column.name}
                    column={column}
                    isWhole={!rows.hasMore?.value}
                    columns={available}
                  />
                ))}
                {actions && (
                  <th scope="col">
                    <span class="visually-hidden">Actions</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody ref={body.ref} onKeyDown={body.onKeyDown} onClick={body.onClick}>
              {items.map(item => (
                <tr key={keyOf(item)} data-key={keyOf(item)}>
                  {shown.map(column => (
                    <td
                      key={column.name}
                      class={`${column.kind ?? ''}${column.wide ? ' wide' : ''}`}
                      title={column.kind === 'name' ? escapeHidden(`${column.text(item) ?? ''}`) : undefined}
                    >
                      <Cell column={column} item={item} />
                    </td>
                  ))}
                  {actions && (
                    <td class="row-actions">
                      <ActionButtons item={item} actions={actions} open={open} />
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {items.length === 0 &&
        !problem &&
        (isLoading ? <Loading /> : filterText === '' && empty ? <p class="muted">{empty}</p> : null)}
      {items.length === 0 && !problem && !isLoading && filterText !== '' && (
        <p class="muted">
          Nothing matches <code>{filterText}</code>.{' '}
          <button type="button" class="link" onClick={() => filter && setQuery({ [filter.name]: undefined })}>
            Clear
          </button>
        </p>
      )}
      {(rows.hasMore?.value || items.length > 10) && (
        <p class="foot">
          {total === undefined || total <= items.length
            ? formatCount(items.length, ...noun)
            : `${items.length.toLocaleString('en')} of ${formatCount(total, ...noun)}`}
          {rows.hasMore?.value && rows.loadMore && (
            <button type="button" class="link" disabled={isLoading} onClick={rows.loadMore}>
              Show more
            </button>
          )}
        </p>
      )}
      {dialog}
    </section>
  )
}

const compare = (one: string | number = '', other: string | number = ''): number =>
  typeof one === 'number' && typeof other === 'number'
    ? one - other
    : String(one).localeCompare(String(other), 'en', { numeric: true })

function sorted<Item>(items: readonly Item[], columns: readonly Column<Item>[]): readonly Item[] {
  const { column, isDescending } = sortIn(columns)
  if (!column || column.order) return items
  const rising = items.toSorted((one, other) => compare(column.text(one), column.text(other)))
  return isDescending ? rising.reverse() : rising
}

const hidingBlankOnly = ['rest', 'text', 'time']

function shownColumns<Item>(
  columns: readonly Column<Item>[],
  items: readonly Item[],
): readonly Column<Item>[] {
  const chosen = query.value.get(columnsParameter)?.split(',')
  if (chosen) return columns.filter(({ name, kind }) => kind === 'name' || chosen.includes(name))
  return columns.filter(({ kind = '', extra, always, absent, text }) => {
    if (extra) return false
    if (kind === 'name' || always || absent) return true
    const texts = new Set(items.map(item => text(item) ?? ''))
    return texts.size > 1 || (!texts.has('') && (items.length === 1 || hidingBlankOnly.includes(kind)))
  })
}

const Head = <Item,>({
  column,
  columns,
  isWhole,
}: {
  readonly column: Column<Item>
  readonly columns: readonly Column<Item>[]
  readonly isWhole: boolean
}) => {
  const { name, kind = '', order } = column
  const { column: by, isDescending } = sortIn(columns)
  const isSorted = by?.name === name
  if (!isWhole && !order) {
    return (
      <th scope="col" class={kind}>
        {name}
      </th>
    )
  }
  const next = isSorted && !isDescending ? `-${name}` : name
  return (
    <th
      scope="col"
      class={kind}
      aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" onClick={() => setQuery({ [sortParameter]: next })}>
        {name}
        {isSorted && <span aria-hidden="true">{isDescending ? ' ↓' : ' ↑'}</span>}
      </button>
    </th>
  )
}

const ColumnChoice = <Item,>({
  columns,
  shown,
}: {
  readonly columns: readonly Column<Item>[]
  readonly shown: readonly Column<Item>[]
}) => (
  <Dropdown label="Columns">
    <div class="stack">
      {columns
        .filter(({ kind }) => kind !== 'name')
        .map(({ name }) => {
          const isShown = shown.some(each => each.name === name)
          const names = columns.map(each => each.name)
          const chosen = names.filter(each =>
            each === name ? !isShown : shown.some(column => column.name === each),
          )
          return (
            <label key={name} class="check">
              <input
                type="checkbox"
                checked={isShown}
                onChange={() => setQuery({ [columnsParameter]: chosen.join(',') })}
              />
              {name}
            </label>
          )
        })}
    </div>
  </Dropdown>
)

async function allOf<Item>({ all, items }: Rows<Item>, columns: readonly Column<Item>[]) {
  return all ? sorted(await all(), columns) : sorted(items.value, columns)
}

export async function saveCsv<Item>(file: string, columns: readonly Column<Item>[], items: readonly Item[]) {
  const lines = [columns.map(({ name }) => name), ...items.map(item => columns.map(({ text }) => text(item)))]
  await saveFile(
    new Response(lines.map(csvRow).join(''), { headers: { 'content-type': csvMediaType } }),
    file,
  )
}
