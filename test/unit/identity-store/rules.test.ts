import { readFileSync } from 'node:fs'
import t from 'tap'
import { apiRules } from '../../../src/aws-api/rules.ts'
import { identityStoreRules } from '../../../src/identity-store/rules.ts'

t.test('Each rule has its own ID and an error', async t => {
  const ids = [...apiRules, ...identityStoreRules].map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  const errors = readFileSync('src/identity-store/errors.ts', 'utf8')
  t.same(
    identityStoreRules.filter(({ id }) => !errors.includes(`'${id}'`)),
    [],
  )
})
