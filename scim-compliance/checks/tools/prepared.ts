import { Failure, skip } from '../../expect.ts'

/** Skips the check: what it needs went wrong already, and another check reports that. */
export const followsFrom = (what: string, id: string): never => skip(`${what}, which ${id} reports.`)

/** Whether a reason for a skip is that of `followsFrom`. */
export const isFollowing = (reason: string): boolean => /, which \w+\/[\w-]+\/[\w-]+ reports\.$/.test(reason)

/**
 * The first of several ways to bring about what a check needs. Skips where none does: then a pass or a failure would say
 * nothing of what the check is about.
 */
export async function reached<Reached>(
  what: string,
  id: string,
  ...ways: readonly (() => Promise<Reached>)[]
): Promise<Reached> {
  for (const way of ways) {
    try {
      return await way()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
    }
  }
  return followsFrom(what, id)
}
