import t from 'tap'
import { hashSecret, verifySecret } from '../../../src/provider/secret-hashing.ts'

t.test('R-010 a hash is slow and salted, and reveals neither the secret nor its length', async t => {
  const [one = '', other] = await Promise.all([hashSecret('t1meMa$heen'), hashSecret('t1meMa$heen')])
  t.match(one, /^\$scrypt\$ln=14,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  t.not(one, other)
  t.equal(one.length, (await hashSecret('x')).length)
})

t.test('a secret is compared with a hash by the parameters in the hash', async t => {
  const hash = await hashSecret('t1meMa$heen')
  t.equal(await verifySecret(hash, 't1meMa$heen'), true)
  t.equal(await verifySecret(hash, 'T1meMa$heen'), false)
  // RFC 7914 §12.
  const cheap =
    '$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA'
  t.equal(await verifySecret(cheap, 'password'), true)
  t.equal(await verifySecret(cheap, 'Password'), false)
  t.equal(await verifySecret('password', 'password'), false, 'a malformed hash matches no secret')
})
