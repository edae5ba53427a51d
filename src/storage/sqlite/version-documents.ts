import { applyDifference } from '../common/text-difference.ts'
import type { Database } from './database.ts'

export function documentSql(db: Database): (alias: string) => string {
  db.function('with_difference', { deterministic: true }, (before: unknown, difference: unknown) =>
    applyDifference(String(before), String(difference)),
  )
  return version => `
    case
      when ${version}.document is not null then ${version}.document
      when ${version}.difference is not null then with_difference(coalesce(${version}.previous_document, (
        select whole.document from versions whole
        where whole.resource_key = ${version}.resource_key and whole.moment < ${version}.moment
        and whole.document is not null order by whole.moment desc limit 1)), ${version}.difference)
      when ${version}.action = 'created' then coalesce((
        select next.previous_document from versions next
        where next.resource_key = ${version}.resource_key and next.moment > ${version}.moment
        order by next.moment limit 1), (
        select resource.document from resources resource where resource.key = ${version}.resource_key))
    end`
}
