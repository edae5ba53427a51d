import type { Recorded, RecordedMessage } from '../../src/domain/journal/record-layout.ts'

const message: RecordedMessage = {
  headers: [],
  body: undefined,
  cutFrom: undefined,
  isMasked: false,
  limit: 65_536,
  margin: 32_768,
}

type Changes = Partial<Omit<Recorded, 'request' | 'response'>> & {
  readonly request?: Partial<RecordedMessage>
  readonly response?: Partial<RecordedMessage>
}

/** A recorded GET of a user, with these changes. */
export const aRecorded = ({ request, response, ...changes }: Changes = {}): Recorded => ({
  id: '019aa000-0000-7000-8000-000000000001',
  parent: undefined,
  at: 1_764_500_400_000,
  tenantTime: 1_764_500_400_000,
  microseconds: 350,
  method: 'GET',
  url: '/acme/scim/v2/Users/1',
  status: 200,
  operation: 'read',
  action: 'read user',
  enabled: undefined,
  results: undefined,
  membersAdded: undefined,
  membersRemoved: undefined,
  bulkOperations: undefined,
  tenant: 'acme',
  profile: 'aws',
  tokenId: undefined,
  tokenEnding: undefined,
  credential: undefined,
  refusal: undefined,
  unauthenticated: false,
  api: undefined,
  apiOperation: undefined,
  accessKey: undefined,
  region: undefined,
  targetType: 'User',
  targetId: '1',
  targetLabel: undefined,
  rule: undefined,
  replayOf: undefined,
  faultId: undefined,
  faultSummary: undefined,
  remoteAddress: '127.0.0.1',
  secretNames: '',
  secrets: [],
  ...changes,
  request: { ...message, ...request },
  response: { ...message, ...response },
})
