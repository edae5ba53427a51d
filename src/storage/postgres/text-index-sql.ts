import { indexEntrySql } from './dialect.ts'

/** Null if there is no text. */
export const textAtSql = (search: string, path: string): string =>
  `case jsonb_typeof(${search} #> ${path}) when 'string' then ${search} #>> ${path} end`

/** `rows` has the columns `tenant`, `type`, `attribute`, `key` of the resource, and `text`. */
export const insertTextsSql = (rows: string): string => `
  insert into indexed_texts (tenant, type, attribute, value, resource, whole)
  select tenant, type, attribute, entry, key, case when entry <> text then text end
  from (select *, ${indexEntrySql('text')} as entry from ${rows} where text is not null) entries
  on conflict do nothing`

export const deleteTextsSql = (rows: string, column: string): string => `
  delete from indexed_texts t using ${rows} former
  where t.tenant = former.tenant and t.type = former.type and t.attribute = former.attribute
    and t.value = ${indexEntrySql(`former.${column}`)} and t.resource = former.key`
