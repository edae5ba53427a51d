/**
 * A date and time in the form of xsd:dateTime (RFC 7643 §2.3.5) as milliseconds since 1970, and undefined for
 * anything else. A text without a zone counts as UTC; digits beyond the millisecond are dropped.
 */
export function instantOf(text: string): number | undefined {
  const found = form.exec(text)?.groups
  if (!found) return undefined
  const { year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone } = found
  const date = utcDate(Number(year), Number(month), Number(day))
  const offset = zoneOffset(zone)
  if (date === undefined || offset === undefined || !isTimeOfDay(hour, minute, second, fraction)) {
    return undefined
  }
  const seconds = (Number(hour) * 60 + Number(minute) - offset) * 60 + Number(second)
  return date + seconds * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'))
}

const form =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,12}))?(?<zone>Z|[+-]\d\d:\d\d)?$/

function utcDate(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const kept = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return kept ? date.getTime() : undefined
}

// XML Schema lets 24:00:00 stand for the end of a day.
const isTimeOfDay = (hour: string, minute: string, second: string, fraction: string) =>
  minute < '60' &&
  second < '60' &&
  (hour < '24' || (hour === '24' && !/[1-9]/.test(minute + second + fraction)))

/** In minutes; XML Schema's zones reach 14 hours either way. */
function zoneOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))]
  const offset = hours * 60 + minutes
  if (minutes > 59 || offset > 14 * 60) return undefined
  return zone.startsWith('-') ? -offset : offset
}
