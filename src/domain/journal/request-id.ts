import { randomUUID } from 'node:crypto'

const counterSize = 0x1000

/**
 * Generates request ids: UUIDs of version 7 (RFC 9562 §5.7), which begin with the time, so the journal's index
 * grows at its end. Ids are strictly increasing: within a millisecond a counter uses 12 of the random bits (§6.2,
 * method 1), and if the clock is set back, the time of the last id is used.
 */
export function createRequestIdGenerator(): (now?: number) => string {
  let time = 0
  let beginning = idAt(time)
  let counter = 0
  const startAt = (next: number) => {
    time = next
    beginning = idAt(time)
    counter = 0
  }
  return (now = Date.now()) => {
    if (now > time) startAt(now)
    else if (++counter === counterSize) startAt(time + 1)
    const count = counter.toString(16).padStart(3, '0')
    return `${beginning}-7${count}-${randomUUID().slice(19)}`
  }
}

/** The beginning of the ids of a time. Those from this time on are greater; those before are less. */
export function idAt(time: number): string {
  const clock = Math.max(0, time).toString(16).padStart(12, '0')
  return `${clock.slice(0, 8)}-${clock.slice(8)}`
}

export const newRequestId: (now?: number) => string = createRequestIdGenerator()

const pattern = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The time of a request id, in milliseconds since 1970; undefined for another text. */
export function timeOf(id: string): number | undefined {
  const [, high, low] = pattern.exec(id) ?? []
  return high === undefined ? undefined : Number.parseInt(`${high}${low}`, 16)
}

/** `deleted`: older than all kept exchanges; `lost`: newer than the oldest one, perhaps lost in a crash. */
export type Missing = 'deleted' | 'lost'

/** Why the journal has no exchange with this id; undefined for a text that cannot be the id of one. `oldest` is the id of the oldest one. */
export function missingBecause(id: string, oldest: string | undefined, now: number): Missing | undefined {
  const time = timeOf(id)
  if (time === undefined || time > now) return undefined
  return oldest !== undefined && id > oldest ? 'lost' : 'deleted'
}
