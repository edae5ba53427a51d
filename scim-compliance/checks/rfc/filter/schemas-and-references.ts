import type { Check } from '../../../check.ts'
import { enterpriseUrn } from '../../../urns.ts'
import { at, extended, writable } from '../../tools/attributes.ts'
import { expectFound } from '../../tools/lists.ts'
import { checksOf } from '../checks-of.ts'
import { filterPathsArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(filterPathsArea, [
  {
    id: 'schema-urn-in-paths',
    level: 'MAY',
    says: 'Names may be given with their schema: `urn:…:User:userName sw`.',
    requirements: ['R-112'],
    matters: 'Clients that write all names in full are refused.',
    mend: 'Cut the URN of the type’s own schema off a path before you look it up.',
    run: async stage => {
      const made = await stage.create(stage.users)
      const other = await stage.create(stage.users)
      const name = JSON.stringify(at(made.body, 'userName') ?? null)
      await expectFound(stage, stage.users, `${stage.users.schema}:userName eq ${name}`, [made], [other])
    },
  },
  {
    id: 'schemas',
    level: 'MAY',
    says: '`schemas eq "urn…"` finds resources that have a schema.',
    requirements: ['R-112'],
    matters: 'Queries over several types use it to tell them apart.',
    mend: 'Make schemas available to filters.',
    run: async stage => {
      const made = await stage.create(stage.users)
      await expectFound(stage, stage.users, `schemas eq "${stage.users.schema}"`, [made])
      await expectFound(stage, stage.users, 'schemas eq "urn:example:nonsuch"', [], [made])
    },
  },
  {
    id: 'extension-attributes',
    level: 'MUST',
    says: 'Attributes of extensions are found by their URN: `urn:…:enterprise:2.0:User:employeeNumber eq`.',
    requirements: ['R-098'],
    needs: ['enterprise'],
    matters: 'Human resources’ systems match people by employee number.',
    mend: 'Resolve paths that begin with the URN of an extension; the last colon ends it.',
    run: async stage => {
      writable(stage.users, 'employeeNumber', enterpriseUrn)
      const mark = stage.unique()
      const one = await stage.create(
        stage.users,
        extended(stage, stage.users, enterpriseUrn, { employeeNumber: mark }),
      )
      const two = await stage.create(stage.users)
      await expectFound(stage, stage.users, `${enterpriseUrn}:employeeNumber eq "${mark}"`, [one], [two])
    },
  },
  {
    id: 'manager',
    level: 'MUST',
    says: '`urn:…:enterprise:2.0:User:manager.value eq` finds the users with that manager.',
    requirements: ['R-098'],
    needs: ['enterprise'],
    matters: 'Clients ask so who reports to somebody who leaves, and who needs another manager.',
    mend: 'Resolve sub-attributes of attributes of extensions.',
    run: async stage => {
      writable(stage.users, 'manager.value', enterpriseUrn)
      const boss = await stage.create(stage.users)
      const one = await stage.create(
        stage.users,
        extended(stage, stage.users, enterpriseUrn, { manager: { value: boss.id } }),
      )
      const filter = `${enterpriseUrn}:manager.value eq ${JSON.stringify(boss.id)}`
      await expectFound(stage, stage.users, filter, [one], [boss])
    },
  },
  {
    id: 'members',
    level: 'MUST',
    says: '`members.value eq` finds the groups that have a user as a member.',
    requirements: ['R-106'],
    needs: ['groups'],
    matters: 'Clients of AWS read memberships so; after a wrong answer they add or remove members again.',
    mend: 'Make members available to filters on groups.',
    run: async stage => {
      const user = await stage.create(stage.users)
      const one = await stage.create(stage.groups, { members: [{ value: user.id }] })
      const two = await stage.create(stage.groups)
      const id = JSON.stringify(user.id)
      await expectFound(stage, stage.groups, `members.value eq ${id}`, [one], [two])
      await expectFound(stage, stage.groups, `members[value eq ${id}]`, [one], [two])
    },
  },
])
