import { principalArn } from '../identifiers.ts'
import { type AnyOperation, defineOperation } from '../operation.ts'
import { structure } from '../shape.ts'
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
