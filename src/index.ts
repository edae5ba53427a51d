import type { CreateServerOptions } from './test-server/options.ts'
import { startTestServer, type TestServer } from './test-server/test-server.ts'

export type { ExchangeDetail } from './contract/exchanges.ts'
export type { Fault, FaultActivation, FaultEffect, FaultMatch, FaultPreset } from './contract/faults.ts'
export type { FindingGroup } from './contract/findings.ts'
export type { IdentityDetail, IdentityStatus, Member } from './contract/identities.ts'
export type { NewIssuer } from './contract/issuers.ts'
export type { NewOAuthClient } from './contract/oauth-clients.ts'
export type { Snapshot } from './contract/snapshots.ts'
export type { OnDelete, ProfileName, Throttle } from './contract/tenants.ts'
export type { TestClient } from './test-server/apply-options.ts'
export type { Attach, AttachOptions } from './test-server/attach.ts'
export type { TestAws } from './test-server/aws.ts'
export type { TestClock } from './test-server/clock.ts'
export type { DirectoryOptions, GroupWithMembers } from './test-server/directory.ts'
export type { TestFaults } from './test-server/faults.ts'
export { CreateServerError } from './test-server/options.ts'
export type { NodeTest, VitestTest } from './test-server/running-test.ts'
export type { TestSnapshots } from './test-server/snapshots.ts'
export type { WaitForOptions } from './test-server/wait-for.ts'
export type { CreateServerOptions, TestServer }

/**
 * Starts a server for a test suite: in memory, on free ports of the loopback address. One process can run several.
 * `await using` closes it. Rejects with a CreateServerError, which has one sentence for each invalid option.
 */
export const createServer = async (options: CreateServerOptions = {}): Promise<TestServer> =>
  startTestServer(options, { memory: 'on' })
