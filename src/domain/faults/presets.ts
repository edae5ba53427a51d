import type { OperationName } from '../../profiles/profile.ts'
import type { FaultOperation, NewFault } from './fault.ts'

type FaultPreset = {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly fault: NewFault
}

const writes = ['POST', 'PUT', 'PATCH', 'DELETE'] as const
const creates: readonly OperationName[] = ['create']
const tokenRequests: readonly FaultOperation[] = ['token']

const page = `<!DOCTYPE html>
<html><head><title>Sign in</title></head><body><h1>Sign in to continue</h1></body></html>
`

const refusedToken = JSON.stringify({
  access_token: 'scimulator-access-of-a-fault-which-is-always-refused',
  token_type: 'Bearer',
  expires_in: 3600,
  scope: 'scim',
})

const preset = (
  id: string,
  name: string,
  description: string,
  fault: Omit<NewFault, 'name'>,
): FaultPreset => ({
  id,
  name,
  description,
  fault: { name, ...fault },
})

export const presets: readonly FaultPreset[] = [
  preset(
    'throttled',
    'Throttled',
    'Every third write returns 429 with Retry-After: 30. The client should wait and retry.',
    { match: { methods: writes, every: 3 }, effect: { kind: 'status', status: 429, retryAfter: 30 } },
  ),
  preset(
    'throttling-burst',
    'AWS rate limiting',
    'The next 10 writes return 429 without Retry-After, as above 25 writes/s on AWS. The client should slow down by itself.',
    { match: { methods: writes }, effect: { kind: 'status', status: 429 }, times: 10 },
  ),
  preset(
    'failing-creates',
    'Creates fail',
    'Every create returns 500, and nothing is created. The client should retry later and continue with other objects.',
    { match: { operations: creates }, effect: { kind: 'status', status: 500 } },
  ),
  preset(
    'unavailable',
    'Service unavailable',
    'Every request returns 503. The client should stop and retry later.',
    { match: {}, effect: { kind: 'status', status: 503 } },
  ),
  preset(
    'expired-token',
    'Expired token',
    'Every request returns 401, as with an expired token. The client should notify its administrator.',
    { match: {}, effect: { kind: 'token-expired' } },
  ),
  preset('slow', 'Slow responses', 'Every request is delayed 5 seconds. The client should wait.', {
    match: {},
    effect: { kind: 'delay', milliseconds: 5_000 },
  }),
  preset(
    'time-out',
    'Timeout',
    'Every write is delayed 110 seconds; Entra ID times out after 100. The write succeeds all the same, and the retry should detect that.',
    { match: { methods: writes }, effect: { kind: 'delay', milliseconds: 110_000 } },
  ),
  preset(
    'lost-creates',
    'Create succeeds, response lost',
    'Every create succeeds, but its response never arrives. The client should find the resource instead of creating it again.',
    { match: { operations: creates }, effect: { kind: 'reset', when: 'after' } },
  ),
  preset(
    'connection-reset',
    'Connection reset',
    'Every third connection is reset before the request is handled. The client should reconnect and retry.',
    { match: { every: 3 }, effect: { kind: 'reset', when: 'before' } },
  ),
  preset(
    'truncated',
    'Truncated responses',
    'Writes succeed, but only half of the response body arrives, which is invalid JSON. The client should check the result.',
    { match: { methods: writes }, effect: { kind: 'truncate' } },
  ),
  preset(
    'sign-in-page',
    'Sign-in page instead of JSON',
    'Every request returns 200 with the HTML sign-in page of a proxy. The client must not treat it as success.',
    {
      match: {},
      effect: { kind: 'body', status: 200, mediaType: 'text/html; charset=utf-8', body: page },
    },
  ),
  preset(
    'look-ups-not-found',
    'Searches return 404',
    'Every list and search returns 404 instead of an empty list. Entra ID treats the endpoint as invalid and quarantines the job.',
    { match: { operations: ['list'] }, effect: { kind: 'status', status: 404 } },
  ),
  preset(
    'empty-creates',
    'Create succeeds, empty response',
    'Every create succeeds, but returns 200 without a body, and so without the id. The client should look up the resource.',
    {
      match: { operations: creates },
      effect: { kind: 'body', status: 200, mediaType: 'application/scim+json', body: '' },
    },
  ),
  preset(
    'failure-in-mid-cycle',
    'One failure during a cycle',
    'The sixth write from now returns 500, once. The client should retry only that object.',
    { match: { methods: writes, skip: 5 }, effect: { kind: 'status', status: 500 }, times: 1 },
  ),
  preset(
    'failing-memberships',
    'Memberships fail',
    'Every PATCH of a group returns 500. Users are provisioned; the client should retry the memberships.',
    { match: { type: 'Group', operations: ['patch'] }, effect: { kind: 'status', status: 500 } },
  ),
  preset(
    'group-vanished',
    'Group vanished',
    'The next PATCH of a group returns 404, as if the group had been deleted in AWS. The client should report the group: Okta creates a task, and needs the group to be unlinked and pushed again.',
    {
      match: { type: 'Group', operations: ['patch'] },
      effect: { kind: 'status', status: 404 },
      times: 1,
    },
  ),
  preset(
    'key-policy',
    'Customer managed key blocked',
    'Every request returns 403, and the AWS APIs AccessDeniedException, as in an instance with a customer managed key whose policy does not let the caller use it (kms:Decrypt). AWS documents the text for sign-ins; what SCIM returns is unknown. The client should stop, and notify its administrator.',
    {
      match: {},
      effect: {
        kind: 'status',
        status: 403,
        detail: 'ERROR Code: 0001 - IdentityCenter service access is blocked',
      },
    },
  ),
  preset(
    'token-endpoint-down',
    'Token endpoint unavailable',
    'Every token request returns 503. The client should continue with the access token that it has, and retry later.',
    { match: { operations: tokenRequests }, effect: { kind: 'status', status: 503, retryAfter: 30 } },
  ),
  preset(
    'invalid-client',
    'Client secret rejected',
    'Every token request returns invalid_client, as with an expired secret. The client should notify its administrator.',
    { match: { operations: tokenRequests }, effect: { kind: 'token-expired' } },
  ),
  preset(
    'short-access-token',
    'Access tokens of one second',
    'The token endpoint issues access tokens that are valid for one second. The client should request another one when it gets 401.',
    { match: { operations: tokenRequests }, effect: { kind: 'token-lifetime', seconds: 1 } },
  ),
  preset(
    'refused-access-token',
    'Access token that is refused',
    'The token endpoint returns an access token that every request with it is rejected for (401). The client should not request tokens without end.',
    {
      match: { operations: tokenRequests },
      effect: { kind: 'body', status: 200, mediaType: 'application/json;charset=UTF-8', body: refusedToken },
    },
  ),
  preset(
    'no-token-response',
    'No response from the token endpoint',
    'The connection is reset before the token request is handled. The client should retry.',
    { match: { operations: tokenRequests }, effect: { kind: 'reset', when: 'before' } },
  ),
]
