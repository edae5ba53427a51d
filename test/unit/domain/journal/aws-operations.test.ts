import t from 'tap'
import { identityStoreOperations } from '../../../../src/aws-api/identity-store/operations.ts'
import { ssoAdminOperations } from '../../../../src/aws-api/sso-admin/operations.ts'
import * as names from '../../../../src/domain/journal/aws-operations.ts'

t.test('the journal knows the names of all operations', async t => {
  // They are listed, not run.
  const nothing = {} as never
  const namesOf = (operations: readonly { readonly name: string }[]) =>
    operations.map(({ name }) => name).sort()
  t.same(namesOf(identityStoreOperations(nothing)), [...names.identityStoreOperations].sort())
  t.same(namesOf(ssoAdminOperations(nothing)), [...names.ssoAdminOperations, 'GetCallerIdentity'].sort())
  t.equal(names.parseAwsOperation('getcalleridentity'), 'GetCallerIdentity')
})
