import type { Query } from '../statement.ts'
import { prepared, type Statement } from '../statement.ts'
import type { Statements } from './statements.ts'

/** Rows of a table that every instance holds in memory. Each has the number of its last change in the column `epoch`. */
export type HeldRows<Row> = {
  readonly table: string
  /** Reads the rows with a later epoch than `$1`. */
  readonly changes: Statement
  /** Takes over changed rows. `removed` has the keys of deleted ones, as texts. */
  apply(rows: readonly Row[], removed: readonly string[]): void
  /** Takes over all rows. Others do not exist any more. */
  replace(rows: readonly Row[]): void
}

const currentEpoch = prepared('select n from epochs')
const removalsSince = prepared('select kind, key from removals where epoch > $1 order by epoch')

type Removal = { readonly kind: string; readonly key: string }

/** Reads what other instances have changed. Reads must not overlap. */
export function createRegister(statements: Statements) {
  const kinds: HeldRows<unknown>[] = []
  let seen = -1

  const read = async (since: number) => {
    const changes: readonly Query[] = kinds.map(({ changes }) => ({ ...changes, values: [since] }))
    // Changes commit in the order of their epochs, because each one locks the row until its commit.
    const [epochs, removals, ...rows] = await statements.snapshot([
      { ...currentEpoch, values: [] },
      { ...removalsSince, values: [since] },
      ...changes,
    ])
    const [epoch] = epochs as readonly { readonly n: number }[]
    return { epoch: epoch?.n ?? 0, removals: removals as readonly Removal[], rows }
  }

  return {
    add<Row>(kind: HeldRows<Row>): void {
      kinds.push(kind as HeldRows<unknown>)
    },
    /** The last change that was read. */
    seen: () => seen,
    async readAll(): Promise<void> {
      const { epoch, rows } = await read(-1)
      for (const [at, kind] of kinds.entries()) kind.replace(rows[at] ?? [])
      seen = epoch
    },
    async readChanges(): Promise<void> {
      const { epoch, removals, rows } = await read(seen)
      for (const [at, kind] of kinds.entries()) {
        const removed = removals.filter(removal => removal.kind === kind.table).map(({ key }) => key)
        const changed = rows[at] ?? []
        if (changed.length > 0 || removed.length > 0) kind.apply(changed, removed)
      }
      seen = epoch
    },
  }
}

export type Register = ReturnType<typeof createRegister>
