import type { Column } from './table.ts'
import { shortTime } from './words.ts'

export type AttributeHistoryAnswer = {
  readonly items: readonly {
    readonly path: string
    readonly values: readonly {
      readonly at: string
      readonly version: number
      readonly value?: unknown
      readonly exchange?: string
    }[]
  }[]
}

type Row = {
  readonly path: string
  readonly at: string
  readonly version: number
  readonly value?: unknown
  readonly exchange?: string
}

/** One row for each value of each attribute. */
export const attributeRows = ({ items }: AttributeHistoryAnswer): readonly Row[] =>
  items.flatMap(({ path, values }) => values.map(value => ({ path, ...value })))

export const attributeColumns: readonly Column<Row>[] = [
  { name: 'attribute', of: ({ path }) => path },
  { name: 'value', of: ({ value }) => (typeof value === 'string' ? value : JSON.stringify(value)) },
  { name: 'since', of: ({ at }) => shortTime(at) },
  { name: 'version', of: ({ version }) => version },
  { name: 'exchange', of: ({ exchange }) => exchange },
]
