import type { Check } from '../../../check.ts'
import { expectEqual, expectThat, skip } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { enterpriseUrn } from '../../../urns.ts'
import { at, attributeOf, writable } from '../../tools/attributes.ts'
import { checksOf } from '../checks-of.ts'
import { enterpriseArea } from './areas.ts'
import { withEnterprise } from './enterprise-users.ts'

const texts = ['employeeNumber', 'costCenter', 'organization', 'division', 'department'] as const

export const checks: readonly Check[] = checksOf(enterpriseArea, [
  ...texts.map(name => ({
    id: name.toLowerCase(),
    level: 'SHOULD' as const,
    says: `${name} is kept and returned under the URN of the enterprise extension.`,
    requirements: ['R-081', 'R-054'],
    matters: `Entra’s and Okta’s mappings send ${name}; applications go by it.`,
    mend: `Read and return ${name} in an object named ${enterpriseUrn}.`,
    run: async (stage: Stage) => {
      writable(stage.users, name, enterpriseUrn)
      const value = stage.unique()
      const answer = await withEnterprise(stage, { [name]: value })
      expectEqual(at(answer.body, enterpriseUrn, name), value, name, answer)
    },
  })),
  {
    id: 'manager',
    level: 'SHOULD',
    says: 'manager.value is kept and returned: the id of a user.',
    requirements: ['R-081'],
    matters: 'Approval flows go by the manager that Entra sends.',
    mend: 'Keep manager as an object with value.',
    run: async stage => {
      writable(stage.users, 'manager', enterpriseUrn)
      const boss = await stage.create(stage.users)
      const answer = await withEnterprise(stage, { manager: { value: boss.id } })
      expectEqual(at(answer.body, enterpriseUrn, 'manager', 'value'), boss.id, 'manager.value', answer)
    },
  },
  {
    id: 'manager-display-name',
    level: 'MUST',
    says: 'manager.displayName is read-only: what is sent for it isn’t kept.',
    requirements: ['R-081', 'R-059'],
    matters: 'A name that the manager doesn’t have would be shown.',
    mend: 'Work manager.displayName out from the manager, or leave it out.',
    run: async stage => {
      writable(stage.users, 'manager', enterpriseUrn)
      const advertised = attributeOf(stage.users, 'manager.displayName', enterpriseUrn)
      if (advertised?.mutability !== 'readOnly') skip('manager.displayName isn’t advertised as readOnly.')
      const boss = await stage.create(stage.users)
      const displayName = stage.unique('Wrong')
      const answer = await withEnterprise(stage, { manager: { value: boss.id, displayName } })
      const got = at(answer.body, enterpriseUrn, 'manager', 'displayName')
      expectThat(got !== displayName, 'not the name that was sent', got, answer)
    },
  },
  {
    id: 'manager-ref',
    level: 'MUST',
    source: 'RFC 7643 §4.3, §2.3.7',
    says: 'manager.$ref, where there is one, leads to the manager.',
    requirements: ['R-034', 'R-081'],
    matters: 'A reference to nowhere is worse than none.',
    mend: 'Build $ref as meta.location of the manager is built.',
    run: async stage => {
      writable(stage.users, 'manager', enterpriseUrn)
      const boss = await stage.create(stage.users)
      const answer = await withEnterprise(stage, { manager: { value: boss.id } })
      const reference = at(answer.body, enterpriseUrn, 'manager', '$ref')
      if (reference === undefined) skip('There is no manager.$ref.')
      const base = `${stage.service.url}/`
      expectEqual(
        new URL(String(reference), base).pathname,
        new URL(`.${boss.path}`, base).pathname,
        'path of manager.$ref',
        answer,
      )
    },
  },
])
