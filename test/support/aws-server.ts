import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import type { RunningServer } from '../../src/server/server.ts'
import type { AwsCaller } from './aws-clients.ts'
import { flagsOf, testDatabase } from './database.ts'
import { startWith } from './started-server.ts'

/** A server with the AWS APIs and the tenant `acme`. */
export type AwsServer = RunningServer & {
  /** The first access key, which may do everything. */
  readonly caller: AwsCaller
  readonly store: string
  readonly instance: string
  readonly bearer: string
}

const key = { id: 'SCIMA2B3C4D5E6F7G2H3', secret: 'abcdefghijklmnopqrstuvwxyz0123456789ABCD' }

export async function startAwsServer(
  t: Pick<Test, 'teardown'>,
  flags: readonly string[] = [],
): Promise<AwsServer> {
  const server = await startWith(t, [
    ...flagsOf(await testDatabase(t)),
    ...['--tenant=acme', '--aws-port=0', `--aws-access-key=${key.id}:${key.secret}`],
    `--seal-key=${randomBytes(24).toString('hex')}`,
    ...flags,
  ])
  const { aws, token } = server
  if (!aws || !token) throw new Error('The server has no AWS listener, or no token.')
  return {
    ...server,
    caller: { url: aws.url, accessKey: key },
    store: aws.identityStoreId,
    instance: aws.instanceArn,
    bearer: token.text,
  }
}
