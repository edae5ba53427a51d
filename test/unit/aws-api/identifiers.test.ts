import t from 'tap'
import {
  accountId,
  identityStoreArn,
  identityStoreId,
  instanceArn,
  principalArn,
} from '../../../src/aws-api/identifiers.ts'

t.test('IS-007 IS-008 IS-009 The identifiers of a tenant follow from its ID', async t => {
  t.same(
    { store: identityStoreId('acme'), instance: instanceArn('acme'), account: accountId('acme') },
    {
      store: 'd-90673d2abb',
      instance: 'arn:aws:sso:::instance/ssoins-722340e20d3a7757',
      account: '313687181473',
    },
  )
})

t.test('Identifiers match the patterns of the service models', async t => {
  for (let at = 0; at < 500; at++) {
    t.match(identityStoreId(`tenant-${at}`), /^d-9067[0-9a-f]{6}$/)
    t.match(instanceArn(`tenant-${at}`), /^arn:aws:sso:::instance\/ssoins-7223[0-9a-f]{12}$/)
    t.match(accountId(`tenant-${at}`), /^\d{12}$/)
  }
})

t.test('ARNs name the account', async t => {
  t.equal(
    identityStoreArn('123456789012', 'd-9067000000'),
    'arn:aws:identitystore::123456789012:identitystore/d-9067000000',
  )
  t.equal(
    principalArn('123456789012', 'SCIMAAAAAAAAAAAAAAAA'),
    'arn:aws:iam::123456789012:user/SCIMAAAAAAAAAAAAAAAA',
  )
})
