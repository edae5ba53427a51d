/** The journal stores these values: never rename one. */
export const operations = [
  'create',
  'read',
  'replace',
  'update',
  'rename',
  'disable',
  'enable',
  'add-members',
  'remove-members',
  'change-members',
  'replace-members',
  'delete',
  'list',
  'look-up',
  'search',
  'probe',
  'discovery',
  'bulk',
  'token',
  'rejected',
  'unknown-address',
  'unsupported',
  'malformed',
] as const

export type Operation = (typeof operations)[number]

export const isOperation = (text: string): text is Operation => operations.some(name => name === text)

export type OperationFacts = {
  /**
   * A PATCH has one even if it does several things: `disable` or `enable` takes precedence, then a change of
   * members, then `rename`. `token`: a request to the token endpoint. `rejected`: the token was rejected. `malformed`: the request could not be read.
   */
  readonly operation: Operation
  readonly enabled?: boolean
  readonly results?: number
  /** Members that a PATCH lists. Absent if it lists none, or if it removes by a filter or removes all. */
  readonly membersAdded?: number
  readonly membersRemoved?: number
  readonly bulkOperations?: number
}
