import { readLength } from './lengths.ts'

/** `404`, `4xx`, and `4` for `4xx`. */
export function readStatus(text: string): string | undefined {
  if (!/^[1-5](xx|\d\d)?$/i.test(text)) return undefined
  return text.length === 1 ? `${text}xx` : text.toLowerCase()
}

/** The statuses that a value of `status` stands for, both ends included. */
export function statusRange(value: string): { readonly from: number; readonly to: number } {
  if (!value.endsWith('xx')) return { from: Number(value), to: Number(value) }
  const from = Number(value[0]) * 100
  return { from, to: from + 99 }
}

/** `>100ms`, `<2s`. */
export function readBound(text: string): string | undefined {
  const length = /^[<>]/.test(text) ? readLength(text.slice(1)) : undefined
  if (length === undefined) return undefined
  const microseconds = Math.round(length * 1000)
  return Number.isSafeInteger(microseconds) ? `${text[0]}${microseconds / 1000}ms` : undefined
}

/** What a value of `duration` stands for: longer or shorter than so many microseconds. */
export const boundOf = (value: string): { readonly longer: boolean; readonly microseconds: number } => ({
  longer: value.startsWith('>'),
  microseconds: Math.round((readLength(value.slice(1)) ?? 0) * 1000),
})
