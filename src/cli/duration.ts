import { InvalidArgumentError } from 'commander'
import { readDuration as read } from '../entra/duration.ts'

/** `30s`, `1h30m`, `90d` as an option's value: milliseconds. */
export function readDuration(text: string): number {
  const milliseconds = read(text)
  if (milliseconds === undefined) {
    throw new InvalidArgumentError(
      'Give weeks, days, hours, minutes and seconds with their letters: 30s, 1h30m, 90d.',
    )
  }
  return milliseconds
}

/** A duration for the console, which reads the text itself. */
export function checkedDuration(text: string): string {
  readDuration(text)
  return text
}
