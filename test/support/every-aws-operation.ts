import type { Test } from 'tap'
import type { JsonObject } from '../../src/scim/json.ts'

export type AwsService = 'identitystore' | 'sso-admin' | 'sts'

/** Calls an operation by its name in AWS's service model, and returns its output. */
export type CallAws = (service: AwsService, operation: string, input?: JsonObject) => Promise<JsonObject>

type Options = {
  readonly store: string
  readonly instance: string
  /** The tenant's AWS account. */
  readonly account: string
  /** Begins the names of everything that is created. */
  readonly prefix: string
  /** Operations of 2026 that the service model of the client does not have. */
  readonly unknown?: readonly string[]
}

/**
 * A client calls every operation, as an administrator might: creates, reads, changes and deletes users, groups, memberships,
 * permission sets and assignments. Returns the names of the operations.
 */
export async function callEveryOperation(
  t: Test,
  callAws: CallAws,
  { store, instance, account, prefix, unknown: newer = [] }: Options,
): Promise<ReadonlySet<string>> {
  const called = new Set<string>()
  const call: CallAws = (service, operation, input) => {
    called.add(operation)
    return callAws(service, operation, input)
  }
  const identity = (operation: string, input: JsonObject = {}) =>
    call('identitystore', operation, { IdentityStoreId: store, ...input })
  const sso = (operation: string, input: JsonObject = {}) =>
    call('sso-admin', operation, { InstanceArn: instance, ...input })
  const text = (value: unknown): string => {
    if (typeof value !== 'string') throw new Error(`${JSON.stringify(value)} is no text.`)
    return value
  }

  t.match(await call('sts', 'GetCallerIdentity'), { Account: account })
  const { Instances } = await call('sso-admin', 'ListInstances')
  t.match(Instances, [{ InstanceArn: instance, IdentityStoreId: store, OwnerAccountId: account }])
  t.match(await sso('DescribeInstance'), { IdentityStoreId: store, Status: 'ACTIVE' })

  t.same(await sso('UpdateInstance', { Name: `${prefix}-instance` }), {})
  t.match(await sso('DescribeInstance'), { Name: `${prefix}-instance` })
  await findNothing(t, {
    newer,
    sso,
    onResource: (operation, input) => call('sso-admin', operation, input),
    instance,
  })

  const user = {
    UserName: `${prefix}-marge`,
    Name: { FamilyName: 'Simpson', GivenName: 'Marge' },
    DisplayName: 'Marge Simpson',
    Emails: [{ Value: `${prefix}-marge@example.com`, Type: 'work', Primary: true }],
    Title: 'Homemaker',
  }
  const UserId = text((await identity('CreateUser', user)).UserId)
  const described = await identity('DescribeUser', { UserId })
  t.match(described, { ...user, IdentityStoreId: store, UserId })
  const Operations = [
    { AttributePath: 'title', AttributeValue: 'Mayor' },
    { AttributePath: 'emails', AttributeValue: [{ value: `${prefix}@example.com`, type: 'work' }] },
  ]
  t.same(await identity('UpdateUser', { UserId, Operations }), {})
  const unique = (AttributePath: string, AttributeValue: string) => ({
    AlternateIdentifier: { UniqueAttribute: { AttributePath, AttributeValue } },
  })
  t.same(await identity('GetUserId', unique('emails.value', `${prefix}@example.com`)), {
    UserId,
    IdentityStoreId: store,
  })
  const filter = { Filters: [{ AttributePath: 'UserName', AttributeValue: user.UserName }] }
  t.match(await identity('ListUsers', filter), {
    Users: [{ UserId, Title: 'Mayor', Emails: [{ Value: `${prefix}@example.com` }] }],
  })

  const group = { DisplayName: `${prefix}-Parents`, Description: 'Those of Bart' }
  const GroupId = text((await identity('CreateGroup', group)).GroupId)
  t.match(await identity('DescribeGroup', { GroupId }), { ...group, GroupId })
  const renamed = { Operations: [{ AttributePath: 'displayName', AttributeValue: `${prefix}-Adults` }] }
  t.same(await identity('UpdateGroup', { GroupId, ...renamed }), {})
  t.match(await identity('GetGroupId', unique('displayName', `${prefix}-Adults`)), { GroupId })
  t.match(newestOf(await identity('ListGroups')), { GroupId, DisplayName: `${prefix}-Adults` })

  const MemberId = { UserId }
  const MembershipId = text((await identity('CreateGroupMembership', { GroupId, MemberId })).MembershipId)
  const membership = { IdentityStoreId: store, MembershipId, GroupId, MemberId }
  t.match(await identity('DescribeGroupMembership', { MembershipId }), membership)
  t.match(await identity('GetGroupMembershipId', { GroupId, MemberId }), { MembershipId })
  t.match((await identity('ListGroupMemberships', { GroupId })).GroupMemberships, [membership])
  t.match((await identity('ListGroupMembershipsForMember', { MemberId })).GroupMemberships, [membership])
  const unknown = '94482488-5041-7061-1b47-c0e0b6b2a1f8'
  t.match((await identity('IsMemberInGroups', { MemberId, GroupIds: [GroupId, unknown] })).Results, [
    { GroupId, MemberId, MembershipExists: true },
    { GroupId: unknown, MemberId, MembershipExists: false },
  ])

  const created = await sso('CreatePermissionSet', { Name: `${prefix}-ReadOnly`, SessionDuration: 'PT2H' })
  const PermissionSetArn = text((created.PermissionSet as JsonObject).PermissionSetArn)
  const set = (operation: string, input: JsonObject = {}) => sso(operation, { PermissionSetArn, ...input })
  t.same(await set('UpdatePermissionSet', { Description: 'Reads' }), {})
  t.match(await set('DescribePermissionSet'), {
    PermissionSet: { Name: `${prefix}-ReadOnly`, SessionDuration: 'PT2H', Description: 'Reads' },
  })
  t.same(await sso('ListPermissionSets'), { PermissionSets: [PermissionSetArn] })

  const resource = { ResourceArn: PermissionSetArn }
  t.same(await sso('TagResource', { ...resource, Tags: [{ Key: 'team', Value: 'ops' }] }), {})
  t.match(await sso('ListTagsForResource', resource), { Tags: [{ Key: 'team', Value: 'ops' }] })
  t.same(await sso('UntagResource', { ...resource, TagKeys: ['team'] }), {})

  const InlinePolicy = '{"Version":"2012-10-17","Statement":[]}'
  t.same(await set('PutInlinePolicyToPermissionSet', { InlinePolicy }), {})
  t.same(await set('GetInlinePolicyForPermissionSet'), { InlinePolicy })
  t.same(await set('DeleteInlinePolicyFromPermissionSet'), {})
  const ManagedPolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  t.same(await set('AttachManagedPolicyToPermissionSet', { ManagedPolicyArn }), {})
  t.match(await set('ListManagedPoliciesInPermissionSet'), {
    AttachedManagedPolicies: [{ Arn: ManagedPolicyArn }],
  })
  t.same(await set('DetachManagedPolicyFromPermissionSet', { ManagedPolicyArn }), {})
  const own = { CustomerManagedPolicyReference: { Name: 'Own', Path: '/' } }
  t.same(await set('AttachCustomerManagedPolicyReferenceToPermissionSet', own), {})
  t.same(await set('ListCustomerManagedPolicyReferencesInPermissionSet'), {
    CustomerManagedPolicyReferences: [own.CustomerManagedPolicyReference],
  })
  t.same(await set('DetachCustomerManagedPolicyReferenceFromPermissionSet', own), {})
  const PermissionsBoundary = { ManagedPolicyArn }
  t.same(await set('PutPermissionsBoundaryToPermissionSet', { PermissionsBoundary }), {})
  t.same(await set('GetPermissionsBoundaryForPermissionSet'), { PermissionsBoundary })
  t.same(await set('DeletePermissionsBoundaryFromPermissionSet'), {})

  const target = { TargetId: '123456789012', TargetType: 'AWS_ACCOUNT' }
  const principal = { PrincipalType: 'GROUP', PrincipalId: GroupId }
  const assigned = await set('CreateAccountAssignment', { ...target, ...principal })
  const creation = assigned.AccountAssignmentCreationStatus as JsonObject
  t.match(creation, { Status: 'IN_PROGRESS', ...target, ...principal })
  t.match(
    await sso('DescribeAccountAssignmentCreationStatus', {
      AccountAssignmentCreationRequestId: text(creation.RequestId),
    }),
    { AccountAssignmentCreationStatus: { Status: 'SUCCEEDED' } },
  )
  t.match(newestOf(await sso('ListAccountAssignmentCreationStatus')), {
    Status: 'SUCCEEDED',
    RequestId: creation.RequestId,
  })
  t.match(await set('ListAccountAssignments', { AccountId: target.TargetId }), {
    AccountAssignments: [{ AccountId: target.TargetId, PermissionSetArn, ...principal }],
  })
  t.match(await sso('ListAccountAssignmentsForPrincipal', { PrincipalType: 'USER', PrincipalId: UserId }), {
    AccountAssignments: [{ AccountId: target.TargetId, PermissionSetArn, ...principal }],
  })
  t.same(await sso('ListPermissionSetsProvisionedToAccount', { AccountId: target.TargetId }), {
    PermissionSets: [PermissionSetArn],
  })
  t.same(await set('ListAccountsForProvisionedPermissionSet'), { AccountIds: [target.TargetId] })
  const provisioned = await set('ProvisionPermissionSet', { TargetType: 'ALL_PROVISIONED_ACCOUNTS' })
  const provisioning = provisioned.PermissionSetProvisioningStatus as JsonObject
  t.match(
    await sso('DescribePermissionSetProvisioningStatus', {
      ProvisionPermissionSetRequestId: text(provisioning.RequestId),
    }),
    { PermissionSetProvisioningStatus: { Status: 'SUCCEEDED' } },
  )
  t.match(newestOf(await sso('ListPermissionSetProvisioningStatus')), {
    Status: 'SUCCEEDED',
    RequestId: provisioning.RequestId,
  })
  const removed = await set('DeleteAccountAssignment', { ...target, ...principal })
  const deletion = removed.AccountAssignmentDeletionStatus as JsonObject
  t.match(
    await sso('DescribeAccountAssignmentDeletionStatus', {
      AccountAssignmentDeletionRequestId: text(deletion.RequestId),
    }),
    { AccountAssignmentDeletionStatus: { Status: 'SUCCEEDED' } },
  )
  t.match(newestOf(await sso('ListAccountAssignmentDeletionStatus')), {
    Status: 'SUCCEEDED',
    RequestId: deletion.RequestId,
  })
  t.same(await set('DeletePermissionSet'), {})

  t.same(await identity('DeleteGroupMembership', { MembershipId }), {})
  t.same(await identity('DeleteGroup', { GroupId }), {})
  t.same(await identity('DeleteUser', { UserId }), {})
  t.match(await identity('ListUsers', filter), { Users: [] })
  return called
}

type Reads = {
  readonly newer: readonly string[]
  readonly instance: string
  readonly sso: (operation: string, input?: JsonObject) => Promise<JsonObject>
  readonly onResource: (operation: string, input: JsonObject) => Promise<JsonObject>
}

/** The instance has no applications, trusted token issuers, attributes for access control and other Regions. */
async function findNothing(t: Test, { newer, instance, sso, onResource }: Reads): Promise<void> {
  const own = instance.replace('arn:aws:sso:::instance/', '')
  const principal = { PrincipalId: '94482488-5041-7061-1b47-c0e0b6b2a1f8', PrincipalType: 'USER' }
  t.same(await sso('ListApplications'), { Applications: [] })
  t.same(await sso('ListTrustedTokenIssuers'), { TrustedTokenIssuers: [] })
  t.same(await sso('ListApplicationAssignmentsForPrincipal', principal), { ApplicationAssignments: [] })
  t.same(await onResource('ListApplicationProviders', {}), { ApplicationProviders: [] })
  await t.rejects(sso('DescribeInstanceAccessControlAttributeConfiguration'), /Could not find/)

  const ApplicationProviderArn = 'arn:aws:sso::aws:applicationProvider/custom'
  await t.rejects(onResource('DescribeApplicationProvider', { ApplicationProviderArn }), /Could not find/)
  const TrustedTokenIssuerArn = `arn:aws:sso::123456789012:trustedTokenIssuer/${own}/tti-${principal.PrincipalId}`
  await t.rejects(onResource('DescribeTrustedTokenIssuer', { TrustedTokenIssuerArn }), /Could not find/)
  const ApplicationArn = `arn:aws:sso::123456789012:application/${own}/apl-0123456789abcdef`
  const ofApplication: Readonly<Record<string, JsonObject>> = {
    DescribeApplication: {},
    DescribeApplicationAssignment: principal,
    GetApplicationAccessScope: { Scope: 'identity:read' },
    GetApplicationAssignmentConfiguration: {},
    GetApplicationAuthenticationMethod: { AuthenticationMethodType: 'IAM' },
    GetApplicationGrant: { GrantType: 'refresh_token' },
    GetApplicationSessionConfiguration: {},
    ListApplicationAccessScopes: {},
    ListApplicationAssignments: {},
    ListApplicationAuthenticationMethods: {},
    ListApplicationGrants: {},
  }
  for (const [operation, input] of Object.entries(ofApplication)) {
    if (newer.includes(operation)) continue
    await t.rejects(onResource(operation, { ApplicationArn, ...input }), /Could not find Application/)
  }
  if (newer.includes('ListRegions')) return
  const { Regions } = await sso('ListRegions')
  const [region] = Regions as readonly JsonObject[]
  t.match(Regions, [{ Status: 'ACTIVE', IsPrimaryRegion: true }])
  t.same(await sso('DescribeRegion', { RegionName: region?.RegionName ?? '' }), region)
}

/** The last item of the only list in an output. */
const newestOf = (output: JsonObject): unknown => Object.values(output).find(Array.isArray)?.at(-1)
