import type { Query } from '../statement.ts'
import { prepared, type Statement } from '../statement.ts'
import { type Epoch, hasEpoch, lastEpochColumns, noEpoch } from './epochs.ts'
import type { Statements } from './statements.ts'

export type HeldRows<Row> = {
  readonly table: string
  readonly changes: Statement
  apply(rows: readonly Row[], removed: readonly string[]): void
  replace(rows: readonly Row[]): void
}

const position = prepared(`select ${lastEpochColumns}, ${hasEpoch('$1', '$2')} as "isContinued" from epochs`)
const removalsSince = prepared('select kind, key from removals where epoch > $1 order by epoch')

type Position = Epoch & {
  readonly isContinued: boolean
}
type Removal = { readonly kind: string; readonly key: string }

/** Reads must not overlap. */
export function createRegister(statements: Statements) {
  const kinds: HeldRows<unknown>[] = []
  let seen = noEpoch

  const read = async (since: Epoch) => {
    const changes: readonly Query[] = kinds.map(({ changes }) => ({ ...changes, values: [since.number] }))
    // Changes commit in the order of their epochs, because each one locks the row until its commit.
    const [positions, removals, ...rows] = await statements.snapshot([
      { ...position, values: [since.number, since.mark] },
      { ...removalsSince, values: [since.number] },
      ...changes,
    ])
    const [current] = positions as readonly Position[]
    if (!current) throw new Error('The table epochs is empty.')
    const { isContinued, ...epoch } = current
    return { isContinued, epoch, removals: removals as readonly Removal[], rows }
  }

  return {
    add<Row>(kind: HeldRows<Row>): void {
      kinds.push(kind as HeldRows<unknown>)
    },
    seen: (): Epoch => seen,
    async readAll(): Promise<void> {
      const { epoch, rows } = await read(noEpoch)
      for (const [at, kind] of kinds.entries()) kind.replace(rows[at] ?? [])
      seen = epoch
    },
    /** Returns false, and reads nothing, if the database lacks the last change that was read. */
    async readChanges(): Promise<boolean> {
      const { isContinued, epoch, removals, rows } = await read(seen)
      if (!isContinued) return false
      for (const [at, kind] of kinds.entries()) {
        const removed = removals.filter(removal => removal.kind === kind.table).map(({ key }) => key)
        const changed = rows[at] ?? []
        if (changed.length > 0 || removed.length > 0) kind.apply(changed, removed)
      }
      seen = epoch
      return true
    },
  }
}

export type Register = ReturnType<typeof createRegister>
