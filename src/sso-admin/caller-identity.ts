import { principalArn } from '../aws-api/identifiers.ts'
import { type AnyOperation, defineOperation } from '../aws-api/operation.ts'
import { structure } from '../aws-api/shape.ts'
import { intentOf } from './context.ts'

/**
 * Who sends the request: the first operation that people try, and the one by which Terraform checks credentials. Any key may
 * call it, as on AWS.
 */
export const getCallerIdentity: AnyOperation = defineOperation({
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
