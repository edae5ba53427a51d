import { readFileSync } from 'node:fs'

export const measuredFile = new URL('../../test/compliance/interoperability.json', import.meta.url)

/** Checks by ID. One in no list is newer than the measurement. */
export type MeasuredServer = {
  readonly name: string
  readonly passed: readonly string[]
  readonly failed: readonly string[]
  readonly skipped: readonly string[]
}

export type MeasuredClient = {
  readonly name: string
  readonly requests: number
  readonly breaks: readonly string[]
  readonly notSeen: readonly string[]
  /** What the profile `interop` rejects: `because` is the rule or the `scimType`. */
  readonly refused: readonly {
    readonly request: string
    readonly because: string
    readonly detail: string
    readonly times: number
  }[]
}

export type ClientRule = { readonly id: string; readonly section: string; readonly rule: string }

export type Measured = {
  /** ISO 8601. */
  readonly date: string
  readonly servers: readonly MeasuredServer[]
  readonly clientRules: readonly ClientRule[]
  readonly clients: readonly MeasuredClient[]
}

export const readMeasured = (): Measured => JSON.parse(readFileSync(measuredFile, 'utf8'))
