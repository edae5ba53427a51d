import { inPortions } from '../common/plans/plan.ts'
import type { Reads } from './connect.ts'
import { type Statement, toArrays } from './statement.ts'

type Waiting<Key, Result> = {
  readonly key: Key
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/** Statements with fewer keys take hardly less time. */
const keysPerStatement = 12

/**
 * Reads with the keys of one turn of the event loop together. Many keys are divided: while the database reads some of them,
 * this process uses what it has read for others.
 */
function shareByTurn<Key, Result>(
  readAll: (keys: readonly Key[]) => Promise<(key: Key, at: number) => Result>,
): (key: Key) => Promise<Result> {
  let waiting: Waiting<Key, Result>[] = []

  const read = async (batch: readonly Waiting<Key, Result>[]) => {
    try {
      const resultOf = await readAll(batch.map(({ key }) => key))
      for (const [at, { key, resolve }] of batch.entries()) resolve(resultOf(key, at))
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
  const readWaiting = () => {
    const batch = waiting
    waiting = []
    for (const portion of inPortions(batch, keysPerStatement)) void read(portion)
  }

  return key =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(readWaiting)
      waiting.push({ key, resolve, reject })
    })
}

/** Keys of one turn of the event loop share statements, which have an array per part and return the place as `nth`. */
export function createSharedRead<Row extends object>(
  { queryByKey }: Pick<Reads, 'queryByKey'>,
  statement: Statement,
): (...key: readonly (string | number)[]) => Promise<Row | undefined> {
  const read = shareByTurn(async (keys: readonly (readonly (string | number)[])[]) => {
    const rows: (Row | undefined)[] = []
    for (const { nth, ...row } of await queryByKey<Row & { readonly nth: number }>(statement, toArrays(keys)))
      rows[nth - 1] = row as unknown as Row
    return (_, at) => rows[at]
  })
  return (...key) => read(key)
}

/** Keys of one turn of the event loop share statements. Rows of a key keep the order of the statement. */
export function createSharedRowsRead<Row>(
  { queryByKey }: Pick<Reads, 'queryByKey'>,
  statement: Statement,
  keyOf: (row: Row) => number,
): (keys: readonly number[]) => Promise<readonly Row[]> {
  return shareByTurn(async (groups: readonly (readonly number[])[]) => {
    const found = await queryByKey<Row>(statement, [[...new Set(groups.flat())]])
    const rows = Map.groupBy(found, keyOf)
    return keys => keys.flatMap(key => rows.get(key) ?? [])
  })
}
