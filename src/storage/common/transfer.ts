/**
 * The tables whose rows are copied from one engine to another, in this order. Others are computed from these: the numbers of
 * resources, the text index, how much the journal stores.
 */
export const transferTables = [
  'tenants',
  'tokens',
  'access_keys',
  'console_tokens',
  'audit',
  'oauth_clients',
  'client_secrets',
  'access_tokens',
  'issuers',
  'finding_mutes',
  'resources',
  'keys',
  'memberships',
  'versions',
  'membership_events',
  'deleted_resources',
  'history_starts',
  'last_seen',
  'indexed_attributes',
  'permission_sets',
  'account_assignments',
  'assignment_requests',
  'identity_center_instances',
  'exchanges',
  'exchange_notes',
  'unanalyzed_exchanges',
  'findings',
  'cycles',
  'token_clients',
  'setup_steps',
  'pruning_clock',
] as const

export type TransferTable = (typeof transferTables)[number]

/** JSON is a text, and so is an exchange's tenant if it has none: the empty one. */
export type TransferRow = Readonly<Record<string, string | number | Uint8Array | null>>

/** The highest number of each sequence that was ever given; 0 if there was none. */
export type LastNumbers = {
  readonly tenant: number
  readonly resource: number
  readonly membership: number
  readonly moment: number
}

export type TransferSource = {
  readonly lastNumbers: LastNumbers
  readonly keepBytes?: number
  count(table: TransferTable): number
  rows(table: TransferTable): Iterable<TransferRow>
}
