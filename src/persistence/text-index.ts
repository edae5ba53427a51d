import type { AttributePath } from '../scim/attribute.ts'

/** A table with a row per value of some attributes: `tenant`, `type`, `attribute`, `value`, `resource`. */
export type IndexTable = 'keys' | 'indexed_texts'

/** The table that has every text at a path of a type, if there is one. */
export type IndexOf = (type: string, path: AttributePath) => IndexTable | undefined

/** Whether a resource has at most one text at this path. `id` has an index of its own. */
export function isSingleText(path: AttributePath): boolean {
  const [top] = path
  const type = path.at(-1)?.type
  return (
    top !== undefined &&
    top.name !== 'id' &&
    top.name !== 'meta' &&
    (type === 'string' || type === 'reference' || type === 'binary') &&
    path.every(({ multiValued, relation }) => !multiValued && !relation)
  )
}
