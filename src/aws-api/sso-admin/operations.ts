import { compact } from '../../scim/json.ts'
import { accountId, identityStoreArn, instanceArn, principalArn } from '../identifiers.ts'
import { type AnyOperation, type ApiCall, defineOperation } from '../operation.ts'
import { boolean, oneOf, optional, pattern, required, structure, text } from '../shape.ts'
import { absentResourceOperations } from './absent-resources.ts'
import { assignmentOperations, requestOperations } from './assignments.ts'
import { intentOf, requireInstance, type SsoAdminDeps, storeIdOf, toSeconds } from './context.ts'
import { ssoAdminErrors } from './errors.ts'
import { permissionSetOperations, tagOperations } from './permission-sets.ts'
import { policyOperations } from './policies.ts'
import { onInstance, paging, regionShape } from './shapes.ts'

export type { SsoAdminDeps } from './context.ts'

export const ssoAdminOperations = (deps: SsoAdminDeps): readonly AnyOperation[] => [
  ...instanceOperations(deps),
  ...absentResourceOperations,
  ...tagOperations(deps),
  ...permissionSetOperations(deps),
  ...policyOperations(deps),
  ...assignmentOperations(deps),
  ...requestOperations(deps),
  getCallerIdentity,
]

/**
 * Who sends the request: the first operation that people try, and the one by which Terraform checks credentials. Any key may
 * call it, as on AWS.
 */
const getCallerIdentity: AnyOperation = defineOperation({
  service: 'sts',
  name: 'GetCallerIdentity',
  access: 'read',
  intent: intentOf('read', 'get caller identity'),
  input: structure({}),
  run: async ({ principal: { account, keyId } }) => ({
    output: { UserId: keyId, Account: account, Arn: principalArn(account, keyId) },
    intent: intentOf('read', 'get caller identity'),
  }),
})

const service = 'sso'

const viewRegion = ({ tenant, region }: ApiCall) => ({
  RegionName: region.own,
  Status: 'ACTIVE',
  AddedDate: toSeconds(tenant.created),
  IsPrimaryRegion: true,
})

const viewInstance = (call: ApiCall, name: string | undefined) => ({
  InstanceArn: instanceArn(call.tenant.id),
  IdentityStoreId: storeIdOf(call),
  IdentityStoreArn: identityStoreArn(accountId(call.tenant.id), storeIdOf(call)),
  OwnerAccountId: accountId(call.tenant.id),
  ...compact({ Name: name }),
  CreatedDate: toSeconds(call.tenant.created),
  Status: 'ACTIVE',
  PrimaryRegion: call.region.own,
  Regions: [viewRegion(call)],
})

const isElsewhere = ({ tenant, region }: ApiCall): boolean =>
  tenant.profile.awsApis?.otherRegion === 'empty' && region.signed !== region.own

const instanceOperations = ({ assignments }: Pick<SsoAdminDeps, 'assignments'>): readonly AnyOperation[] => [
  defineOperation({
    service,
    name: 'ListInstances',
    access: 'read',
    intent: intentOf('list', 'list instances'),
    input: structure(paging),
    run: async call => {
      const Instances = isElsewhere(call)
        ? []
        : [viewInstance(call, await assignments.instanceName(call.tenant.key))]
      return { output: { Instances }, intent: intentOf('list', 'list instances', Instances.length) }
    },
  }),

  defineOperation({
    service,
    name: 'DescribeInstance',
    access: 'read',
    intent: intentOf('read', 'read instance'),
    input: structure(onInstance),
    run: async (call, { InstanceArn }) => {
      requireInstance(call, 'DescribeInstance', InstanceArn)
      return {
        output: {
          ...viewInstance(call, await assignments.instanceName(call.tenant.key)),
          EncryptionConfigurationDetails: { KeyType: 'AWS_OWNED_KMS_KEY', EncryptionStatus: 'ENABLED' },
          // As for instances that had permission sets before they could be disabled.
          PermissionSetsEnabled: true,
        },
        intent: intentOf('read', 'read instance'),
      }
    },
  }),

  defineOperation({
    service,
    name: 'UpdateInstance',
    access: 'write',
    intent: intentOf('update', 'update instance'),
    input: structure({
      ...onInstance,
      Name: optional(text({ min: 0, max: 255, pattern: pattern('[\\w+=,.@-]+') })),
      EncryptionConfiguration: optional(
        structure({
          KeyType: required(oneOf('AWS_OWNED_KMS_KEY', 'CUSTOMER_MANAGED_KEY')),
          KmsKeyArn: optional(text({ min: 1, max: 2048 })),
        }),
      ),
      PermissionSetsEnabled: optional(boolean()),
    }),
    run: async (call, { InstanceArn, Name, EncryptionConfiguration, PermissionSetsEnabled }) => {
      requireInstance(call, 'UpdateInstance', InstanceArn)
      if (PermissionSetsEnabled === false) throw ssoAdminErrors.permissionSetsDisabled()
      if (PermissionSetsEnabled && EncryptionConfiguration) {
        throw ssoAdminErrors.encryptionWithPermissionSets()
      }
      if (EncryptionConfiguration?.KeyType === 'CUSTOMER_MANAGED_KEY') {
        throw ssoAdminErrors.customerManagedKey()
      }
      if (Name !== undefined) await assignments.nameInstance(call.tenant.key, Name)
      return { output: {}, intent: intentOf('update', 'update instance') }
    },
  }),

  defineOperation({
    service,
    name: 'ListRegions',
    access: 'read',
    intent: intentOf('list', 'list regions of instance'),
    input: structure({ ...onInstance, ...paging }),
    run: async (call, { InstanceArn }) => {
      requireInstance(call, 'ListRegions', InstanceArn)
      return {
        output: { Regions: [viewRegion(call)] },
        intent: intentOf('list', 'list regions of instance', 1),
      }
    },
  }),

  defineOperation({
    service,
    name: 'DescribeRegion',
    access: 'read',
    intent: intentOf('read', 'read region of instance'),
    input: structure({ ...onInstance, RegionName: required(regionShape) }),
    run: async (call, { InstanceArn, RegionName }) => {
      requireInstance(call, 'DescribeRegion', InstanceArn)
      if (RegionName !== call.region.own) throw ssoAdminErrors.noRegion(RegionName)
      return { output: viewRegion(call), intent: intentOf('read', 'read region of instance') }
    },
  }),
]
