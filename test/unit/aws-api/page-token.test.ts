import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createPageTokens } from '../../../src/aws-api/page-token.ts'

const key = randomBytes(32)
const tokens = createPageTokens(() => key)
const request = {
  tenant: 1,
  operation: 'ListUsers',
  input: { IdentityStoreId: 'd-9067000000', Filters: [{ AttributePath: 'UserName', AttributeValue: 'x' }] },
}
const invalid = {
  type: 'ValidationException',
  message: 'The NextToken is invalid.',
  rule: 'aws-api/page-token',
}

t.test('IS-089 A token continues the request that it was sealed for, on every instance', async t => {
  const token = tokens.seal({ after: 17 }, request)
  t.match(token, /^[-a-zA-Z0-9+=/:_]+$/)
  const reordered = {
    MaxResults: 5,
    Filters: [{ AttributeValue: 'x', AttributePath: 'UserName' }],
    NextToken: token,
    IdentityStoreId: 'd-9067000000',
  }
  t.same(createPageTokens(() => Buffer.from(key)).open(token, { ...request, input: reordered }), {
    after: 17,
  })
})

t.test('IS-089 The token of another operation, tenant, input or key is invalid', async t => {
  const token = tokens.seal(17, request)
  for (const other of [
    { ...request, operation: 'ListGroups' },
    { ...request, tenant: 2 },
    { ...request, input: { IdentityStoreId: 'd-9067000000' } },
  ]) {
    t.throws(() => tokens.open(token, other), invalid)
  }
  t.throws(() => createPageTokens(() => randomBytes(32)).open(token, request), invalid)
})

t.test('IS-089 A broken token is invalid', async t => {
  const token = tokens.seal(17, request)
  for (const broken of ['', 'x', token.slice(1), token.slice(0, -4), `${token}AAAA`, 'A'.repeat(65535)]) {
    t.throws(() => tokens.open(broken, request), invalid)
  }
})
