import { readFileSync } from 'node:fs'
import t from 'tap'
import { identityStoreRules } from '../../../../src/aws-api/identity-store/rules.ts'
import { apiRules } from '../../../../src/aws-api/rules.ts'

t.test('Each rule has its own ID and an error', async t => {
  const ids = [...apiRules, ...identityStoreRules].map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  const errors = readFileSync('src/aws-api/identity-store/errors.ts', 'utf8')
  t.same(
    identityStoreRules.filter(({ id }) => !errors.includes(`'${id}'`)),
    [],
  )
})
