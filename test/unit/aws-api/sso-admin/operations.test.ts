import t from 'tap'
import { ssoAdminRules } from '../../../../src/aws-api/sso-admin/rules.ts'
import { ssoAdminOperations as names } from '../../../../src/domain/journal/aws-operations.ts'
import { describeRequest } from '../../../../src/domain/journal/description.ts'
import type { JsonObject } from '../../../../src/scim/json.ts'
import { adminsId, margeId, openSsoAdmin } from './sso-admin-fixture.ts'

const account = '111122223333'
const target = { TargetId: account, TargetType: 'AWS_ACCOUNT' }

t.test('The operations are those that the journal names', async t => {
  const { operations } = await openSsoAdmin(t)
  t.same(operations.map(({ name }) => name).toSorted(), [...names, 'GetCallerIdentity'].toSorted())
})

t.test('IS-300 IS-301 IS-302 The instance has the ID of the identity store', async t => {
  const { run, output, error, tenant, InstanceArn } = await openSsoAdmin(t)
  const region = {
    RegionName: 'us-east-1',
    Status: 'ACTIVE',
    AddedDate: tenant.created / 1000,
    IsPrimaryRegion: true,
  }
  const instance = {
    InstanceArn,
    IdentityStoreId: 'd-90673d2abb',
    IdentityStoreArn: 'arn:aws:identitystore::313687181473:identitystore/d-90673d2abb',
    OwnerAccountId: '313687181473',
    CreatedDate: tenant.created / 1000,
    Status: 'ACTIVE',
    PrimaryRegion: 'us-east-1',
    Regions: [region],
  }
  t.match(instance.InstanceArn, /^arn:aws:sso:::instance\/ssoins-7223[0-9a-f]{12}$/)
  const { output: listed, intent } = await run('ListInstances', { MaxResults: 10 })
  t.same(listed, { Instances: [instance] })
  t.same(describeRequest(intent), { operation: 'list', action: 'list instances', results: 1 })
  const [found] = (listed as { readonly Instances: readonly object[] }).Instances
  t.same(await output('DescribeInstance'), {
    ...found,
    EncryptionConfigurationDetails: { KeyType: 'AWS_OWNED_KMS_KEY', EncryptionStatus: 'ENABLED' },
    PermissionSetsEnabled: true,
  })
  t.same(await output('ListRegions'), { Regions: [region] })
  t.same(await output('DescribeRegion', { RegionName: 'us-east-1' }), region)
  t.match(await error('DescribeRegion', { RegionName: 'eu-west-1' }), { type: 'ResourceNotFoundException' })
  const other = InstanceArn.replace(/.$/, '-')
  t.same(await error('DescribeInstance', { InstanceArn: other }), {
    type: 'AccessDeniedException',
    message: `User: arn:aws:iam::123456789012:user/SCIMKEY is not authorized to perform: sso:DescribeInstance on resource: ${other} because no identity-based policy allows the sso:DescribeInstance action`,
    rule: 'sso-admin/instance',
  })
  t.same(await output('ListTagsForResource', { ResourceArn: InstanceArn }), { Tags: [] })
  t.match(await error('TagResource', { ResourceArn: InstanceArn, Tags: [{ Key: 'a', Value: 'b' }] }), {
    rule: 'sso-admin/tags',
  })
})

t.test('An instance is named; its permission sets cannot be disabled', async t => {
  const { output, error } = await openSsoAdmin(t)
  t.notMatch(await output('DescribeInstance'), { Name: String })
  t.same(await output('UpdateInstance', { Name: 'Corp' }), {})
  t.same(await output('UpdateInstance', { PermissionSetsEnabled: true }), {})
  t.same(await output('UpdateInstance', { EncryptionConfiguration: { KeyType: 'AWS_OWNED_KMS_KEY' } }), {})
  t.match(await output('DescribeInstance'), { Name: 'Corp', PermissionSetsEnabled: true })
  t.match(await output('ListInstances'), { Instances: [{ Name: 'Corp' }] })
  const rejected = [
    { PermissionSetsEnabled: false },
    { PermissionSetsEnabled: true, EncryptionConfiguration: { KeyType: 'AWS_OWNED_KMS_KEY' } },
    { EncryptionConfiguration: { KeyType: 'CUSTOMER_MANAGED_KEY', KmsKeyArn: 'arn:aws:kms:x' } },
  ]
  for (const input of rejected) {
    t.match(await error('UpdateInstance', { Name: 'Other', ...input }), {
      type: 'ValidationException',
      rule: 'sso-admin/update-instance',
    })
  }
  t.match(await error('UpdateInstance', { Name: 'two words' }), { rule: 'aws-api/constraints' })
  t.match(await output('DescribeInstance'), { Name: 'Corp' })
})

t.test('IS-009 Another region has no instance if the tenant is set so', async t => {
  const { run, tenants, tenant } = await openSsoAdmin(t)
  const region = { signed: 'eu-west-1', own: 'us-east-1' }
  t.match((await run('ListInstances', {}, { region })).output, { Instances: [{}] })
  const changed = await tenants.update('acme', { switches: { wrongRegion: 'empty' } })
  t.same((await run('ListInstances', {}, { region, tenant: changed ?? tenant })).output, { Instances: [] })
  t.match((await run('ListInstances', {}, { tenant: changed ?? tenant })).output, { Instances: [{}] })
})

t.test('IS-303 Without permission sets and assignments, lists are empty', async t => {
  const { output, error } = await openSsoAdmin(t)
  t.same(await output('ListPermissionSets'), { PermissionSets: [] })
  t.same(await output('ListPermissionSetsProvisionedToAccount', { AccountId: account }), {
    PermissionSets: [],
  })
  t.same(
    await output('ListAccountAssignmentsForPrincipal', { PrincipalType: 'USER', PrincipalId: margeId }),
    { AccountAssignments: [] },
  )
  t.match(await error('ListPermissionSetsProvisionedToAccount', { AccountId: 'x' }), {
    type: 'ValidationException',
    message: /^2 validation errors detected: Value 'x' at 'accountId'/,
  })
})

t.test('IS-310 A permission set is created, read, changed, listed and deleted', async t => {
  const { output, error, run, InstanceArn } = await openSsoAdmin(t)
  const { output: created, intent } = await run('CreatePermissionSet', {
    InstanceArn,
    Name: 'Reader',
    Description: 'Reads',
    RelayState: 'https://console.aws.amazon.com/s3/?a=(b)',
    Tags: [{ Key: 'team', Value: 'x' }],
  })
  t.same(describeRequest(intent), { operation: 'create', action: 'create permission set Reader' })
  const { PermissionSet } = created as { readonly PermissionSet: { readonly PermissionSetArn: string } }
  const { PermissionSetArn } = PermissionSet
  t.ok(PermissionSetArn.startsWith(`${InstanceArn.replace('instance', 'permissionSet')}/ps-`))
  t.same(PermissionSet, {
    Name: 'Reader',
    PermissionSetArn,
    Description: 'Reads',
    SessionDuration: 'PT1H',
    RelayState: 'https://console.aws.amazon.com/s3/?a=(b)',
    CreatedDate: 2,
  })
  t.same(await output('DescribePermissionSet', { PermissionSetArn }), { PermissionSet })
  t.same(await error('CreatePermissionSet', { Name: 'Reader' }), {
    type: 'ConflictException',
    message: 'PermissionSet with name Reader already exists.',
    rule: 'sso-admin/duplicate-permission-set',
  })
  t.same(await output('UpdatePermissionSet', { PermissionSetArn, SessionDuration: 'PT8H' }), {})
  t.same(await output('DescribePermissionSet', { PermissionSetArn }), {
    PermissionSet: {
      Name: 'Reader',
      PermissionSetArn,
      Description: 'Reads',
      SessionDuration: 'PT8H',
      CreatedDate: 2,
    },
  })
  for (const SessionDuration of ['PT59M', 'PT12H1S', '-PT2H', 'P1D']) {
    const wanted = { type: 'ValidationException', rule: 'sso-admin/session-duration' }
    t.match(
      await error('UpdatePermissionSet', { PermissionSetArn, SessionDuration }),
      wanted,
      SessionDuration,
    )
  }
  t.match(await error('UpdatePermissionSet', { PermissionSetArn, SessionDuration: '8 hours' }), {
    rule: 'aws-api/constraints',
  })
  t.same(await output('DeletePermissionSet', { PermissionSetArn }), {})
  const id = PermissionSetArn.split('/').at(-1)
  for (const name of ['DescribePermissionSet', 'DeletePermissionSet', 'UpdatePermissionSet']) {
    t.same(await error(name, { PermissionSetArn }), {
      type: 'ResourceNotFoundException',
      message: `Could not find PermissionSet with id ${id}`,
      rule: 'sso-admin/permission-set-exists',
    })
  }
})

t.test('Permission sets are listed in pages', async t => {
  const { output, error, createPermissionSet } = await openSsoAdmin(t)
  const arns = []
  for (const name of ['c', 'a', 'b']) arns.push(await createPermissionSet(name))
  const { PermissionSets, NextToken } = await output('ListPermissionSets', { MaxResults: 2 })
  t.same(PermissionSets, [arns[1], arns[2]])
  t.same(await output('ListPermissionSets', { NextToken: String(NextToken), MaxResults: 2 }), {
    PermissionSets: [arns[0]],
  })
  t.match(
    await error('ListPermissionSetsProvisionedToAccount', {
      AccountId: account,
      NextToken: String(NextToken),
    }),
    { message: 'The NextToken is invalid.' },
    'a token of another operation',
  )
})

t.test('Tags of a permission set are replaced by their keys', async t => {
  const { output, error, createPermissionSet } = await openSsoAdmin(t)
  const ResourceArn = await createPermissionSet('Reader')
  const tag = (Key: string, Value: string) => ({ Key, Value })
  await output('TagResource', { ResourceArn, Tags: [tag('a', '1'), tag('b', '')] })
  await output('TagResource', { ResourceArn, Tags: [tag('a', '2')] })
  t.same(await output('ListTagsForResource', { ResourceArn }), { Tags: [tag('a', '2'), tag('b', '')] })
  await output('UntagResource', { ResourceArn, TagKeys: ['b', 'c'] })
  t.same(await output('ListTagsForResource', { ResourceArn }), { Tags: [tag('a', '2')] })
  const many = Array.from({ length: 50 }, (_, at) => tag(`t${at}`, 'x'))
  t.match(await error('TagResource', { ResourceArn, Tags: many }), { rule: 'sso-admin/tags' })
})

t.test('IS-310 Policies are stored and returned', async t => {
  const { output, error, createPermissionSet } = await openSsoAdmin(t)
  const on = { PermissionSetArn: await createPermissionSet('Reader') }
  t.same(await output('GetInlinePolicyForPermissionSet', on), { InlinePolicy: '' })
  await output('PutInlinePolicyToPermissionSet', { ...on, InlinePolicy: '{"Statement":[]}' })
  t.same(await output('GetInlinePolicyForPermissionSet', on), { InlinePolicy: '{"Statement":[]}' })
  await output('DeleteInlinePolicyFromPermissionSet', on)
  t.same(await output('GetInlinePolicyForPermissionSet', on), { InlinePolicy: '' })

  const managed = { ManagedPolicyArn: 'arn:aws:iam::aws:policy/job-function/ViewOnlyAccess' }
  await output('AttachManagedPolicyToPermissionSet', { ...on, ...managed })
  t.match(await error('AttachManagedPolicyToPermissionSet', { ...on, ...managed }), {
    type: 'ConflictException',
  })
  t.same(await output('ListManagedPoliciesInPermissionSet', on), {
    AttachedManagedPolicies: [{ Name: 'ViewOnlyAccess', Arn: managed.ManagedPolicyArn }],
  })
  const arns = Array.from({ length: 20 }, (_, at) => `arn:aws:iam::aws:policy/Policy${at}`)
  for (const ManagedPolicyArn of arns.slice(1)) {
    await output('AttachManagedPolicyToPermissionSet', { ...on, ManagedPolicyArn })
  }
  t.match(await error('AttachManagedPolicyToPermissionSet', { ...on, ManagedPolicyArn: arns[0] ?? '' }), {
    type: 'ServiceQuotaExceededException',
    rule: 'sso-admin/managed-policy-quota',
  })
  for (const ManagedPolicyArn of arns.slice(1)) {
    await output('DetachManagedPolicyFromPermissionSet', { ...on, ManagedPolicyArn })
  }
  await output('DetachManagedPolicyFromPermissionSet', { ...on, ...managed })
  t.match(await error('DetachManagedPolicyFromPermissionSet', { ...on, ...managed }), {
    type: 'ResourceNotFoundException',
  })

  const policy = (Name: string, Path?: string) => ({
    CustomerManagedPolicyReference: { Name, ...(Path !== undefined && { Path }) },
  })
  const attach = 'AttachCustomerManagedPolicyReferenceToPermissionSet'
  const detach = 'DetachCustomerManagedPolicyReferenceFromPermissionSet'
  for (const name of ['one', 'two', 'three']) await output(attach, { ...on, ...policy(name) })
  t.match(await error(attach, { ...on, ...policy('one', '/') }), { type: 'ConflictException' })
  const list = 'ListCustomerManagedPolicyReferencesInPermissionSet'
  const { NextToken, ...first } = await output(list, { ...on, MaxResults: 2 })
  t.same(first, {
    CustomerManagedPolicyReferences: [
      { Name: 'one', Path: '/' },
      { Name: 'two', Path: '/' },
    ],
  })
  t.same(await output(list, { ...on, NextToken: String(NextToken) }), {
    CustomerManagedPolicyReferences: [{ Name: 'three', Path: '/' }],
  })
  await output(detach, { ...on, ...policy('one') })
  t.match(await error(detach, { ...on, ...policy('one') }), { type: 'ResourceNotFoundException' })

  const boundary = { PermissionsBoundary: policy('edge', '/limits/') }
  const get = 'GetPermissionsBoundaryForPermissionSet'
  t.match(await error(get, on), { type: 'ResourceNotFoundException' })
  t.match(await error('PutPermissionsBoundaryToPermissionSet', { ...on, PermissionsBoundary: {} }), {
    rule: 'sso-admin/permissions-boundary',
  })
  await output('PutPermissionsBoundaryToPermissionSet', { ...on, ...boundary })
  t.same(await output(get, on), boundary)
  await output('DeletePermissionsBoundaryFromPermissionSet', on)
  t.match(await error('DeletePermissionsBoundaryFromPermissionSet', on), {
    type: 'ResourceNotFoundException',
  })
})

t.test('IS-311 An assignment is requested, and its status is returned', async t => {
  const { output, error, run, addUser, createPermissionSet, InstanceArn } = await openSsoAdmin(t)
  await addUser(margeId, 'marge')
  const PermissionSetArn = await createPermissionSet('Reader')
  const input = { PermissionSetArn, ...target, PrincipalType: 'USER', PrincipalId: margeId.toUpperCase() }
  const {
    output: requested,
    intent,
    target: about,
  } = await run('CreateAccountAssignment', {
    InstanceArn,
    ...input,
  })
  t.same(describeRequest(intent), {
    operation: 'create',
    action: 'assign account 111122223333 to marge with Reader',
  })
  t.same(about, { type: 'User', id: margeId, label: 'marge' })
  const { AccountAssignmentCreationStatus: status } = requested as {
    readonly AccountAssignmentCreationStatus: { readonly RequestId: string; readonly CreatedDate: number }
  }
  const { RequestId, CreatedDate } = status
  const shown = { ...target, PermissionSetArn, PrincipalType: 'USER', PrincipalId: margeId, CreatedDate }
  t.same(status, { Status: 'IN_PROGRESS', RequestId, ...shown })
  const describe = 'DescribeAccountAssignmentCreationStatus'
  t.same(await output(describe, { AccountAssignmentCreationRequestId: RequestId }), {
    AccountAssignmentCreationStatus: { Status: 'SUCCEEDED', RequestId, ...shown },
  })
  t.match(
    await error('DescribeAccountAssignmentDeletionStatus', { AccountAssignmentDeletionRequestId: RequestId }),
    { type: 'ResourceNotFoundException', rule: 'sso-admin/request-exists' },
  )
  t.match(await error('DeletePermissionSet', { PermissionSetArn }), {
    type: 'ConflictException',
    message: 'Could not delete because PermissionSet has ApplicationProfile associated with it',
  })

  const failed = await output<{ AccountAssignmentCreationStatus: { RequestId: string } }>(
    'CreateAccountAssignment',
    { ...input, PrincipalType: 'GROUP' },
  )
  const failedId = failed.AccountAssignmentCreationStatus.RequestId
  t.match(await output(describe, { AccountAssignmentCreationRequestId: failedId }), {
    AccountAssignmentCreationStatus: {
      Status: 'FAILED',
      FailureReason: new RegExp(
        `^Received a 404 status error: the GROUP assignee ${margeId.toUpperCase()} was not found in directory d-9067`,
      ),
    },
  })
  const summaries = async (input: JsonObject = {}) => {
    const listed = await output<{
      AccountAssignmentsCreationStatus: readonly { RequestId: string; Status: string }[]
    }>('ListAccountAssignmentCreationStatus', input)
    return listed.AccountAssignmentsCreationStatus.map(({ RequestId, Status }) => [RequestId, Status])
  }
  t.same(await summaries(), [
    [RequestId, 'SUCCEEDED'],
    [failedId, 'FAILED'],
  ])
  t.same(await summaries({ Filter: { Status: 'FAILED' } }), [[failedId, 'FAILED']])
  t.same(await summaries({ Filter: { Status: 'IN_PROGRESS' } }), [])

  const { output: deleted } = await run('DeleteAccountAssignment', { InstanceArn, ...input })
  const { AccountAssignmentDeletionStatus } = deleted as {
    readonly AccountAssignmentDeletionStatus: { readonly RequestId: string }
  }
  t.match(AccountAssignmentDeletionStatus, { Status: 'IN_PROGRESS', PrincipalId: margeId })
  t.match(
    await output('DescribeAccountAssignmentDeletionStatus', {
      AccountAssignmentDeletionRequestId: AccountAssignmentDeletionStatus.RequestId,
    }),
    { AccountAssignmentDeletionStatus: { Status: 'SUCCEEDED' } },
  )
  t.match(await error('DeleteAccountAssignment', input), {
    type: 'ResourceNotFoundException',
    rule: 'sso-admin/assignment-exists',
  })
  t.same(await output('DeletePermissionSet', { PermissionSetArn }), {})
})

t.test('IS-312 Assignments of a user include those through groups', async t => {
  const { output, addUser, addGroup, createPermissionSet } = await openSsoAdmin(t)
  await addUser(margeId, 'marge')
  await addGroup(adminsId, [margeId])
  const [reader, admin] = [await createPermissionSet('Reader'), await createPermissionSet('Admin')]
  const [marge, admins] = [
    { PrincipalType: 'USER', PrincipalId: margeId },
    { PrincipalType: 'GROUP', PrincipalId: adminsId },
  ]
  const other = '444455556666'
  await output('CreateAccountAssignment', { PermissionSetArn: reader, ...target, ...marge })
  await output('CreateAccountAssignment', { PermissionSetArn: admin, ...target, ...admins })
  await output('CreateAccountAssignment', { PermissionSetArn: admin, ...target, TargetId: other, ...admins })
  const rows = [
    { AccountId: account, PermissionSetArn: reader, ...marge },
    { AccountId: account, PermissionSetArn: admin, ...admins },
    { AccountId: other, PermissionSetArn: admin, ...admins },
  ]
  const list = async (input: JsonObject) =>
    (await output('ListAccountAssignmentsForPrincipal', input)).AccountAssignments
  t.same(await list(marge), rows)
  t.same(await list({ ...marge, Filter: { AccountId: other } }), rows.slice(2))
  t.same(await list(admins), rows.slice(1))
  t.same(await list({ PrincipalType: 'USER', PrincipalId: adminsId }), [], 'of another type')
  const { NextToken, AccountAssignments } = await output('ListAccountAssignmentsForPrincipal', {
    ...marge,
    MaxResults: 2,
  })
  t.same(AccountAssignments, rows.slice(0, 2))
  t.same(await list({ ...marge, MaxResults: 2, NextToken: String(NextToken) }), rows.slice(2))
  t.same(
    (await output('ListAccountAssignments', { AccountId: account, PermissionSetArn: admin }))
      .AccountAssignments,
    rows.slice(1, 2),
  )
  t.same(await output('ListAccountsForProvisionedPermissionSet', { PermissionSetArn: admin }), {
    AccountIds: [account, other],
  })
  t.same(
    await output('ListAccountsForProvisionedPermissionSet', {
      PermissionSetArn: admin,
      ProvisioningStatus: 'LATEST_PERMISSION_SET_NOT_PROVISIONED',
    }),
    { AccountIds: [] },
  )
  const { PermissionSets } = await output<{ PermissionSets: readonly string[] }>(
    'ListPermissionSetsProvisionedToAccount',
    { AccountId: account },
  )
  t.same(PermissionSets.toSorted(), [reader, admin].toSorted())
})

t.test('IS-313 Assignments of a deleted user stay, and a user created again gets none of them', async t => {
  const { output, addUser, remove, createPermissionSet } = await openSsoAdmin(t)
  await addUser(margeId, 'marge')
  const PermissionSetArn = await createPermissionSet('Reader')
  const marge = { PrincipalType: 'USER', PrincipalId: margeId }
  await output('CreateAccountAssignment', { PermissionSetArn, ...target, ...marge })
  await remove('User', margeId)
  await addUser(adminsId, 'marge')
  const row = { AccountId: account, PermissionSetArn, ...marge }
  t.same(await output('ListAccountAssignments', { AccountId: account, PermissionSetArn }), {
    AccountAssignments: [row],
  })
  t.same(await output('ListAccountAssignmentsForPrincipal', marge), { AccountAssignments: [row] })
  t.same(await output('ListAccountAssignmentsForPrincipal', { ...marge, PrincipalId: adminsId }), {
    AccountAssignments: [],
  })
  await output('DeleteAccountAssignment', { PermissionSetArn, ...target, ...marge })
  t.same(await output('ListAccountAssignments', { AccountId: account, PermissionSetArn }), {
    AccountAssignments: [],
  })
})

t.test('A permission set is provisioned again after a change', async t => {
  const { output, error, createPermissionSet } = await openSsoAdmin(t)
  const PermissionSetArn = await createPermissionSet('Reader')
  const all = { PermissionSetArn, TargetType: 'ALL_PROVISIONED_ACCOUNTS' }
  const { PermissionSetProvisioningStatus } = await output<{
    PermissionSetProvisioningStatus: { RequestId: string; CreatedDate: number }
  }>('ProvisionPermissionSet', all)
  const { RequestId, CreatedDate } = PermissionSetProvisioningStatus
  t.same(PermissionSetProvisioningStatus, { Status: 'IN_PROGRESS', RequestId, PermissionSetArn, CreatedDate })
  t.same(
    await output('DescribePermissionSetProvisioningStatus', { ProvisionPermissionSetRequestId: RequestId }),
    {
      PermissionSetProvisioningStatus: { Status: 'SUCCEEDED', RequestId, PermissionSetArn, CreatedDate },
    },
  )
  t.same(await output('ListPermissionSetProvisioningStatus'), {
    PermissionSetsProvisioningStatus: [{ Status: 'SUCCEEDED', RequestId, CreatedDate }],
  })
  t.match(
    await output('ProvisionPermissionSet', {
      PermissionSetArn,
      TargetType: 'AWS_ACCOUNT',
      TargetId: account,
    }),
    {
      PermissionSetProvisioningStatus: { AccountId: account },
    },
  )
  t.match(await error('ProvisionPermissionSet', { PermissionSetArn, TargetType: 'AWS_ACCOUNT' }), {
    rule: 'sso-admin/provision-target',
  })
})

t.test('IS-320 GetCallerIdentity returns account and key', async t => {
  const { run } = await openSsoAdmin(t)
  t.same((await run('GetCallerIdentity')).output, {
    UserId: 'SCIMKEY',
    Account: '123456789012',
    Arn: 'arn:aws:iam::123456789012:user/SCIMKEY',
  })
})

t.test('Each rule has its own ID', async t => {
  t.equal(new Set(ssoAdminRules.map(({ id }) => id)).size, ssoAdminRules.length)
})
