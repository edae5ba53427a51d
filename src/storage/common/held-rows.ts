import type { HeldTable, RawRow } from './held-table.ts'

export type HeldRows<Row> = {
  get(key: string): Row | undefined
  /** In order of creation. */
  all(): readonly Row[]
}

export type Index<Row> = {
  /** Called for a new or changed row, not for a use of a row. */
  set(row: Row): void
  remove?(row: Row): void
  clear(): void
}

export type Used = { readonly id: string; readonly uses: number; readonly lastUsed?: number }

export type UsedRows<Row> = HeldRows<Row> & {
  noteUse(id: string, at: number): Row | undefined
}

/** Stores the uses of rows later than requests are responded to: a crash loses those of the last moments. */
export type Uses<Row extends Used> = {
  note(row: Row): void
  withWaiting(row: Row): Row
}

export type UseMemory<Row extends Used> = {
  readonly find: (id: string) => Row | undefined
  readonly set: (row: Row) => void
}

export type RowMemory = {
  set(raw: RawRow): void
  remove(key: string): void
  clear(): void
}

export function createHeldRows<Row extends object>(
  table: HeldTable<Row>,
  index: Index<Row> | undefined,
  withWaiting: (row: Row) => Row = row => row,
): { readonly rows: Map<string, Row>; readonly memory: RowMemory; readonly held: HeldRows<Row> } {
  const rows = new Map<string, Row>()
  return {
    rows,
    memory: {
      set(raw) {
        const row = withWaiting(table.toRow(raw))
        rows.set(table.keyOf(row), row)
        index?.set(row)
      },
      remove(key) {
        const row = rows.get(key)
        if (!row) return
        rows.delete(key)
        index?.remove?.(row)
      },
      clear() {
        rows.clear()
        index?.clear()
      },
    },
    held: { get: key => rows.get(key), all: () => [...rows.values()] },
  }
}

export type Follower<Row> = {
  set(row: Row): void
  remove?(key: string): void
  clear(): void
}

export const createFollower = <Row extends object>(
  { toRow }: HeldTable<Row>,
  { set, remove = () => {}, clear }: Follower<Row>,
): RowMemory => ({ set: raw => set(toRow(raw)), remove, clear })

export function createUsedRows<Row extends object & Used>(
  table: HeldTable<Row>,
  index: Index<Row> | undefined,
  openUses: (memory: UseMemory<Row>) => Uses<Row>,
): { readonly memory: RowMemory; readonly held: UsedRows<Row> } {
  const uses = openUses({ find: id => rows.get(id), set: row => void rows.set(row.id, row) })
  const { rows, memory, held } = createHeldRows(table, index, uses.withWaiting)
  return {
    memory,
    held: {
      ...held,
      noteUse(id, at) {
        const row = rows.get(id)
        if (!row) return undefined
        const used = { ...row, uses: row.uses + 1, lastUsed: at }
        rows.set(id, used)
        uses.note(used)
        return used
      },
    },
  }
}
