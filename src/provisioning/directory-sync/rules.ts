/** What versions of ssosync do differently. */
export type SsosyncRules = {
  readonly from: readonly [major: number, minor: number]
  /** By the ID of the user or group in Google first, and else by name. Without it, no external ID is sent. */
  readonly byExternalId: boolean
  /** A user of the same name who has another external ID. */
  readonly otherExternalId: 'overwrite' | 'recreate'
  /** Users who are suspended in Google. */
  readonly suspended: 'disable' | 'leave-out'
  /** Whether an option keeps users and groups that Google does not have. */
  readonly canRetain: boolean
}

/** v2.4.0, internal/sync.go, getUserOperations and getGroupOperations. */
const first: SsosyncRules = {
  from: [0, 0],
  byExternalId: false,
  otherExternalId: 'overwrite',
  suspended: 'disable',
  canRetain: false,
}
/** v2.6.3, internal/sync.go, the same and getGoogleUsersInGroup. */
const second: SsosyncRules = { ...first, from: [2, 5], byExternalId: true, suspended: 'leave-out' }
/** Pull request 361 of awslabs/ssosync. */
const third: SsosyncRules = { ...second, from: [2, 7], otherExternalId: 'recreate' }
/** Issue 366 of awslabs/ssosync. */
const newest: SsosyncRules = { ...third, from: [2, 8], canRetain: true }

/** Those of a version such as `2.6` or `2.6.3`; of the newest one without it. */
export function ssosyncRules(version: string | undefined): SsosyncRules {
  if (version === undefined) return newest
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isUntil = ({ from }: SsosyncRules) => from[0] < major || (from[0] === major && from[1] <= minor)
  return [newest, third, second].find(isUntil) ?? first
}
