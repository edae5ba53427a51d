import type { Measured } from './median.ts'

export const number = (value: number): string => Math.round(value).toLocaleString('en')

/** `1,234 (5)`: requests per second, and the 99th percentile in milliseconds. */
export const cell = ({ perSecond, p99 }: Measured): string =>
  `${perSecond < 10 ? perSecond.toFixed(1) : number(perSecond)} (${p99})`

/** A table in Markdown; the first row is its head. */
export const table = ([head = [], ...rows]: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |\n`).join('')
