import type { Connection } from './connection.ts'

/** An index entry for a text, as `postgresDialect.indexEntry`. */
export const indexEntrySql = (text: string): string =>
  `case when length(${text}) <= 256 then ${text}
    else left(${text}, 256) || '#' || encode(sha256(convert_to(${text}, 'UTF8')), 'hex') end`

/** Completes the indexes of tenants whose rows were replaced. To be used inside a transaction. */
export async function indexTexts(connection: Connection, tenants: readonly number[]): Promise<void> {
  await connection.query(
    {
      text: `insert into indexed_texts (tenant, type, attribute, value, resource, whole)
        select tenant, type, attribute, ${indexEntrySql('value')}, key, case when length(value) > 256 then value end
        from (
          select a.tenant, a.type, a.attribute, r.key, r.search #>> p.names as value
          from indexed_attributes a
            cross join lateral (select array_agg(name order by nth) as names
              from jsonb_array_elements_text(a.path) with ordinality x (name, nth)) p
            join resources r on r.tenant = a.tenant and r.type = a.type
          where a.tenant = any($1::bigint[]) and jsonb_typeof(r.search #> p.names) = 'string'
        ) texts`,
    },
    [tenants],
  )
  await connection.query(
    { text: 'update indexed_attributes set built_to = null where tenant = any($1::bigint[])' },
    [tenants],
  )
}
