import type { Preflight } from '../../domain/contract/preflight.ts'
import { initialCycleMinutes, requestsPerSecond } from '../../provisioning/entra/job/job-state.ts'
import { type FirstCycle, isProvisioned } from './first-cycle.ts'

export function durationOf(
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

export function* limitsOf(cycle: FirstCycle): Generator<Preflight['limits'][number]> {
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
