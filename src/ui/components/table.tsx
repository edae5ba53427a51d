import type { ComponentChildren } from 'preact'
import type { Need } from '../../domain/contract/operation.ts'
import type { ApiProblem } from '../api.ts'
import { isAvailable } from '../caller.ts'
import type { Loaded, Pages } from '../load.ts'
import { ActionButton } from './buttons.tsx'
import { Loading, ProblemBox } from './feedback.tsx'

export type Column<Item> = {
  readonly name: string
  readonly of: (item: Item) => ComponentChildren
  readonly nameHidden?: boolean
  readonly head?: ComponentChildren
  readonly numeric?: boolean
  readonly wide?: boolean
  readonly need?: Need
}

export const Table = <Item,>({
  caption,
  columns,
  items,
  keyOf,
}: {
  readonly caption: string
  readonly columns: readonly Column<Item>[]
  readonly items: readonly Item[]
  readonly keyOf: (item: Item) => string
}) => {
  const shown = columns.filter(({ need = 'none' }) => isAvailable(need))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable frame must be focusable
    <section class="table-frame" tabIndex={0} aria-label={caption}>
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {shown.map(column => (
              <th key={column.name} scope="col" class={classOf(column)}>
                {column.head ??
                  (column.nameHidden ? <span class="visually-hidden">{column.name}</span> : column.name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map(item => (
            <tr key={keyOf(item)}>
              {shown.map(column => (
                <td key={column.name} class={classOf(column)}>
                  {column.of(item)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const classOf = ({ numeric, wide }: { readonly numeric?: boolean; readonly wide?: boolean }) =>
  [numeric && 'numeric', wide && 'wide'].filter(Boolean).join(' ')

type TableProps<Item> = {
  readonly empty: ComponentChildren
  readonly caption: string
  readonly columns: readonly Column<Item>[]
  readonly keyOf: (item: Item) => string
}

export const ListTable = <Item,>({
  list,
  ...table
}: TableProps<Item> & { readonly list: Loaded<{ readonly items: readonly Item[] }> }) => (
  <StatefulTable
    {...table}
    items={list.value.value?.items ?? []}
    problem={list.problem.value}
    loading={list.loading.value}
  />
)

export const PagedTable = <Item,>({
  pages,
  ...table
}: TableProps<Item> & { readonly pages: Pages<Item> }) => (
  <>
    <StatefulTable
      {...table}
      items={pages.items.value}
      problem={pages.problem.value}
      loading={pages.loading.value}
    />
    {pages.hasMore.value && (
      <p class="below-table">
        <ActionButton onAction={pages.loadMore} disabled={pages.loading.value}>
          Show more
        </ActionButton>
      </p>
    )}
  </>
)

const StatefulTable = <Item,>({
  items,
  problem,
  loading,
  empty,
  ...table
}: TableProps<Item> & {
  readonly items: readonly Item[]
  readonly problem: ApiProblem | undefined
  readonly loading: boolean
}) => (
  <>
    {problem && <ProblemBox problem={problem} />}
    {items.length > 0 && <Table {...table} items={items} />}
    {items.length === 0 && !problem && (loading ? <Loading /> : empty)}
  </>
)
