import { identityStoreId } from '../../../src/aws-api/identifiers.ts'
import { keys, newUser, scimHeaders, scimPath, tokens, usersOf } from './setup.ts'
import { requestBytes, type Step } from './step.ts'

const send = (method: string, path: string, body?: object): Step => ({
  to: 'scim',
  requests: [
    {
      bytes: requestBytes({
        method,
        target: scimPath('removing') + path,
        headers: scimHeaders(tokens.removing),
        ...(body && { body: JSON.stringify(body) }),
      }),
    },
  ],
})

const callAws = (headers: readonly string[], members: object): Step => ({
  to: 'aws',
  requests: [
    {
      bytes: requestBytes({
        method: 'POST',
        target: '/',
        headers: ['Content-Type: application/x-amz-json-1.1', ...headers],
        body: JSON.stringify({ IdentityStoreId: identityStoreId('aws'), ...members }),
      }),
    },
  ],
})

/** Requests that show each intended difference, however few random ones follow. */
export const cases = (): readonly Step[] => [
  ...[1, 2, 3].map(number =>
    send('POST', '/Users', newUser(`large-${number}`, { title: 'title '.repeat(1200) })),
  ),
  send('GET', `/Users?filter=${encodeURIComponent('userName sw "large-"')}`),
  // Both bodies are cut.
  send('POST', '/Users', newUser('longest', { title: 'title '.repeat(11_000), password: 'hunter2' })),
  // A body that is too large, of which nothing arrives: the connection ends with the response.
  {
    to: 'scim',
    requests: [
      {
        bytes: `${requestBytes({
          method: 'POST',
          target: `${scimPath('rfc')}/Users`,
          headers: scimHeaders(tokens.rfc),
        }).slice(0, -2)}Content-Length: 3000000\r\n\r\n`,
      },
    ],
  },
  send('GET', '/Schemas'),
  send('POST', '/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    failOnErrors: 'x',
    Operations: [{ method: 'DELETE', path: '/Users/nobody' }],
  }),
  {
    to: 'scim',
    requests: [
      {
        bytes: requestBytes({
          method: 'POST',
          target: `${scimPath('rfc')}/Users`,
          headers: [`Authorization: Bearer ${tokens.rfc}`, 'Content-Type: application/x-www-form-urlencoded'],
          body: `password=hunter2&text=${'x'.repeat(100_000)}&token=${tokens.rfc}`,
        }),
      },
      {
        bytes: requestBytes({
          method: 'PATCH',
          target: `${scimPath('entra')}/Users/${usersOf('entra')[0]}`,
          headers: scimHeaders(tokens.entra),
          body: JSON.stringify({
            schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
            Operations: [{ op: 'replace', path: 'displayName', value: [{ value: 'Marge' }] }],
          }),
        }),
      },
    ],
  },
  send('GET', `/Users?sig=${'ab12'.repeat(8)}&amp;code=${'cd34'.repeat(8)}&count=0`),
  callAws(['X-Amz-Target: AWSIdentityStore.ListUsers', `x-functions-key: ${keys.unknown.secret}`], {}),
  callAws(['X-Amz-Target: SWBExternalService.ListInstances'], {}),
  callAws(['X-Amz-Target: AWSIdentityStore.DescribeUser'], { UserId: 'x'.repeat(5000) }),
]
