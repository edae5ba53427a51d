import type { Database } from '../database/sqlite.ts'

type Asked = { tenant: number; type: string; whole: string; above: string; below: string }

/** Names have no quotes and no backslashes: RFC 7643 §2.1, and URNs. */
const jsonPath = (names: readonly string[]) => `$${names.map(name => `."${name}"`).join('')}`

/** Looks for a resource with a value at a path; the last name may be that of a part of each value of a list. */
export function createHolds(db: Database) {
  const holding = db
    .prepare<[Asked], number>(`
      select exists (
        select 1 from resources where tenant = @tenant and type = @type and (
          @whole = '$' or json_type(document, @whole) is not null
          or json_type(coalesce(secrets, '{}'), @whole) is not null
          or (json_type(document, @above) = 'array' and exists (
            select 1 from json_each(document, @above) each
            where case each.type when 'object' then json_type(each.value, @below) is not null else false end))))`)
    .pluck()

  return (tenant: number, type: string, path: readonly string[]): boolean =>
    holding.get({
      tenant,
      type,
      whole: jsonPath(path),
      above: jsonPath(path.slice(0, -1)),
      below: jsonPath(path.slice(-1)),
    }) === 1
}
