import type { Preflight, PreflightCause, PreflightCounts } from '../../domain/contract/preflight.ts'
import { initialCycleMinutes, requestsPerSecond } from '../../provisioning/entra/job/job-state.ts'
import type { Mapping } from '../../provisioning/entra/mapping/mapping.ts'
import type {
  SourceDirectory,
  SourceGroup,
  SourceUser,
} from '../../provisioning/kit/directory/source-directory.ts'
import { compact } from '../../scim/json.ts'
import type { DescribedFailure } from './failures.ts'
import { type FirstCycle, isProvisioned, type PreflightOptions, runFirstCycle } from './first-cycle.ts'
import { notesOn } from './notes.ts'
import { remedyForAttribute } from './remedy.ts'

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

type Group = { readonly first: DescribedFailure; readonly objects: Set<string>; characters: string }

function summarizeCauses(failures: readonly DescribedFailure[], mapping: Mapping): PreflightCause[] {
  const groups = new Map<string, Group>()
  for (const failure of failures) {
    const { type, step, rule, attribute } = failure
    const key = JSON.stringify([type, step, rule, attribute, failure.violation?.kind])
    const group = groups.get(key) ?? { first: failure, objects: new Set(), characters: '' }
    groups.set(key, group)
    group.objects.add(failure.objectId)
    group.characters = unionOf(group.characters, failure.violation?.characters ?? '')
  }
  return [...groups.values()]
    .map(group => toCause(group, mapping))
    .sort((one, other) => other.count - one.count)
}

const unionOf = (characters: string, more: string): string => [...new Set(characters + more)].join('')

function toCause({ first, objects, characters }: Group, mapping: Mapping): PreflightCause {
  const { type, step, rule, attribute, source, description, violation, remedy, fix } = first
  const kind = type === 'User' ? 'user' : 'group'
  const covering = violation?.characters
    ? remedyForAttribute(kind, { ...violation, characters }, mapping[`${kind}s`], remedy)
    : { remedy, fix }
  return {
    type,
    step,
    rule,
    ...(attribute !== undefined && { attribute }),
    ...(source !== undefined && { source }),
    description,
    count: objects.size,
    remedy: covering.remedy,
    ...(covering.fix && { fix: covering.fix }),
  }
}

function durationOf(
  { directory, scope, profile, report }: FirstCycle,
  memberships: number,
): Preflight['duration'] {
  const { requests, writes } = report
  const reads = requests - writes
  const { readsPerSecond, writesPerSecond } = profile.requests.limits
  const objects = [...directory.users, ...directory.groups].filter(object => isProvisioned(object, scope))
  const estimate = (minutes: number) => Math.round((objects.length + memberships) * minutes * 60)
  const rateOf = (count: number) => (requests === 0 ? 0 : (requestsPerSecond * count) / requests)
  return {
    requestsPerSecond,
    seconds: Math.ceil(requests / requestsPerSecond),
    estimate: {
      leastSeconds: estimate(initialCycleMinutes.least),
      mostSeconds: estimate(initialCycleMinutes.most),
    },
    throttle: {
      readsPerSecond,
      writesPerSecond,
      seconds: Math.ceil(Math.max(reads / readsPerSecond, writes / writesPerSecond)),
      exceeded: rateOf(reads) > readsPerSecond || rateOf(writes) > writesPerSecond,
    },
  }
}

function* limitsOf(cycle: FirstCycle): Generator<Preflight['limits'][number]> {
  const { directory, scope, profile, config } = cycle
  const { resources, membershipChanges, groupsOfUser } = profile.requests.limits
  const inScope = (objects: readonly Parameters<typeof isProvisioned>[0][]) =>
    objects.filter(object => isProvisioned(object, scope)).length
  yield limit('users', 'Users', inScope(directory.users), resources)
  yield limit('groups', 'Groups', inScope(directory.groups), resources)
  if (membershipChanges !== undefined) {
    yield limit(
      'membership-changes',
      'Membership changes in one request',
      Math.min(config.memberBatchSize, largestGroup(cycle)),
      membershipChanges,
    )
  }
  if (groupsOfUser !== undefined) {
    yield limit('groups-of-user', 'Groups of one user', mostGroups(cycle), groupsOfUser)
  }
}

const limit = (id: string, title: string, value: number, maximum: number): Preflight['limits'][number] => ({
  id,
  title,
  value,
  maximum,
  exceeded: value > maximum,
})

const groupsInScope = ({ directory, scope }: FirstCycle) =>
  directory.groups.filter(group => isProvisioned(group, scope))

const largestGroup = (cycle: FirstCycle): number =>
  groupsInScope(cycle).reduce((most, { members }) => Math.max(most, members.length), 0)

function mostGroups(cycle: FirstCycle): number {
  const counts = new Map<string, number>()
  let most = 0
  for (const member of groupsInScope(cycle).flatMap(({ members }) => members)) {
    const count = (counts.get(member) ?? 0) + 1
    counts.set(member, count)
    most = Math.max(most, count)
  }
  return most
}
