import { accountId, instanceArn } from '../aws-api/identifiers.ts'
import { type AnyOperation, type ApiCall, defineOperation } from '../aws-api/operation.ts'
import { structure } from '../aws-api/shape.ts'
import { intentOf, requireInstance, storeIdOf, toSeconds } from './context.ts'
import { onInstance, paging } from './shapes.ts'

const service = 'sso'

const viewInstance = (call: ApiCall) => ({
  InstanceArn: instanceArn(call.tenant.id),
  IdentityStoreId: storeIdOf(call),
  OwnerAccountId: accountId(call.tenant.id),
  CreatedDate: toSeconds(call.tenant.created),
  Status: 'ACTIVE',
})

/** Whether a region other than the server's is without an instance. */
const isElsewhere = ({ tenant, region }: ApiCall): boolean =>
  tenant.profile.awsApis?.otherRegion === 'empty' && region.signed !== region.own

/** The instance of IAM Identity Center, by which clients find the identity store. */
export const instanceOperations: readonly AnyOperation[] = [
  defineOperation({
    service,
    name: 'ListInstances',
    access: 'read',
    intent: intentOf('list', 'list instances'),
    input: structure(paging),
    run: async call => {
      const Instances = isElsewhere(call) ? [] : [viewInstance(call)]
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
          ...viewInstance(call),
          EncryptionConfigurationDetails: { KeyType: 'AWS_OWNED_KMS_KEY', EncryptionStatus: 'ENABLED' },
        },
        intent: intentOf('read', 'read instance'),
      }
    },
  }),
]
