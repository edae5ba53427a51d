import { awsEnvironment } from '../../aws-api/environment.ts'
import type { RunningServer } from '../server.ts'

export type TestAws = {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly identityStoreId: string
  readonly instanceArn: string
  readonly environment: Readonly<Record<string, string>>
}

/** Undefined unless the profile is `aws`, and at a later start: only the first start knows the secret. */
export function testAws({ aws }: RunningServer): TestAws | undefined {
  if (!aws?.accessKey) return undefined
  const { url, region, accessKey, identityStoreId, instanceArn } = aws
  return {
    endpoint: url,
    region,
    accessKeyId: accessKey.id,
    secretAccessKey: accessKey.secret,
    identityStoreId,
    instanceArn,
    environment: awsEnvironment({ url, region, ...accessKey }),
  }
}
