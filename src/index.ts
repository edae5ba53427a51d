import { nodeProblem } from './server/node-version.ts'
import { CreateServerError, type CreateServerOptions } from './server/test-server/options.ts'
import { startTestServer, type TestServer } from './server/test-server/test-server.ts'

export type { ExchangeDetail } from './domain/contract/exchanges.ts'
export type {
  Fault,
  FaultActivation,
  FaultEffect,
  FaultMatch,
  FaultPreset,
} from './domain/contract/faults.ts'
export type { FindingGroup } from './domain/contract/findings.ts'
export type { IdentityDetail, IdentityStatus, Member } from './domain/contract/identities.ts'
export type { NewIssuer } from './domain/contract/issuers.ts'
export type { NewOAuthClient } from './domain/contract/oauth-clients.ts'
export type { Snapshot } from './domain/contract/snapshots.ts'
export type { OnDelete, ProfileName, Throttle } from './domain/contract/tenants.ts'
export type { Attach, AttachOptions, NodeTest, VitestTest } from './server/test-server/attach.ts'
export type { TestAws } from './server/test-server/aws.ts'
export type { TestClient } from './server/test-server/console.ts'
export type { DirectoryOptions, GroupWithMembers } from './server/test-server/directory.ts'
export type { TestClock, TestFaults, TestSnapshots } from './server/test-server/faults.ts'
export type { WaitForOptions } from './server/test-server/wait-for.ts'
export { CreateServerError, type CreateServerOptions, type TestServer }

/**
 * Starts a server for a test suite: in memory, on free ports of the loopback address. One process can run several.
 * `await using` closes it. Rejects with a CreateServerError, which has one sentence for each invalid option, and on versions of
 * Node.js that are too old.
 */
export const createServer = async (options: CreateServerOptions = {}): Promise<TestServer> => {
  if (nodeProblem !== undefined) throw new CreateServerError([nodeProblem])
  return startTestServer(options, { memory: 'on' })
}
