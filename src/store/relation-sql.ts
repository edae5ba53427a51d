import type { Attribute } from '../scim/attribute.ts'
import type { Dialect } from './dialect.ts'

/**
 * Conditions on the alias `r` of `resources` about memberships. The one who is named is found once; then an index
 * gives the rows about it.
 */
export const relatedTo = (relation: 'members' | 'groups', id: string, { parameter }: Dialect): string => {
  const tenant = parameter('tenant')
  const key = `(SELECT key FROM resources WHERE tenant = ${tenant} AND id = ${id})`
  switch (relation) {
    case 'members':
      return `r.key IN (
        SELECT group_key FROM memberships WHERE member_key = ${key}
        UNION ALL
        SELECT group_key FROM memberships
        WHERE tenant = ${tenant} AND member_key IS NULL AND member_id = ${id})`
    case 'groups':
      return `r.key IN (
        SELECT member_key FROM memberships WHERE group_key = ${key} AND member_key IS NOT NULL)`
  }
}

export const anyRelated = {
  members: 'EXISTS (SELECT 1 FROM memberships WHERE group_key = r.key)',
  groups: 'EXISTS (SELECT 1 FROM memberships WHERE member_key = r.key)',
} as const

const otherEnd = {
  members: { from: 'memberships AS m LEFT JOIN resources AS o ON o.key = m.member_key', id: 'm.member_id' },
  groups: { from: 'memberships AS m JOIN resources AS o ON o.key = m.group_key', id: 'o.id' },
} as const

const ownEnd = { members: 'm.group_key', groups: 'm.member_key' } as const

/** The related resources of `r`, a row each: an object with the attributes that a filter asks about. */
export function relatedRows(
  relation: 'members' | 'groups',
  attributes: readonly Attribute[],
  alias: string,
  dialect: Dialect,
): string {
  const { from, id } = otherEnd[relation]
  const members = [...new Set(attributes)].map(
    attribute => [attribute.name, valueIn(attribute, id, dialect)] as const,
  )
  return `(SELECT ${dialect.object(members)} AS value FROM ${from} WHERE ${ownEnd[relation]} = r.key) AS ${alias}`
}

function valueIn(
  { derived, caseExact, refersTo, default: constant }: Attribute,
  id: string,
  dialect: Dialect,
) {
  const folded = (text: string) => (caseExact ? text : dialect.folded(text))
  switch (derived) {
    case 'type':
      return folded('o.type')
    case 'display':
      return folded('o.display')
    default:
      return refersTo ? id : folded(dialect.text(String(constant)))
  }
}
