import type { Preflight, PreflightCounts } from '../../domain/contract/preflight.ts'
import type {
  SourceDirectory,
  SourceGroup,
  SourceUser,
} from '../../provisioning/kit/directory/source-directory.ts'
import { compact } from '../../scim/json.ts'
import { summarizeCauses } from './causes.ts'
import { type FirstCycle, isProvisioned, type PreflightOptions, runFirstCycle } from './first-cycle.ts'
import { durationOf, limitsOf } from './limits.ts'
import { notesOn } from './notes.ts'

/** Failures in the result; more of them are counted only. */
const maxListed = 10_000

export async function runPreflight(
  directory: SourceDirectory,
  warnings: readonly string[],
  options: PreflightOptions,
): Promise<Preflight> {
  const cycle = await runFirstCycle(directory, options)
  const { config, failures, report } = cycle
  const { requests, writes, quarantine } = report
  const memberships = countMemberships(cycle)
  return {
    profile: options.profile.name,
    mapping: options.mappingName,
    scope: config.scope,
    users: countObjects(directory.users, cycle),
    groups: countObjects(directory.groups, cycle),
    memberships,
    causes: summarizeCauses(failures, config.mapping),
    failures: failures.slice(0, maxListed).map(({ description: _, violation: __, ...failure }) => failure),
    failuresOmitted: Math.max(0, failures.length - maxListed),
    notes: notesOn(cycle),
    cycle: { requests, reads: requests - writes, writes },
    duration: durationOf(cycle, memberships),
    limits: [...limitsOf(cycle)],
    ...compact({
      quarantine: quarantine && {
        reason: quarantine.reason,
        detail: `${quarantine.error.code}: ${quarantine.error.message}`,
      },
    }),
    warnings: shorten(warnings),
  }
}

const maxWarnings = 1000

function shorten(warnings: readonly string[]): string[] {
  const rest = warnings.length - maxWarnings
  return [...warnings.slice(0, maxWarnings), ...(rest > 0 ? [`And ${rest} more warnings.`] : [])]
}

function countObjects(
  objects: readonly (SourceUser | SourceGroup)[],
  { scope, state, failures }: FirstCycle,
): PreflightCounts {
  const failing = new Set(failures.map(({ objectId }) => objectId))
  const counts = {
    read: objects.length,
    accepted: 0,
    incomplete: 0,
    rejected: 0,
    skipped: 0,
    notReached: 0,
    outOfScope: 0,
  }
  for (const object of objects) counts[statusOf(object)]++
  return counts

  function statusOf(object: SourceUser | SourceGroup): Exclude<keyof PreflightCounts, 'read'> {
    if (!isProvisioned(object, scope)) return 'outOfScope'
    const record = state.objects.get(object.objectId)
    if (!record) return 'notReached'
    if (record.target === undefined) return failing.has(object.objectId) ? 'rejected' : 'skipped'
    return failing.has(object.objectId) ? 'incomplete' : 'accepted'
  }
}

function countMemberships({ directory, scope }: FirstCycle): number {
  const provisioned = new Set(
    [...directory.users, ...directory.groups]
      .filter(object => isProvisioned(object, scope))
      .map(({ objectId }) => objectId),
  )
  return directory.groups
    .filter(group => provisioned.has(group.objectId))
    .reduce((sum, { members }) => sum + members.filter(member => provisioned.has(member)).length, 0)
}

export const wouldFail = ({
  users,
  groups,
  quarantine,
}: Pick<Preflight, 'users' | 'groups' | 'quarantine'>): boolean =>
  quarantine !== undefined ||
  [users, groups].some(({ incomplete, rejected, notReached }) => incomplete + rejected + notReached > 0)
