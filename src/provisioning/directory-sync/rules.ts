/** A version of a client that copies Google Workspace to AWS: it lists both sides, and writes what differs. */
export type SyncRules = {
  readonly client: 'ssosync' | 'idp-scim-sync'
  readonly from: readonly [major: number, minor: number]
  /** By the ID of the user or group in Google first, and else by name. Without it, no external ID is sent. */
  readonly byExternalId: boolean
  /** A user of the same name who has another external ID. */
  readonly otherExternalId: 'overwrite' | 'recreate'
  /** Users who are suspended in Google. */
  readonly suspended: 'disable' | 'leave-out'
  /** Whether an option keeps users and groups that Google does not have. */
  readonly canRetain: boolean
  /** Where it is read from. */
  readonly source: string
}

/** Oldest first. */
export const syncRules: readonly SyncRules[] = [
  {
    client: 'ssosync',
    from: [0, 0],
    byExternalId: false,
    otherExternalId: 'overwrite',
    suspended: 'disable',
    canRetain: false,
    source: 'awslabs/ssosync v2.4.0, internal/sync.go, getUserOperations, getGroupOperations',
  },
  {
    client: 'ssosync',
    from: [2, 5],
    byExternalId: true,
    otherExternalId: 'overwrite',
    suspended: 'leave-out',
    canRetain: false,
    source: 'awslabs/ssosync v2.6.3, internal/sync.go, getUserOperations, getGoogleUsersInGroup',
  },
  {
    client: 'ssosync',
    from: [2, 7],
    byExternalId: true,
    otherExternalId: 'recreate',
    suspended: 'leave-out',
    canRetain: false,
    source: 'awslabs/ssosync, pull request 361',
  },
  {
    client: 'ssosync',
    from: [2, 8],
    byExternalId: true,
    otherExternalId: 'recreate',
    suspended: 'leave-out',
    canRetain: true,
    source: 'awslabs/ssosync, issue 366',
  },
  {
    client: 'idp-scim-sync',
    from: [0, 0],
    byExternalId: false,
    otherExternalId: 'overwrite',
    suspended: 'disable',
    canRetain: false,
    source: 'slashdevops/idp-scim-sync a375c40, internal/model/operations.go, internal/core/sync.go',
  },
]

/** The rules of a version such as `2.6` or `2.6.3`; of the newest one without it. */
export function rulesOf(client: SyncRules['client'], version: string | undefined): SyncRules {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  const isUntil = ({ from }: SyncRules) =>
    version === undefined || from[0] < major || (from[0] === major && from[1] <= minor)
  const found = syncRules.filter(rules => rules.client === client && isUntil(rules)).at(-1)
  if (!found) throw new Error(`There are no rules of ${client}.`)
  return found
}
