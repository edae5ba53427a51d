import { type Snapshot, SnapshotError } from '../../domain/ports/snapshots.ts'

export type SnapshotSummary = Omit<Snapshot, 'bytes'>
export type SnapshotName = Omit<SnapshotSummary, 'tenants'>

export const defaultMaxSnapshots = 50

export const nameSnapshot = (id: string, name: string | undefined, created: number): SnapshotName => ({
  id,
  name: name ?? new Date(created).toISOString(),
  created,
})

/** Newest first. */
export const compareSnapshots = (one: SnapshotName, other: SnapshotName): number =>
  other.created - one.created || (one.id < other.id ? -1 : 1)

type CountRow = { readonly id: string; readonly type: string | null; readonly n: number }

export function summarizeTenants(
  rows: Iterable<CountRow>,
  retained: ReadonlyMap<string, number>,
): Snapshot['tenants'] {
  const tenants = new Map<string, Record<string, number>>()
  for (const { id, type, n } of rows) {
    const counts = tenants.get(id) ?? {}
    if (type !== null && n > 0) counts[type] = n
    tenants.set(id, counts)
  }
  return [...tenants].map(([id, counts]) => ({ id, counts, retained: retained.get(id) ?? 0 }))
}

export const limitReached = (maximum: number) =>
  new SnapshotError('limit', `There are ${maximum} snapshots, which is the maximum. Delete one first.`)

export const writeFailed = (error: unknown, remedy: string) =>
  new SnapshotError('unwritable', `The snapshot can't be written (${reasonOf(error)}). ${remedy}`, {
    cause: error,
  })

export const damagedSnapshot = (error: unknown) =>
  new SnapshotError('unusable', `The snapshot is damaged (${reasonOf(error)}). Delete it.`, { cause: error })

export const unservableTenant = (error: unknown) =>
  new SnapshotError(
    'unusable',
    `The snapshot has a tenant that this version of the server can't serve (${reasonOf(error)}). Restore it with the version that saved it, or delete it.`,
    { cause: error },
  )

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export function createQueue() {
  let last: Promise<unknown> = Promise.resolve()
  return <Result>(job: () => Promise<Result>): Promise<Result> => {
    const next = last.then(job)
    last = next.catch(() => undefined)
    return next
  }
}
