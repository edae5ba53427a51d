import type { Check } from '../../../check.ts'
import { expectEqual, expectThat, skip } from '../../../expect.ts'
import type { JsonObject } from '../../../json.ts'
import type { Answer, Made, Stage } from '../../../stage.ts'
import { writable } from '../../tools/attributes.ts'
import { checksOf } from '../checks-of.ts'
import { groupArea } from './areas.ts'
import { expectLeadsTo, expectListed, membership, referenceTo } from './references.ts'

async function memberOf(
  stage: Stage,
  group: Made,
  id: string,
): Promise<{ readonly member: JsonObject; readonly answer: Answer }> {
  const { found, answer } = await referenceTo(stage, group, 'members', id)
  return { member: found ?? skip('Members aren’t returned.'), answer }
}

export const checks: readonly Check[] = checksOf(groupArea, [
  {
    id: 'members-kept',
    level: 'SHOULD',
    says: 'The members of a group are returned with their ids.',
    requirements: ['R-079'],
    matters: 'Clients read members back to know what is missing.',
    mend: 'Return members, each with value.',
    needs: ['users'],
    run: async stage => {
      writable(stage.groups, 'members')
      const { user, group } = await membership(stage)
      await expectListed(stage, group, 'members', user.id)
    },
  },
  {
    id: 'members-type',
    level: 'MAY',
    source: 'RFC 7643 §8.7.1: type isn’t required',
    says: 'Members have a type: User, or Group.',
    requirements: ['R-079'],
    matters: 'Clients need it to know under which endpoint to look for the member.',
    mend: 'Return type with every member.',
    needs: ['users'],
    run: async stage => {
      const { user, group } = await membership(stage)
      const { member, answer } = await memberOf(stage, group, user.id)
      expectEqual(member.type, stage.users.name, 'type', answer)
    },
  },
  {
    id: 'members-ref',
    level: 'MAY',
    source: 'RFC 7643 §2.3.7: “commonly represented as a "$ref" sub-attribute …; however, this is OPTIONAL”',
    says: 'Members have a $ref.',
    requirements: ['R-079'],
    matters: 'Clients that follow references can’t go from the group to its people.',
    mend: 'Return $ref with every member, the URI of the resource.',
    needs: ['users'],
    run: async stage => {
      const { user, group } = await membership(stage)
      const { member, answer } = await memberOf(stage, group, user.id)
      expectThat(typeof member.$ref === 'string', 'a $ref', member, answer)
    },
  },
  {
    id: 'members-ref-leads',
    level: 'MUST',
    source: 'RFC 7643 §2.3.7',
    says: 'The $ref of a member, where there is one, leads to the user.',
    requirements: ['R-034', 'R-079'],
    matters: 'A reference to nowhere is worse than none.',
    mend: 'Build $ref as meta.location of the member is built.',
    needs: ['users'],
    run: async stage => {
      const { user, group } = await membership(stage)
      const { member, answer } = await memberOf(stage, group, user.id)
      await expectLeadsTo(stage, member.$ref, user.id, answer)
    },
  },
  {
    id: 'members-ref-sent',
    level: 'SHOULD',
    says: 'A member that is sent with $ref, type and display is accepted.',
    requirements: ['R-079', 'R-085'],
    matters: 'Clients send back what they have read; a refusal loses the membership.',
    mend: 'Go by value, and pass over or check the rest.',
    needs: ['users'],
    run: async stage => {
      const user = await stage.create(stage.users)
      const $ref = `${stage.service.url}${user.path}`
      const member = { value: user.id, $ref, type: stage.users.name, display: stage.unique() }
      const group = await stage.create(stage.groups, { members: [member] })
      await memberOf(stage, group, user.id)
    },
  },
  {
    id: 'nested',
    level: 'MAY',
    says: 'A group may be a member of a group, and is returned as such.',
    requirements: ['R-080'],
    matters:
      'Directories have nested groups, and Entra sends the id of one that is in scope; it would be refused.',
    mend: 'Accept ids of groups in members.',
    run: async stage => {
      const inner = await stage.create(stage.groups)
      const outer = await stage.create(stage.groups, {
        members: [{ value: inner.id, type: stage.groups.name }],
      })
      const { member, answer } = await memberOf(stage, outer, inner.id)
      if (member.type !== undefined) expectEqual(member.type, stage.groups.name, 'type', answer)
    },
  },
])
