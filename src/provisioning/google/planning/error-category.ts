import type { Cause } from '../../kit/failure.ts'

/** The kinds of errors that Google's admin console lists. It shows no text of the server. */
export type ErrorCategory = 'authorization' | 'transient' | 'user'

export const categoryLabels: Readonly<Record<ErrorCategory, string>> = {
  authorization: 'authorization error',
  transient: 'transient error',
  user: 'user-level error',
}

/** Which responses Google counts as which kind is not documented. */
export function categoryOf(cause: Cause): ErrorCategory {
  if (cause.kind === 'no response') return 'transient'
  if (cause.kind === 'unusable') return 'user'
  if (cause.status === 401 || cause.status === 403) return 'authorization'
  return cause.status === 429 || cause.status >= 500 ? 'transient' : 'user'
}
