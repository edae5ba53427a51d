import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, skip } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Answer, Made, Stage } from '../../stage.ts'
import { at, attributeOf, valuesAt } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { made, posted, postedSample } from '../tools/posted.ts'

/** A user, and a group with that one for a member. */
async function membership(stage: Stage): Promise<{ readonly user: Made; readonly group: Made }> {
  const user = await stage.create(stage.users)
  return { user, group: await stage.create(stage.groups, { members: [{ value: user.id }] }) }
}

/** What a list of references has of this id, at once or soon. */
async function referenceTo(
  stage: Stage,
  { path }: Made,
  name: string,
  id: string,
): Promise<{ readonly found: JsonObject | undefined; readonly answer: Answer }> {
  let answer = await stage.get(path)
  const find = () => valuesAt(answer.body, name).find(({ value }) => value === id)
  if (find() === undefined)
    await stage.eventually(async () => {
      answer = await stage.get(path)
      return find() !== undefined
    })
  return { found: find(), answer }
}

async function memberOf(
  stage: Stage,
  group: Made,
  id: string,
): Promise<{ readonly member: JsonObject; readonly answer: Answer }> {
  const { found, answer } = await referenceTo(stage, group, 'members', id)
  return { member: found ?? skip('Members aren’t returned.'), answer }
}

async function groupOf(
  stage: Stage,
  user: Made,
  id: string,
): Promise<{ readonly group: JsonObject; readonly answer: Answer }> {
  if (attributeOf(stage.users, 'groups') === undefined) skip('Users have no groups.')
  const { found, answer } = await referenceTo(stage, user, 'groups', id)
  return { group: found ?? skip('Users don’t show their groups.'), answer }
}

async function expectListed(stage: Stage, made: Made, name: string, id: string): Promise<void> {
  const { found, answer } = await referenceTo(stage, made, name, id)
  expectThat(found !== undefined, `${name} with ${id}`, at(answer.body, name), answer)
}

/** A `$ref` leads to the resource with this id. */
async function expectLeadsTo(stage: Stage, reference: unknown, id: string, answer: Answer): Promise<void> {
  if (reference === undefined) skip('There is no $ref.')
  expectThat(typeof reference === 'string' && reference !== '', 'a URI', reference, answer)
  const base = new URL(`${stage.service.url}/`)
  const path = new URL(reference, base).pathname
  const root = base.pathname.replace(/\/$/, '')
  expectThat(path.startsWith(root), `a URI below ${root}`, reference, answer)
  const found = await stage.get(path.slice(root.length))
  expectStatus(found, 200)
  expectEqual(at(found.body, 'id'), id, 'id', found)
}

export const checks: readonly Check[] = checksOf(
  { area: 'group', section: 'Group', source: 'RFC 7643 §4.2', needs: ['write', 'groups'] },
  [
    {
      id: 'name-required',
      level: 'MUST',
      source: 'RFC 7643 §4.2, erratum 5368',
      says: 'A group without displayName is refused with 400.',
      requirements: ['R-077', 'R-064'],
      matters: 'Nobody can find such a group again, and Entra matches groups by it.',
      mend: 'Require displayName of groups.',
      run: async stage => {
        const { displayName: _, ...body } = stage.sample(stage.groups)
        const answer = await posted(stage, stage.groups, body)
        expectStatus(answer, 400)
      },
    },
    {
      id: 'name-advertised-required',
      level: 'MUST',
      source: 'RFC 7643 §8.7.1, erratum 5368',
      says: 'The schema of groups says that displayName is required.',
      requirements: ['R-077', 'R-152'],
      matters: 'Validators of identity providers look for it.',
      mend: 'Set required to true for displayName in the schema of groups.',
      run: async stage => {
        if (stage.service.schemas.length === 0) skip('The server advertises no schemas.')
        expectEqual(attributeOf(stage.groups, 'displayName')?.required, true, 'required of displayName')
      },
    },
    {
      id: 'name-twice',
      level: 'MAY',
      says: 'Two groups may have the same displayName, unless it is advertised as unique.',
      requirements: ['R-078'],
      matters: 'Directories have groups of the same name; the second is refused in every cycle.',
      mend: 'Put no unique index on displayName, or advertise its uniqueness as server.',
      run: async stage => {
        if (attributeOf(stage.groups, 'displayName')?.uniqueness !== 'none')
          skip('It is advertised as unique.')
        const { sent } = await stage.create(stage.groups)
        await made(stage, stage.groups, stage.sample(stage.groups, { displayName: sent.displayName ?? null }))
      },
    },
    {
      id: 'without-members',
      level: 'MUST',
      says: 'A group can be made without members.',
      requirements: ['R-082', 'R-040'],
      matters: 'Entra makes a group first, and adds its members afterwards.',
      mend: 'Don’t require members.',
      run: async stage => {
        const { members: _, ...body } = stage.sample(stage.groups)
        await made(stage, stage.groups, body)
      },
    },
    {
      id: 'members-kept',
      level: 'MUST',
      says: 'The members of a group are returned with their ids.',
      requirements: ['R-079'],
      matters: 'Clients read members back to know what is missing.',
      mend: 'Return members, each with value.',
      needs: ['users'],
      run: async stage => {
        const { user, group } = await membership(stage)
        await expectListed(stage, group, 'members', user.id)
      },
    },
    {
      id: 'members-type',
      level: 'MUST',
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
      level: 'MUST',
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
      level: 'MUST',
      says: 'A member that is sent with $ref, type and display is taken.',
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
      matters: 'Okta and Active Directory have nested groups; without them members have to be flattened.',
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
    {
      id: 'of-user',
      level: 'MUST',
      source: 'RFC 7643 §4.1.2',
      says: 'A user that has groups in its schema shows those that it is a member of.',
      requirements: ['R-073'],
      matters: 'Applications read from the user what somebody may do.',
      mend: 'Work out groups of users from the memberships.',
      needs: ['users'],
      run: async stage => {
        if (attributeOf(stage.users, 'groups') === undefined) skip('Users have no groups.')
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
      matters: 'Whoever may change a user could make that one an administrator.',
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
        expectStatus(
          await stage.patch(user.path, { op: 'add', path: 'groups', value: [{ value: group.id }] }),
          400,
        )
      },
    },
  ],
)
