import { type AnyOperation, type ApiCall, defineOperation } from '../operation.ts'
import { integer, oneOf, optional, required, structure, text } from '../shape.ts'
import { intentOf, requireInstance } from './context.ts'
import { ssoAdminErrors } from './errors.ts'
import {
  accountShape,
  applicationArnShape,
  applicationProviderArnShape,
  nextTokenShape,
  onInstance,
  paging,
  principalIdShape,
  principalTypeShape,
  trustedTokenIssuerArnShape,
} from './shapes.ts'

const service = 'sso'

const onApplication = { ApplicationArn: required(applicationArnShape) }
const onProvider = { ApplicationProviderArn: required(applicationProviderArnShape) }
const onIssuer = { TrustedTokenIssuerArn: required(trustedTokenIssuerArnShape) }
const onPrincipal = { PrincipalId: required(principalIdShape), PrincipalType: required(principalTypeShape) }

type Members = Parameters<typeof structure>[0]

const reading = (
  name: string,
  operation: 'list' | 'read',
  action: string,
  input: Members,
  run: (call: ApiCall, input: Readonly<Record<string, unknown>>) => Readonly<Record<string, never[]>>,
): AnyOperation =>
  defineOperation({
    service,
    name,
    access: 'read',
    intent: intentOf(operation, action),
    input: structure(input),
    run: async (call, given) => ({
      output: run(call, given),
      intent: intentOf(operation, action, operation === 'list' ? 0 : undefined),
    }),
  })

const listing = (name: string, member: string, action: string, input: Members): AnyOperation =>
  reading(name, 'list', action, input, (call, { InstanceArn }) => {
    if (typeof InstanceArn === 'string') requireInstance(call, name, InstanceArn)
    return { [member]: [] }
  })

const missing = (name: string, action: string, kind: string, input: Members): AnyOperation => {
  const [arn = ''] = Object.keys(input)
  return reading(name, 'read', action, input, (_, given) => {
    throw ssoAdminErrors.noneOfKind(kind, String(given[arn]))
  })
}

const ofApplication = (name: string, action: string, more: Members = {}): AnyOperation =>
  missing(name, action, 'Application', { ...onApplication, ...more })

/**
 * The operations that read what is not emulated: applications, trusted token issuers and attributes for access control. They
 * return what AWS returns for an instance that has none, so tools that export a whole instance come to the end.
 */
export const absentResourceOperations: readonly AnyOperation[] = [
  listing('ListApplications', 'Applications', 'list applications', {
    ...onInstance,
    Filter: optional(
      structure({
        ApplicationAccount: optional(accountShape),
        ApplicationProvider: optional(applicationProviderArnShape),
      }),
    ),
    ...paging,
  }),
  listing('ListApplicationProviders', 'ApplicationProviders', 'list application providers', paging),
  listing(
    'ListApplicationAssignmentsForPrincipal',
    'ApplicationAssignments',
    'list application assignments of principal',
    {
      ...onInstance,
      ...onPrincipal,
      Filter: optional(structure({ ApplicationArn: optional(applicationArnShape) })),
      ...paging,
    },
  ),
  listing('ListTrustedTokenIssuers', 'TrustedTokenIssuers', 'list trusted token issuers', {
    ...onInstance,
    ...paging,
  }),

  missing('DescribeApplicationProvider', 'read application provider', 'ApplicationProvider', onProvider),
  missing('DescribeTrustedTokenIssuer', 'read trusted token issuer', 'TrustedTokenIssuer', onIssuer),
  ofApplication('DescribeApplication', 'read application'),
  ofApplication('DescribeApplicationAssignment', 'read application assignment', onPrincipal),
  ofApplication('GetApplicationAccessScope', 'read access scope of application', {
    Scope: required(text({})),
  }),
  ofApplication('GetApplicationAssignmentConfiguration', 'read assignment configuration of application'),
  ofApplication('GetApplicationAuthenticationMethod', 'read authentication method of application', {
    AuthenticationMethodType: required(oneOf('IAM')),
  }),
  ofApplication('GetApplicationGrant', 'read grant of application', {
    GrantType: required(
      oneOf(
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
        'urn:ietf:params:oauth:grant-type:token-exchange',
      ),
    ),
  }),
  ofApplication('GetApplicationSessionConfiguration', 'read session configuration of application'),
  ofApplication('ListApplicationAccessScopes', 'list access scopes of application', {
    ...paging,
    MaxResults: optional(integer({ min: 1, max: 10 })),
  }),
  ofApplication('ListApplicationAssignments', 'list assignments of application', paging),
  ofApplication('ListApplicationAuthenticationMethods', 'list authentication methods of application', {
    NextToken: optional(nextTokenShape),
  }),
  ofApplication('ListApplicationGrants', 'list grants of application', {
    NextToken: optional(nextTokenShape),
  }),

  reading(
    'DescribeInstanceAccessControlAttributeConfiguration',
    'read',
    'read attributes for access control',
    onInstance,
    (call, { InstanceArn }) => {
      const name = 'DescribeInstanceAccessControlAttributeConfiguration'
      requireInstance(call, name, String(InstanceArn))
      throw ssoAdminErrors.noAccessControlAttributes()
    },
  ),
]
