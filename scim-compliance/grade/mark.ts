import type { Level } from '../check.ts'
import type { Outcome } from '../run/result.ts'

/** What an outcome says of the server, from fine to wrong. */
export type Mark = 'success' | 'acceptable' | 'compliant' | 'deviation' | 'error' | 'skipped' | 'broken'

const marksOfFailures: Readonly<Record<Level, Mark>> = {
  // What the RFCs leave to the server
  MAY: 'acceptable',
  // As the RFCs want it, but not as clients do
  practice: 'compliant',
  SHOULD: 'deviation',
  MUST: 'error',
}

export const markOf = ({ verdict, check }: Outcome): Mark => {
  if (verdict === 'failed') return marksOfFailures[check.level]
  return verdict === 'passed' ? 'success' : verdict
}
