import { readFileSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import type { Plan } from './plan.ts'
import type { Row } from './rows.ts'

/** What a version recorded of a plan. */
export type Recorded = Plan & {
  /** The rows of each step. */
  readonly rows: readonly (readonly Row[])[]
  readonly series: readonly string[]
}

/** What the version of a commit recorded, for the tests: a few hundred requests. */
export type Fixture = { readonly commit: string; readonly plans: readonly Recorded[] }

const file = new URL('../../../test/data/journal-rows.json.br', import.meta.url)

export const readFixture = (): Fixture => JSON.parse(brotliDecompressSync(readFileSync(file)).toString())

export const writeFixture = (fixture: Fixture): void =>
  writeFileSync(file, brotliCompressSync(JSON.stringify(fixture)))

/** The random requests of the fixture. */
export const fixtureRequests = 200
