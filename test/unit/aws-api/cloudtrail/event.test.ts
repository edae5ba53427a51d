import t from 'tap'
import { cloudTrailEvent } from '../../../../src/aws-api/cloudtrail.ts'
import type { Exchange } from '../../../../src/domain/journal/exchange.ts'
import type { Json } from '../../../../src/scim/json.ts'
import { anExchange } from '../../../contract/journal.ts'

const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS'
const at = Date.parse('2026-11-26T05:34:22.789Z')

const body = (value: Json) => ({ body: JSON.stringify(value) })

/** A request to a tenant that emulates AWS. */
const aRequest = (rest: Partial<Exchange>): Exchange =>
  anExchange(1, { tenant: 'acme', profile: 'aws', tenantTime: at, remoteAddress: '203.0.113.7', ...rest })

const eventOf = (rest: Partial<Exchange>) => cloudTrailEvent(aRequest(rest), { region: 'eu-central-1' })

const scimHeaders = { host: 'scim.example.com', 'user-agent': 'Azure AD' }
const user = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  externalId: 'marge-1',
  userName: 'marge@example.com',
  name: { familyName: 'Simpson', givenName: 'Marge' },
  emails: [{ value: 'marge@example.com', primary: true }],
  active: true,
}

t.test('IS-502 IS-503 a created user is logged with its values hidden', async t => {
  const event = eventOf({
    method: 'POST',
    url: '/acme/scim/v2/Users',
    status: 201,
    token: { id: 'token-1', ending: 'k3f9' },
    request: { headers: scimHeaders, ...body(user) },
    response: {
      headers: {},
      ...body({
        ...user,
        id: '42',
        meta: {
          resourceType: 'User',
          created: '2024-10-10T13:23:45Z',
          lastModified: '2026-01-02T03:04:05.678Z',
        },
      }),
    },
  })
  const shownUser = {
    schemas: user.schemas,
    userName: hidden,
    name: { familyName: hidden, givenName: hidden },
    emails: [{ value: hidden, primary: true }],
    active: true,
  }
  t.same(event, {
    eventVersion: '1.10',
    userIdentity: { type: 'WebIdentityUser', accountId: event?.recipientAccountId, accessKeyId: 'token-1' },
    eventTime: '2026-11-26T05:34:22Z',
    eventSource: 'identitystore-scim.amazonaws.com',
    eventName: 'CreateUser',
    awsRegion: 'eu-central-1',
    sourceIPAddress: '203.0.113.7',
    userAgent: 'Azure AD',
    requestParameters: { httpBody: shownUser, tenantId: 'acme' },
    responseElements: {
      ...shownUser,
      id: '42',
      meta: {
        resourceType: 'User',
        created: 'Oct 10, 2024, 1:23:45 PM',
        lastModified: 'Jan 2, 2026, 3:04:05 AM',
      },
    },
    requestID: 'exchange-1',
    eventID: event?.eventID,
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: event?.recipientAccountId,
    eventCategory: 'Management',
    tlsDetails: { clientProvidedHostHeader: 'scim.example.com' },
  })
  t.match(event, { recipientAccountId: /^\d{12}$/, eventID: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ })
})

t.test('IS-503 a failed PATCH has upper-case operations, an error and no response elements', async t => {
  t.match(
    eventOf({
      method: 'PATCH',
      url: '/acme/scim/v2/Users/42',
      status: 400,
      request: {
        headers: scimHeaders,
        ...body({
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [
            { op: 'Replace', path: 'emails', value: [{ value: 'a@example.com' }] },
            { op: 'Remove', path: 'emails[value eq "b@example.com"]' },
          ],
        }),
      },
      response: { headers: {}, ...body({ detail: 'List attribute emails exceeds allowed limit of 1' }) },
    }),
    {
      userIdentity: { type: 'Unknown' },
      eventName: 'PatchUser',
      errorCode: 'ValidationException',
      errorMessage: 'List attribute emails exceeds allowed limit of 1',
      requestParameters: {
        httpBody: {
          schemas: [hidden],
          operations: [
            { op: 'REPLACE', path: 'emails', value: hidden },
            { op: 'REMOVE', path: hidden },
          ],
        },
        tenantId: 'acme',
        id: '42',
      },
      responseElements: null,
    },
  )
})

t.test('IS-501 each SCIM operation of AWS has its name, and other requests are not logged', async t => {
  const name = (method: string, path: string, rest: Partial<Exchange> = {}) =>
    eventOf({ method, url: `/acme/scim/v2/${path}`, ...rest })?.eventName
  t.same(
    [
      ['POST', 'Users'],
      ['GET', 'Users?filter=userName%20eq%20%22marge%22'],
      ['GET', 'Users/42'],
      ['PUT', 'Users/42'],
      ['PATCH', 'Users/42'],
      ['DELETE', 'Users/42'],
      ['POST', 'Groups'],
      ['GET', 'Groups'],
      ['GET', 'Groups/42'],
      ['PATCH', 'Groups/42'],
      ['DELETE', 'Groups/42'],
      ['GET', 'Schemas'],
      ['GET', 'Schemas/urn:x'],
      ['GET', 'ResourceTypes'],
      ['GET', 'ServiceProviderConfig'],
    ].map(([method = '', path = '']) => name(method, path)),
    [
      'CreateUser',
      'ListUsers',
      'GetUser',
      'PutUser',
      'PatchUser',
      'DeleteUser',
      'CreateGroup',
      'ListGroups',
      'GetGroup',
      'PatchGroup',
      'DeleteGroup',
      'ListSchemas',
      'GetSchema',
      'ListResourceTypes',
      'ServiceProviderConfig',
    ],
  )
  t.equal(name('PUT', 'Groups/42'), undefined)
  t.equal(name('POST', 'Bulk'), undefined)
  t.equal(name('GET', 'constructor'), undefined)
  t.equal(name('GET', 'Users/%zz'), undefined)
  t.equal(name('GET', 'Users', { profile: 'entra' }), undefined, 'another service provider')
  t.equal(cloudTrailEvent(anExchange(1), { region: 'us-east-1' }), undefined, 'no known tenant')
})

t.test('a body that the journal does not have as a whole is hidden', async t => {
  t.match(
    eventOf({
      method: 'POST',
      url: '/acme/scim/v2/Users',
      status: 400,
      request: { headers: {}, body: '{"userName":"marge' },
      response: { headers: {}, body: 'not JSON' },
    }),
    { errorCode: 'ValidationException', errorMessage: undefined, requestParameters: { httpBody: hidden } },
  )
})

const signed = { host: 'identitystore.example.com', 'user-agent': 'aws-cli/2.23.6' }
const store = 'd-90670a1b2c'

const apiRequest = (rest: Partial<Exchange>): Partial<Exchange> => ({
  method: 'POST',
  url: '/',
  api: 'identity-store',
  accessKey: 'SCIMA2B3C4D5E6F7G2H3',
  region: 'us-east-1',
  ...rest,
})

t.test('IS-504 a request to the Identity Store API shows IDs, and hides the values of users', async t => {
  const event = eventOf(
    apiRequest({
      apiOperation: 'CreateUser',
      request: {
        headers: signed,
        ...body({
          IdentityStoreId: store,
          UserName: 'marge',
          Name: { GivenName: 'Marge' },
          ExternalIds: [{ Issuer: 'https://scim.aws.com/acme', Id: 'marge-1' }],
          Emails: [{ Value: 'marge@example.com', Primary: true }],
        }),
      },
      response: { headers: {}, ...body({ UserId: '42', IdentityStoreId: store }) },
    }),
  )
  t.match(event, {
    userIdentity: {
      type: 'IAMUser',
      principalId: 'SCIMA2B3C4D5E6F7G2H3',
      arn: `arn:aws:iam::${event?.recipientAccountId}:user/SCIMA2B3C4D5E6F7G2H3`,
      accountId: event?.recipientAccountId,
      accessKeyId: 'SCIMA2B3C4D5E6F7G2H3',
      userName: 'SCIMA2B3C4D5E6F7G2H3',
    },
    eventSource: 'identitystore.amazonaws.com',
    eventName: 'CreateUser',
    awsRegion: 'eu-central-1',
    requestParameters: {
      identityStoreId: store,
      userName: hidden,
      name: { givenName: hidden },
      emails: [{ value: hidden, primary: true }],
      externalIds: undefined,
    },
    responseElements: { userId: '42', identityStoreId: store },
    readOnly: false,
    resources: [
      {
        accountId: event?.recipientAccountId,
        type: 'AWS::IdentityStore::IdentityStore',
        ARN: /^arn:aws:identitystore::\d{12}:identitystore\/d-9067[0-9a-f]{6}$/,
      },
    ],
  })
})

t.test(
  'IS-504 IS-506 reads show their response elements; external IDs and names of groups are not shown',
  async t => {
    const event = eventOf(
      apiRequest({
        apiOperation: 'GetGroupId',
        request: {
          headers: signed,
          ...body({
            IdentityStoreId: store,
            AlternateIdentifier: {
              UniqueAttribute: { AttributePath: 'displayName', AttributeValue: 'Sysadmins' },
              ExternalId: { Issuer: 'https://scim.aws.com/acme', Id: 'sysadmins-1' },
            },
          }),
        },
        response: { headers: {}, ...body({ GroupId: '7', IdentityStoreId: store }) },
      }),
    )
    t.same(event?.requestParameters, {
      identityStoreId: store,
      alternateIdentifier: { uniqueAttribute: { attributePath: 'displayName', attributeValue: hidden } },
    })
    t.same(event?.responseElements, { groupId: '7', identityStoreId: store })
    t.equal(event?.readOnly, true)
  },
)

t.test('IS-500 SSO Admin and STS have their own sources, and their reads no response elements', async t => {
  const sso = (apiOperation: string, request: Json, response: Json) =>
    eventOf(
      apiRequest({
        api: 'sso-admin',
        apiOperation,
        request: { headers: signed, ...body(request) },
        response: { headers: {}, ...body(response) },
      }),
    )
  t.match(sso('ListInstances', {}, { Instances: [] }), {
    eventSource: 'sso.amazonaws.com',
    requestParameters: null,
    responseElements: null,
    resources: undefined,
  })
  t.match(sso('CreatePermissionSet', { Name: 'ReadOnly' }, { PermissionSet: { Name: 'ReadOnly' } }), {
    requestParameters: { name: 'ReadOnly' },
    responseElements: { permissionSet: { name: 'ReadOnly' } },
    readOnly: false,
  })
  t.match(
    eventOf(
      apiRequest({
        api: 'sts',
        apiOperation: 'GetCallerIdentity',
        request: { headers: signed, body: 'Action=GetCallerIdentity&Version=2011-06-15' },
      }),
    ),
    { eventSource: 'sts.amazonaws.com', requestParameters: null, responseElements: null },
  )
})

t.test('IS-505 a throttled request has an error and no parameters', async t => {
  t.match(
    eventOf(
      apiRequest({
        apiOperation: 'ListUsers',
        status: 400,
        request: { headers: signed, ...body({ IdentityStoreId: store }) },
        response: { headers: {}, ...body({ __type: 'ThrottlingException', message: 'Rate exceeded' }) },
      }),
    ),
    { errorCode: 'ThrottlingException', errorMessage: 'Rate exceeded', requestParameters: null },
  )
})

t.test('a request that AWS rejects before it knows the operation or the account is not logged', async t => {
  const rejected = (rest: Partial<Exchange>) =>
    eventOf(apiRequest({ apiOperation: 'ListUsers', status: 400, ...rest }))
  t.equal(rejected({ refusal: 'wrong-signature' }), undefined)
  t.equal(rejected({ accessKey: undefined as never }), undefined)
  t.equal(rejected({ apiOperation: 'no operation' }), undefined)
  t.equal(
    rejected({ response: { headers: {}, ...body({ __type: 'UnknownOperationException' }) } }),
    undefined,
  )
  t.match(
    rejected({
      refusal: 'read-only',
      response: { headers: {}, ...body({ __type: 'AccessDeniedException', Message: 'User: …' }) },
    }),
    { errorCode: 'AccessDeniedException', errorMessage: 'User: …' },
  )
})
