import { InvalidArgumentError } from 'commander'

/** A day, or a time with its zone, as ISO 8601 in UTC. */
export function readTime(text: string): string {
  const isComplete = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i.test(text)
  const time = new Date(text)
  if (isComplete && !Number.isNaN(time.getTime())) return time.toISOString()
  throw new InvalidArgumentError('Give a day, or a time with its zone: 2027-03-01, 2027-03-01T09:30:00Z.')
}
