import type { Exported } from '../../entra/exported.ts'

/** One row of an export that can be compared. */
export type ExportRow = Exported & {
  /** What it is matched by, which is also what people call it. */
  readonly label: string
  /** Of a CSV file, the first is 1. */
  readonly line?: number
  /** Of a group, what its members are matched by, where the export tells all of that. */
  readonly members?: readonly string[]
}

/** A file that was exported from the directory, read: users or groups, each once. */
export type Export = {
  readonly format: 'graph' | 'csv'
  readonly type: 'User' | 'Group'
  readonly rows: readonly ExportRow[]
  /** Columns, or properties, that say nothing about what is provisioned. */
  readonly ignored: readonly string[]
}

/** A sentence that begins with its place; `line` where there is one. */
export type ExportMistake = { readonly message: string; readonly line?: number }

const mostTold = 20
/** Reading ends at so many: a file that is none of the kind could have millions. */
export const mostMistakes = 1000

/** A file that can't be compared as it is. */
export class ExportError extends Error {
  readonly mistakes: readonly ExportMistake[]
  constructor(mistakes: readonly ExportMistake[]) {
    const told = mistakes.slice(0, mostTold)
    const left = mistakes.length - told.length
    super(told.map(({ message }) => message).join(' '))
    this.name = 'ExportError'
    const more =
      mistakes.length < mostMistakes ? `And ${left} more mistakes.` : 'And very many more mistakes.'
    this.mistakes = left > 0 ? [...told, { message: more }] : told
  }
}
