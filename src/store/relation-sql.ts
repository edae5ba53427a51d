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
