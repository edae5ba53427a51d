import { type AttributePath, findAttribute, subAttributesOf } from '../scim/attribute.ts'
import { primarySubAttribute } from '../scim/sort.ts'
import type { Dialect } from './dialect.ts'

/**
 * The value by which the resource in the table alias `r` is sorted, in the form that filters compare; null when it
 * has none.
 */
export const sortValue = (path: AttributePath, dialect: Dialect): string => valueAt(path, 'r.search', dialect)

function valueAt(path: AttributePath, json: string, dialect: Dialect): string {
  const many = path.findIndex(({ multiValued }) => multiValued)
  const names = path.map(({ name }) => name)
  const list = path[many]
  if (!list) return dialect.scalar(json, names)
  const alias = `s${path.length}`
  const element = dialect.element(alias)
  const hasPrimary = findAttribute(subAttributesOf(list), primarySubAttribute) !== undefined
  const isPrimary = `COALESCE(${dialect.scalar(element, [primarySubAttribute])}, ${dialect.literal.false})`
  return `(
    SELECT ${valueAt(path.slice(many + 1), element, dialect)}
    FROM ${dialect.each(json, names.slice(0, many + 1), alias)}
    ORDER BY ${hasPrimary ? `${isPrimary} DESC, ` : ''}${dialect.position(alias)} LIMIT 1)`
}
