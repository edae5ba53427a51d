import * as z from 'zod'
import {
  count,
  creates,
  describe,
  destroy,
  pages,
  read,
  returnsNothing,
  text,
  timestamp,
  write,
} from './operation.ts'

const accessSchema = z.enum(['full', 'read']).meta({
  description: '`read`: operations that write are rejected with AccessDeniedException.',
})

const accessKeySchema = z
  .object({
    id: text('The access key ID.', 'SCIM2A5K7QXW3J4MZP6T'),
    access: accessSchema,
    created: timestamp("The time of its creation, by the tenant's clock."),
    lastUsed: timestamp("The last request that was signed with it, by the tenant's clock.").optional(),
    requests: count('The number of accepted requests that were signed with it.', 42),
  })
  .meta({ id: 'AccessKey', description: 'An access key for the AWS APIs, without its secret.' })

export type AccessKey = z.input<typeof accessKeySchema>

const newAccessKeySchema = z.strictObject({
  id: text('The access key ID, for tests and CI; generated if omitted.', 'SCIMOFTHECONTINUOUSI').optional(),
  secret: text(
    'The secret access key, for tests and CI; generated if omitted.',
    'ci-secret-of-my-tests',
  ).optional(),
  access: accessSchema.optional().meta({ description: 'The access of the key; `full` if omitted.' }),
})

export type NewAccessKey = z.input<typeof newAccessKeySchema>

const issuedAccessKeySchema = accessKeySchema
  .extend({
    secret: text('The secret access key. It is shown once, and stored encrypted.'),
    environment: z.record(z.string(), z.string()).meta({
      description:
        'The environment variables with which AWS’s CLI and SDKs use the key; without an endpoint if the AWS APIs are turned off.',
      example: { AWS_ENDPOINT_URL: 'http://127.0.0.1:8082', AWS_REGION: 'us-east-1' },
    }),
  })
  .meta({ id: 'IssuedAccessKey', description: 'A new access key with its secret.' })

export type IssuedAccessKey = z.input<typeof issuedAccessKeySchema>

export const awsConnectionSchema = z
  .object({
    endpoint: z.url().optional().meta({
      description: 'The URL of the AWS APIs, for `--endpoint-url`; absent if they are turned off.',
      example: 'http://127.0.0.1:8082',
    }),
    region: z.string().meta({ example: 'us-east-1' }),
    account: text('The ID of the AWS account.', '123456789012'),
    identityStoreId: z.string().meta({ example: 'd-9067a1b2c3' }),
    instanceArn: z.string().meta({ example: 'arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6' }),
  })
  .meta({ id: 'AwsConnection', description: 'How clients of the AWS APIs reach a tenant.' })

export type AwsConnection = z.output<typeof awsConnectionSchema>

export const operations = describe('access-keys', {
  listAccessKeys: read(
    'GET /tenants/:tenant/access-keys',
    'List the access keys of a tenant',
    pages(accessKeySchema, 'The access keys that are not deleted, newest first.'),
  ),
  createAccessKey: write(
    'POST /tenants/:tenant/access-keys',
    'Create an access key',
    creates(issuedAccessKeySchema, 'The access key with its secret.'),
    {
      description:
        'For the AWS APIs of a tenant with the profile `aws`. A tenant has at most two access keys; a read-only import of an AWS directory accepts those with access `read` only. Only this response contains the secret.',
      body: newAccessKeySchema.optional(),
      changesSessions: true,
      also: [409],
    },
  ),
  deleteAccessKey: destroy(
    'DELETE /tenants/:tenant/access-keys/:key',
    'Delete an access key',
    returnsNothing('The access key is deleted.'),
    {
      description: 'From now on, requests signed with it are rejected. Its secret is erased.',
      changesSessions: true,
    },
  ),
})
