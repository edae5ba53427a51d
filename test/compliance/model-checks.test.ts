import t from 'tap'
import type { Check } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { createServer } from '../../src/index.ts'
import { sensors } from '../support/every-type.ts'
import { runOptions } from './small-server.ts'

const areas =
  'transport|authentication|errors|model|common|meta|values|user|group|enterprise|create|retrieve|discovery|forms|advertised|schemas'
const isOurs = ({ id }: Check): boolean => new RegExp(`^rfc/(${areas})/`).test(id)

t.test('a server that conforms to the RFC passes, with custom types of every kind', async t => {
  await using server = await createServer({ profile: 'rfc', types: sensors })
  const { result } = await runChecks({
    ...runOptions(server.url, checks.filter(isOurs)),
    token: server.token,
  })
  const failed = result.outcomes.filter(({ verdict }) => verdict === 'failed' || verdict === 'broken')
  // The declarations have no descriptions, and checking the country is an option of the profile (`valueForms`).
  t.same(failed.map(({ check }) => `${check.level} ${check.id}`).sort(), [
    'MAY rfc/schemas/schema-description',
    'MAY rfc/user/refuses-country',
    'SHOULD rfc/schemas/attribute-description',
  ])
  t.same(result.leftBehind, [])
})
