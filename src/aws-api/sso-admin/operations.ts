import { compact } from '../../scim/json.ts'
import { accountId, identityStoreArn, instanceArn, principalArn } from '../identifiers.ts'
import type { AnyOperation, ApiCall } from '../operation.ts'
import { boolean, oneOf, optional, pattern, required, structure, text } from '../shape.ts'
import { absentResourceOperations } from './absent-resources.ts'
import { assignmentOperations } from './assignments.ts'
import {
  type SsoAdminDeps,
  type SsoCall,
  type SsoOperation,
  ssoOperation,
  storeIdOf,
  toSeconds,
} from './context.ts'
import { ssoAdminErrors } from './errors.ts'
import { permissionSetOperations } from './permission-sets.ts'
import { policyOperations } from './policies.ts'
import { onInstance, paging, regionShape } from './shapes.ts'

export const ssoAdminOperations = (deps: SsoAdminDeps): readonly AnyOperation[] =>
  [
    ...instanceOperations,
    ...absentResourceOperations,
    ...permissionSetOperations,
    ...policyOperations,
    ...assignmentOperations,
    getCallerIdentity,
  ].map(operation => operation(deps))

/**
 * Who sends the request: the first operation that people try, and the one by which Terraform checks credentials. Any key may
 * call it, as on AWS.
 */
const getCallerIdentity = ssoOperation({
  service: 'sts',
  name: 'GetCallerIdentity',
  does: ['read', 'get caller identity'],
  input: structure({}),
  run: ({ principal: { account, keyId } }) => ({
    output: { UserId: keyId, Account: account, Arn: principalArn(account, keyId) },
  }),
})

const primaryRegion = ({ tenant, region }: ApiCall): string => tenant.imported?.instance.region ?? region.own

const viewRegion = (call: ApiCall) => ({
  RegionName: primaryRegion(call),
  Status: 'ACTIVE',
  AddedDate: toSeconds(call.tenant.created),
  IsPrimaryRegion: true,
})

const readInstance = async (call: SsoCall) => ({
  InstanceArn: instanceArn(call.tenant),
  IdentityStoreId: storeIdOf(call),
  IdentityStoreArn: identityStoreArn(accountId(call.tenant), storeIdOf(call)),
  OwnerAccountId: accountId(call.tenant),
  ...compact({
    Name: (await call.assignments.instanceName(call.tenant.key)) ?? call.tenant.imported?.instance.name,
  }),
  CreatedDate: toSeconds(call.tenant.created),
  Status: 'ACTIVE',
  PrimaryRegion: primaryRegion(call),
  Regions: [viewRegion(call)],
})

const isElsewhere = ({ tenant, region }: ApiCall): boolean =>
  tenant.profile.awsApis?.otherRegion === 'empty' && region.signed !== region.own

const instanceOperations: readonly SsoOperation[] = [
  ssoOperation({
    name: 'ListInstances',
    does: ['list', 'list instances'],
    input: structure(paging),
    run: async call => {
      const Instances = isElsewhere(call) ? [] : [await readInstance(call)]
      return { output: { Instances }, found: Instances.length }
    },
  }),
  ssoOperation({
    name: 'DescribeInstance',
    does: ['read', 'read instance'],
    input: structure(onInstance),
    run: async call => ({
      output: {
        ...(await readInstance(call)),
        EncryptionConfigurationDetails: { KeyType: 'AWS_OWNED_KMS_KEY', EncryptionStatus: 'ENABLED' },
        // As for instances that had permission sets before they could be disabled.
        PermissionSetsEnabled: true,
      },
    }),
  }),
  ssoOperation({
    name: 'UpdateInstance',
    does: ['update', 'update instance'],
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
    run: async ({ assignments, tenant }, { Name, EncryptionConfiguration, PermissionSetsEnabled }) => {
      if (PermissionSetsEnabled === false) throw ssoAdminErrors.permissionSetsDisabled()
      if (PermissionSetsEnabled && EncryptionConfiguration)
        throw ssoAdminErrors.encryptionWithPermissionSets()
      if (EncryptionConfiguration?.KeyType === 'CUSTOMER_MANAGED_KEY')
        throw ssoAdminErrors.customerManagedKey()
      if (Name !== undefined) await assignments.nameInstance(tenant.key, Name)
      return { output: {} }
    },
  }),
  ssoOperation({
    name: 'ListRegions',
    does: ['list', 'list regions of instance'],
    input: structure({ ...onInstance, ...paging }),
    run: call => ({ output: { Regions: [viewRegion(call)] }, found: 1 }),
  }),
  ssoOperation({
    name: 'DescribeRegion',
    does: ['read', 'read region of instance'],
    input: structure({ ...onInstance, RegionName: required(regionShape) }),
    run: (call, { RegionName }) => {
      if (RegionName !== primaryRegion(call)) throw ssoAdminErrors.noRegion(RegionName)
      return { output: viewRegion(call) }
    },
  }),
]
