import { parseInstant } from '../../../domain/journal/search/values.ts'
import type { Zone } from '../../format.ts'

const timeTerm = /(^|\s)(-?(?:tenant-)?)((?:after|before):)([^\s"]+)/gi

/**
 * A search whose times of day and dates are instants in UTC: the server would read them in its own time zone. Where the page
 * shows the tenant's clock, they are times of that clock. Times ago, such as `15m`, stay as they are. `now`: by the clock that
 * is shown, in milliseconds since 1970.
 */
export const withInstants = (search: string, now: number, zone: Zone): string =>
  search.replace(timeTerm, (term, blank: string, prefix: string, key: string, value: string, at: number) => {
    // Inside quotation marks it is text.
    if (search.slice(0, at).split('"').length % 2 === 0 || !/[:-]/.test(value)) return term
    const instant = parseInstant(zone === 'utc' ? inUtc(value, now) : value, now)
    if (instant === undefined) return term
    const clock = zone === 'tenant' && !prefix.toLowerCase().endsWith('tenant-') ? 'tenant-' : ''
    return `${blank}${prefix}${clock}${key}${instant}`
  })

function inUtc(value: string, now: number): string {
  if (/^\d\d:/.test(value)) return `${new Date(now).toISOString().slice(0, 10)}T${value}Z`
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return `${value}T00:00Z`
  return /(Z|[+-]\d\d:\d\d)$/i.test(value) ? value : `${value}Z`
}
