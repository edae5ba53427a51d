import { cloudTrailEvent } from '../../aws-api/cloudtrail/event.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'

export const trailHeader = '{"Records":[\n'
export const trailFooter = '\n]}\n'

/** The event as JSON text; undefined if CloudTrail would record none. */
export function trailEntry(exchange: Exchange, region: string): string | undefined {
  const event = cloudTrailEvent(exchange, { region })
  return event && JSON.stringify(event)
}

export const toTrail = (exchange: Exchange, region: string): string =>
  trailHeader + (trailEntry(exchange, region) ?? '') + trailFooter
