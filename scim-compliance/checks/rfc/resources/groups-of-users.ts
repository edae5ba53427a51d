import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, skip } from '../../../expect.ts'
import type { JsonObject } from '../../../json.ts'
import type { Answer, Made, Stage } from '../../../stage.ts'
import { at, attributeOf, textOf, valuesAt } from '../../tools/attributes.ts'
import { needEffect } from '../../tools/patch-users.ts'
import { postedSample } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { groupArea } from './areas.ts'
import { expectLeadsTo, expectListed, membership, referenceTo } from './references.ts'

async function groupOf(
  stage: Stage,
  user: Made,
  id: string,
): Promise<{ readonly group: JsonObject; readonly answer: Answer }> {
  if (attributeOf(stage.users, 'groups') === undefined) skip('Users have no groups.')
  const { found, answer } = await referenceTo(stage, user, 'groups', id)
  return { group: found ?? skip('Users don’t show their groups.'), answer }
}

export const checks: readonly Check[] = checksOf(groupArea, [
  {
    id: 'of-user',
    level: 'practice',
    source: 'RFC 7643 §4.1.2: “A list of groups to which the user belongs”, without a MUST',
    says: 'A user whose schema has groups shows the groups it is a member of.',
    requirements: ['R-073'],
    matters: 'Applications read from the user what somebody may do.',
    mend: 'Work out groups of users from the memberships.',
    needs: ['users'],
    run: async stage => {
      const { returned } = attributeOf(stage.users, 'groups') ?? skip('Users have no groups.')
      if (returned === 'request' || returned === 'never')
        skip(`groups is advertised as returned: ${returned}.`)
      const { user, group } = await membership(stage)
      await expectListed(stage, user, 'groups', group.id)
    },
  },
  {
    id: 'of-user-ref',
    level: 'MUST',
    source: 'RFC 7643 §4.1.2, §2.3.7',
    says: 'The $ref of a user’s group, where there is one, leads to the group.',
    requirements: ['R-073', 'R-034'],
    matters: 'A reference to nowhere is worse than none.',
    mend: 'Build $ref as meta.location of the group is built.',
    needs: ['users'],
    run: async stage => {
      const made = await membership(stage)
      const { group, answer } = await groupOf(stage, made.user, made.group.id)
      await expectLeadsTo(stage, group.$ref, made.group.id, answer)
    },
  },
  {
    id: 'of-user-read-only',
    level: 'MUST',
    source: 'RFC 7643 §4.1.2',
    says: 'Groups that a user is sent with make it a member of none.',
    requirements: ['R-073', 'R-059'],
    matters: 'Every client that may change users could make one an administrator.',
    mend: 'Pass over groups in the bodies of users.',
    needs: ['users'],
    run: async stage => {
      const group = await stage.create(stage.groups)
      const groups = [{ value: group.id }]
      const answer = await postedSample(stage, stage.users, { groups })
      const read = await stage.get(group.path)
      expectEqual(
        valuesAt(read.body, 'members').filter(({ value }) => value === at(answer.body, 'id')),
        [],
        'members of the group',
        read,
      )
    },
  },
  {
    id: 'of-user-patched',
    level: 'MUST',
    source: 'RFC 7643 §4.1.2, RFC 7644 §3.5.2',
    says: 'A PATCH of a user’s groups is refused with 400.',
    requirements: ['R-073', 'R-059', 'R-173'],
    matters: 'The client believes the membership to be there.',
    mend: 'Refuse operations on readOnly attributes with 400 and scimType mutability.',
    needs: ['users', 'patch'],
    run: async stage => {
      if (attributeOf(stage.users, 'groups')?.mutability !== 'readOnly')
        skip('Users have no readOnly groups.')
      const group = await stage.create(stage.groups)
      const user = await stage.create(stage.users)
      await needEffect(stage, user, textOf(stage.users))
      expectStatus(
        await stage.patch(user.path, { op: 'add', path: 'groups', value: [{ value: group.id }] }),
        400,
      )
    },
  },
])
