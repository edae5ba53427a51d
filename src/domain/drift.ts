/** The worst first. */
export const driftSeverities = ['critical', 'error', 'warning', 'note'] as const

type Counts = {
  /** By severity and category; without what there is nothing of. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>
}

export const countBySeverity = ({ counts }: Counts): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(counts).map(([severity, ofSeverity]) => [
      severity,
      Object.values(ofSeverity).reduce((sum, one) => sum + one),
    ]),
  )

/** `3 critical, 1 error (2 new)`; empty if nothing counts. */
export function formatCounts(drift: Counts & { readonly states: { readonly new?: number } }): string {
  const severities = Object.entries(countBySeverity(drift)).map(([severity, count]) => `${count} ${severity}`)
  const { new: added = 0 } = drift.states
  return `${severities.join(', ')}${added > 0 ? ` (${added} new)` : ''}`
}
