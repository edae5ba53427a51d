import { indexEntrySql } from './dialect.ts'

/** The text at a path in a search form; null if there is none. */
export const textAtSql = (search: string, path: string): string =>
  `case jsonb_typeof(${search} #> ${path}) when 'string' then ${search} #>> ${path} end`

/** Indexes the texts in the rows of a table: `tenant`, `type`, `attribute`, `key` of the resource, `text`. */
export const insertTextsSql = (rows: string): string => `
  insert into indexed_texts (tenant, type, attribute, value, resource, whole)
  select tenant, type, attribute, entry, key, case when entry <> text then text end
  from (select *, ${indexEntrySql('text')} as entry from ${rows} where text is not null) entries
  on conflict do nothing`

/** Deletes the entries of texts in a column of such rows. */
export const deleteTextsSql = (rows: string, column: string): string => `
  delete from indexed_texts t using ${rows} former
  where t.tenant = former.tenant and t.type = former.type and t.attribute = former.attribute
    and t.value = ${indexEntrySql(`former.${column}`)} and t.resource = former.key`
