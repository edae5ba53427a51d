import * as identityStore from '@aws-sdk/client-identitystore'
import * as ssoAdmin from '@aws-sdk/client-sso-admin'
import * as sts from '@aws-sdk/client-sts'
import type { Test } from 'tap'
import type { JsonObject } from '../../src/scim/json.ts'
import type { AwsCaller } from './aws-clients.ts'
import type { AwsService, CallAws } from './every-aws-operation.ts'

export type SdkClients = {
  readonly identitystore: identityStore.IdentitystoreClient
  readonly 'sso-admin': ssoAdmin.SSOAdminClient
  readonly sts: sts.STSClient
}

/** The clients of the JavaScript SDK, until the test ends. */
export function sdkClients(
  t: Pick<Test, 'teardown'>,
  { url, accessKey }: AwsCaller,
  more: object = {},
): SdkClients {
  const config = {
    endpoint: url,
    region: 'eu-central-1',
    credentials: { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret },
    ...more,
  }
  const clients = {
    identitystore: new identityStore.IdentitystoreClient(config),
    'sso-admin': new ssoAdmin.SSOAdminClient(config),
    sts: new sts.STSClient(config),
  }
  t.teardown(() => {
    for (const client of Object.values(clients)) client.destroy()
  })
  return clients
}

const modules: Readonly<Record<AwsService, object>> = {
  identitystore: identityStore,
  'sso-admin': ssoAdmin,
  sts,
}

/** Without metadata, and without members that are undefined. Times are texts. */
const plainOutput = ({ $metadata: _, ...output }: { readonly $metadata?: unknown }): JsonObject =>
  JSON.parse(JSON.stringify(output))

/** Calls operations by their names. */
export const callWithSdk =
  (clients: SdkClients): CallAws =>
  async (service, operation, input = {}) => {
    const found = Object.entries(modules[service]).find(([name]) => name === `${operation}Command`)
    const Command = found?.[1] as new (input: object) => never
    const client = clients[service] as { send(command: never): Promise<object> }
    return plainOutput(await client.send(new Command(input)))
  }
