import type { Check, Suite } from '../check.ts'

/** Which of all checks were asked for: by suite, and by the beginnings of their ids. */
export const selectChecks = (
  checks: readonly Check[],
  {
    as,
    only,
    skip,
  }: { readonly as: readonly Suite[]; readonly only: readonly string[]; readonly skip: readonly string[] },
): readonly Check[] =>
  checks.filter(
    ({ id, suite }) =>
      as.includes(suite) &&
      (only.length === 0 || only.some(prefix => begins(id, prefix))) &&
      !skip.some(prefix => begins(id, prefix)),
  )

// `rfc/create` is not `rfc/created-by`.
const begins = (id: string, prefix: string): boolean =>
  id === prefix || id.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)
