import type { entra } from '../../../provisioning/entra/client.ts'
import {
  type CycleCounts,
  type CycleProgress,
  type CycleReport,
  formatCycleReport,
} from '../../../provisioning/entra/job/cycle-report.ts'
import type { SourceDirectory } from '../../../provisioning/kit/directory/source-directory.ts'
import { printableLines } from '../output.ts'
import { withProgress } from '../progress-line.ts'
import { formatFailures, hintsFor, pendingRetries } from './failures.ts'

type OpenEntraJob = Pick<Awaited<ReturnType<typeof entra.open>>, 'job' | 'state'>

const progressCounts = {
  created: 'created',
  matched: 'matched',
  updated: 'updated',
  disabled: 'disabled',
  deleted: 'deleted',
  membersAdded: 'members added',
  membersRemoved: 'members removed',
  failed: 'failed',
} as const satisfies Partial<Record<keyof CycleCounts, string>>

export function formatProgress(
  { phase, done, total, requests, counts }: CycleProgress,
  milliseconds: number,
): string {
  const happened = Object.entries(progressCounts).flatMap(([name, word]) => {
    const count = counts[name as keyof typeof progressCounts]
    return count > 0 ? [`${count} ${word}`] : []
  })
  const rate = (requests / Math.max(1, milliseconds)) * 1000
  const soFar = happened.length > 0 ? `: ${happened.join(', ')}` : ''
  return `${phase} ${done}/${total}${soFar}; ${requests} requests, ${rate.toFixed(1)} a second`
}

type CycleOptions = {
  readonly directory: SourceDirectory
  readonly signal: AbortSignal
  readonly now: boolean
  readonly silent: boolean
}

export const runCycleWithProgress = (
  { job }: OpenEntraJob,
  { silent, ...cycle }: CycleOptions,
): Promise<CycleReport> =>
  withProgress({ silent, format: formatProgress }, onProgress => job.runCycle({ ...cycle, onProgress }))

export const isClean = ({ ending, escrows }: CycleReport): boolean => ending === 'completed' && escrows === 0

export const isUneventful = ({ ending, writes, counts }: CycleReport): boolean =>
  ending === 'waiting' || (ending === 'completed' && writes === 0 && counts.failed === 0)

export function formatCycle(report: CycleReport, { state }: OpenEntraJob): string {
  const retries = pendingRetries(state)
  const hints = hintsFor(report.quarantine, retries).map(hint => `${hint}\n`)
  return `${printableLines(formatCycleReport(report))}${formatFailures(retries)}${hints.join('')}`
}
