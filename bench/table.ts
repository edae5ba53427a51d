import type { Measured } from './statistics.ts'

export const number = (value: number): string => Math.round(value).toLocaleString('en')

/** `1,234 (5.0)`: requests per second, and the 99th percentile in milliseconds. */
export const rate = ({ perSecond, p99 }: Measured): string =>
  `${perSecond < 10 ? perSecond.toFixed(1) : number(perSecond)} (${milliseconds(p99)})`

/** `0.53 (1.1)`: median and 99th percentile in milliseconds. */
export const latency = ({ median, p99 }: Measured): string => `${milliseconds(median)} (${milliseconds(p99)})`

/** `0.53`, or nothing if a figure is missing. */
export const factor = (value: number): string => (Number.isFinite(value) ? value.toFixed(2) : '')

export const milliseconds = (value: number): string =>
  value < 1 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : number(value)

/** A table in Markdown; the first row is its head. */
export const table = ([head = [], ...rows]: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |\n`).join('')
