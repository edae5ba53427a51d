import type { TestServer } from '../../src/index.ts'
import type { JsonObject } from '../../src/scim/json.ts'

/** Sends requests to the AWS APIs of a server that accepts any credentials. */
export function awsCaller({ aws }: Pick<TestServer, 'aws'>, tenant: string) {
  if (!aws) throw new Error('The tenant has no AWS APIs.')
  return async <Output = JsonObject>(operation: string, input: JsonObject): Promise<Output> => {
    const response = await fetch(`${aws.endpoint}/${tenant}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `SWBExternalService.${operation}`,
      },
      body: JSON.stringify({ InstanceArn: aws.instanceArn, ...input }),
    })
    if (!response.ok) throw new Error(`${operation}: ${await response.text()}`)
    return (await response.json()) as Output
  }
}

type Principal = { readonly PrincipalType: 'USER' | 'GROUP'; readonly PrincipalId: string }

/** Creates a permission set and assigns accounts with it. */
export async function assignAccounts(
  server: Pick<TestServer, 'aws'>,
  tenant: string,
  name: string,
  assigned: readonly (readonly [account: string, principal: Principal])[],
): Promise<string> {
  const call = awsCaller(server, tenant)
  const { PermissionSet } = await call<{ PermissionSet: { PermissionSetArn: string } }>(
    'CreatePermissionSet',
    { Name: name },
  )
  const { PermissionSetArn } = PermissionSet
  for (const [TargetId, principal] of assigned) {
    await call('CreateAccountAssignment', {
      PermissionSetArn,
      TargetId,
      TargetType: 'AWS_ACCOUNT',
      ...principal,
    })
  }
  return PermissionSetArn
}
