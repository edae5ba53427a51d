import type { AffectedResource, PastResource } from '../../domain/ports/history.ts'

export type EffectRow = {
  readonly moment: number
  readonly key: number
  readonly version: number
  readonly at: number
  readonly document: string | null
}

export type ResourceNameRow = {
  readonly key: number
  readonly type: string
  readonly id: string
  readonly label: string
}

/** Undefined for a deletion. `created` is the time at which the resource was created. */
export const toPastResource = (
  { key, version, at, document }: EffectRow,
  { id, type }: Pick<ResourceNameRow, 'id' | 'type'>,
  created: number,
): PastResource | undefined =>
  document === null ? undefined : { key, id, type, version, document, created, lastModified: at }

type EffectLookups = {
  readonly nameOf: (key: number) => ResourceNameRow | undefined
  readonly stateBefore: (version: EffectRow) => PastResource | undefined
}

/** The effect on each resource, that on `target` first, from all versions of an exchange in their order. */
export function toAffectedResources(
  target: number,
  rows: readonly EffectRow[],
  { nameOf, stateBefore }: EffectLookups,
): readonly AffectedResource[] {
  const byKey = Map.groupBy(rows, ({ key }) => key)
  const targetFirst = new Set([target, ...byKey.keys()])
  return [...targetFirst].flatMap(key => {
    const versions = byKey.get(key) ?? []
    const [first, last] = [versions[0], versions.at(-1)]
    const name = nameOf(key)
    if (!first || !last || !name) return []
    const before = stateBefore(first)
    const after = { version: last.version, ...(last.document !== null && { document: last.document }) }
    const { type, id, label } = name
    return [{ type, id, label, ...(before && { before }), after }]
  })
}
