import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { killServers } from './server.ts'
import { type Figure, Skipped, type Trial } from './trial.ts'

export type Outcome = {
  readonly trial: Trial
  readonly seconds: number
  readonly figures: readonly Figure[]
  /** The reason, if the trial was skipped. */
  readonly skipped?: string
  /** The expectations that failed. */
  readonly failure?: string
}

type Scale = {
  readonly isShort: boolean
  readonly factor: number
  readonly isStopped?: () => boolean
}

/** Runs a trial in its own folder; failures are part of the outcome. */
export async function runTrial(
  trial: Trial,
  { isShort, factor, isStopped = () => false }: Scale,
  report: (line: string) => void,
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), `scimulator-${trial.id}-`))
  const size = (short: number, long: number) => (isShort ? short : Math.max(1, Math.round(long * factor)))
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  try {
    const figures = await trial.run({ folder, isShort, size, report, isStopped })
    return { trial, seconds: seconds(), figures }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const result = error instanceof Skipped ? { skipped: message } : { failure: message }
    return { trial, seconds: seconds(), figures: [], ...result }
  } finally {
    await killServers()
    rmSync(folder, { recursive: true, force: true })
  }
}
