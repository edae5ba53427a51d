import t from 'tap'
import { ApiError } from '../../../src/aws-api/api-error.ts'
import { type ApiCall, defineOperation, isPermitted } from '../../../src/aws-api/operation.ts'
import { apiRules } from '../../../src/aws-api/rules.ts'
import { required, structure, text } from '../../../src/aws-api/shape.ts'
import type { JsonObject } from '../../../src/scim/json.ts'

const intent = { kind: 'other', operation: 'read', action: 'read user' } as const
const target = { type: 'User', id: '1' }
const operation = defineOperation({
  service: 'identitystore',
  name: 'DescribeUser',
  access: 'read',
  intent,
  input: structure({ UserId: required(text()) }),
  run: async (_call, { UserId }) => {
    if (UserId === 'nobody') {
      const members = { ResourceType: 'USER' }
      throw new ApiError('ResourceNotFoundException', 'USER not found.', { members }, { target })
    }
    return { output: { UserId }, intent, target }
  },
})
const call = {} as ApiCall

t.test('An operation runs with its valid input', async t => {
  t.same(await operation.call(call, { UserId: '1', Other: 2 }), { output: { UserId: '1' }, intent, target })
})

t.test('An error has the intent of its operation and the target that the operation knows', async t => {
  const failure = async (body: JsonObject) => operation.call(call, body).catch((error: ApiError) => error)
  t.match(await failure({}), { type: 'ValidationException', status: 400, subject: { intent } })
  t.match(await failure({ UserId: 'nobody' }), {
    type: 'ResourceNotFoundException',
    message: 'USER not found.',
    members: { ResourceType: 'USER' },
    status: 400,
    subject: { intent, target },
  })
})

t.test('IS-123 A read-only key calls operations that read', async t => {
  t.same(
    [
      isPermitted('read', operation),
      isPermitted('read', { access: 'write' }),
      isPermitted('full', { access: 'write' }),
    ],
    [true, false, true],
  )
})

t.test('Each rule has its own ID', async t => {
  t.equal(new Set(apiRules.map(({ id }) => id)).size, apiRules.length)
})
