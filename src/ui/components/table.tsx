import type { ComponentChildren } from 'preact'
import type { Pages } from '../load.ts'
import { ActionButton, Loading, ProblemBox } from './elements.tsx'

export type Column<Item> = {
  readonly name: string
  readonly of: (item: Item) => ComponentChildren
  /** Numbers stand at the right. */
  readonly numeric?: boolean
  /** Left out where there is little room. */
  readonly wide?: boolean
}

/** A table; where there is little room it scrolls by itself, the page doesn't. */
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
}) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
  <section class="table-frame" tabIndex={0} aria-label={caption}>
    <table>
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map(column => (
            <th key={column.name} scope="col" class={classOf(column)}>
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map(item => (
          <tr key={keyOf(item)}>
            {columns.map(column => (
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

const classOf = ({ numeric, wide }: { readonly numeric?: boolean; readonly wide?: boolean }) =>
  [numeric && 'numeric', wide && 'wide'].filter(Boolean).join(' ')

/** A list of the API with what belongs to it: its problem, that it is loading, that it is empty, and more of it. */
export function PagedTable<Item>({
  pages,
  empty,
  ...table
}: {
  readonly pages: Pages<Item>
  readonly empty: ComponentChildren
  readonly caption: string
  readonly columns: readonly Column<Item>[]
  readonly keyOf: (item: Item) => string
}) {
  const items = pages.items.value
  const problem = pages.problem.value
  return (
    <>
      {problem && <ProblemBox problem={problem} />}
      {items.length > 0 && <Table {...table} items={items} />}
      {items.length === 0 && !problem && (pages.loading.value ? <Loading /> : empty)}
      {pages.more.value && (
        <p class="more">
          <ActionButton act={pages.loadMore} disabled={pages.loading.value}>
            Show more
          </ActionButton>
        </p>
      )}
    </>
  )
}
