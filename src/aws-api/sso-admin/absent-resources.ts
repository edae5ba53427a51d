import { integer, oneOf, optional, required, structure, text } from '../shape.ts'
import { type SsoOperation, ssoOperation } from './context.ts'
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

const onApplication = { ApplicationArn: required(applicationArnShape) }
const onProvider = { ApplicationProviderArn: required(applicationProviderArnShape) }
const onIssuer = { TrustedTokenIssuerArn: required(trustedTokenIssuerArnShape) }
const onPrincipal = { PrincipalId: required(principalIdShape), PrincipalType: required(principalTypeShape) }

type Members = Parameters<typeof structure>[0]

const listing = (name: string, member: string, action: string, members: Members): SsoOperation =>
  ssoOperation({
    name,
    does: ['list', action],
    input: structure(members),
    run: () => ({ output: { [member]: [] }, found: 0 }),
  })

const missing = (name: string, action: string, kind: string, members: Members): SsoOperation => {
  const [arn = ''] = Object.keys(members)
  return ssoOperation({
    name,
    does: ['read', action],
    input: structure(members),
    run: (_call, input) => {
      throw ssoAdminErrors.noneOfKind(kind, String(input[arn]))
    },
  })
}

const ofApplication = (name: string, action: string, more: Members = {}): SsoOperation =>
  missing(name, action, 'Application', { ...onApplication, ...more })

/**
 * The operations that read what is not emulated: applications, trusted token issuers and attributes for access control. They
 * return what AWS returns for an instance that has none, so tools that export a whole instance come to the end.
 */
export const absentResourceOperations: readonly SsoOperation[] = [
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

  ssoOperation({
    name: 'DescribeInstanceAccessControlAttributeConfiguration',
    does: ['read', 'read attributes for access control'],
    input: structure(onInstance),
    run: () => {
      throw ssoAdminErrors.noAccessControlAttributes()
    },
  }),
]
