import type { Check, CheckContext, CreatedResource, ScimResponse } from '../../check.ts'
import { expectCreated, expectEqual, expectStatus, expectThat, skip } from '../../expect.ts'
import { findAttribute, objectsIn, requireWritableAttribute, valueIn } from '../steps/attributes.ts'
import { postCreated, postSample, postWithout } from '../steps/create-and-read.ts'
import { area } from './areas.ts'
import { defineChecks, may, must, practice, should, withFixture } from './define-checks.ts'

/** A URI, resolved against the root of the server if it is relative. */
export const resolved = ({ service }: CheckContext, reference: string): string =>
  URL.parse(reference, `${service.url}/`)?.href ?? reference

/** Expects a URI, if there is one, to be that of the resource with this ID. */
export async function expectResolves(
  context: CheckContext,
  reference: unknown,
  id: string,
  response: ScimResponse,
): Promise<void> {
  if (reference === undefined) skip('There is no reference.')
  expectThat(typeof reference === 'string' && reference !== '', 'a URI', reference, response)
  const { pathname: path = '' } = URL.parse(resolved(context, reference)) ?? {}
  const root = new URL(context.service.url).pathname.replace(/\/$/, '')
  expectThat(path !== '' && path.startsWith(root), `a URI below ${root}`, reference, response)
  const found = await context.get(path.slice(root.length))
  expectStatus(found, 200)
  expectEqual(valueIn(found.body, 'id'), id, 'id', found)
}

async function membership(context: CheckContext) {
  const user = await context.create(context.users)
  return { user, group: await context.create(context.groups, { members: [{ value: user.id }] }) }
}

/** The element of a list of references that refers to a resource; derived lists may lag behind. */
async function referenceTo(
  context: CheckContext,
  { path }: Pick<CreatedResource, 'path'>,
  name: 'members' | 'groups',
  id: string,
) {
  let response = await context.get(path)
  const find = () => objectsIn(response.body, name).find(({ value }) => value === id)
  if (find() === undefined)
    await context.eventually(async () => {
      response = await context.get(path)
      return find() !== undefined
    })
  const found = find()
  expectThat(found !== undefined, `${name} with ${id}`, valueIn(response.body, name), response, 'missing')
  return { found, response }
}

const whenUserHasGroup = withFixture(async context => {
  const { returned } = findAttribute(context.users, 'groups') ?? skip('The user schema has no groups.')
  if (returned === 'request' || returned === 'never') skip(`groups is advertised as returned: ${returned}.`)
  const { user, group } = await membership(context)
  return { group, ...(await referenceTo(context, user, 'groups', group.id)) }
})

const whenGroupHasMember = withFixture(async context => {
  requireWritableAttribute(context.groups, 'members')
  const { user, group } = await membership(context)
  return { user, ...(await referenceTo(context, group, 'members', user.id)) }
})

const groupArea = area('group', 'Group', 'RFC 7643 §4.2', {
  needs: ['write', 'groups'],
  after: ['probe/create'],
})

const needs = ['write', 'groups', 'users'] as const

const wrongReference = 'A client that follows a wrong reference fails; without one, it can still use the id.'

const userGroupsChecks = defineChecks({ ...groupArea, source: 'RFC 7643 §4.1.2', needs }, [
  practice('of-user', ['R-073'], {
    source: 'RFC 7643 §4.1.2: “A list of groups to which the user belongs”, without a MUST',
    description: 'The server returns the groups of a user if the schema contains groups.',
    rationale: 'Applications read a user’s groups to decide what the user may do.',
    remedy: 'Derive the groups of a user from the memberships.',
    after: ['probe/members'],
    run: whenUserHasGroup(() => undefined),
  }),
  must('of-user-ref', ['R-073', 'R-034'], {
    source: 'RFC 7643 §4.1.2, §2.3.7',
    description: 'GET of the $ref of a user’s group, if present, returns the group.',
    rationale: wrongReference,
    remedy: 'Build $ref in the same way as meta.location of the group.',
    after: ['rfc/group/of-user'],
    run: whenUserHasGroup(({ group, found, response }, context) =>
      expectResolves(context, found.$ref, group.id, response),
    ),
  }),
  must('of-user-read-only', ['R-073', 'R-059'], {
    description: 'groups in the body of a user doesn’t change memberships.',
    rationale: 'Any client that can change users could make a user an administrator.',
    remedy: 'Ignore groups in the body of a user.',
    after: ['probe/members', 'rfc/retrieve/by-id'],
    run: async context => {
      const group = await context.create(context.groups)
      const response = await postSample(context, context.users, { groups: [{ value: group.id }] })
      const read = await context.get(group.path)
      expectStatus(read, 200)
      const id = valueIn(response.body, 'id')
      const own = objectsIn(read.body, 'members').filter(({ value }) => value === id)
      expectEqual(own, [], 'members of the group', read)
    },
  }),
  must('of-user-patched', ['R-073', 'R-059', 'R-173'], {
    source: 'RFC 7643 §4.1.2, RFC 7644 §3.5.2',
    description: 'PATCH of a user’s groups returns 400.',
    rationale: 'The client assumes that the membership exists.',
    remedy: 'Reject operations on readOnly attributes with 400 and scimType mutability.',
    needs: ['patch'],
    after: ['probe/patch', 'rfc/patch/refuses-read-only'],
    given: { user: true, group: true },
    request: ({ context: { users }, group }) => {
      if (findAttribute(users, 'groups')?.mutability !== 'readOnly')
        skip('The user schema has no readOnly groups.')
      return { patch: { op: 'add', path: 'groups', value: [{ value: group.id }] } }
    },
    expect: { status: [400] },
  }),
])

const ownChecks = defineChecks(groupArea, [
  must('name-required', ['R-077', 'R-064'], {
    source: 'RFC 7643 §4.2, erratum 5368',
    description: 'POST /Groups without displayName returns 400.',
    rationale: 'A group without a name can’t be found again, and Entra matches groups by it.',
    remedy: 'Require displayName for groups.',
    run: async context => {
      if (findAttribute(context.groups, 'displayName')?.required === false)
        skip('The schema doesn’t require displayName, as in RFC 7643 §8.7.1.')
      expectStatus(await postWithout(context, context.groups, 'displayName'), 400)
    },
  }),
  practice('name-advertised-required', ['R-077', 'R-152'], {
    source: 'RFC 7643 §4.2 (“REQUIRED”), against its own §8.7.1 (“"required" : false”)',
    description: 'The group schema requires displayName.',
    rationale: 'Validators of identity providers check it.',
    remedy: 'Set required to true for displayName in the group schema.',
    run: async context => {
      if (context.service.schemas.length === 0) skip('The server advertises no schemas.')
      expectEqual(findAttribute(context.groups, 'displayName')?.required, true, 'required of displayName')
    },
  }),
  may('name-twice', ['R-078'], {
    description:
      'Two groups can have the same displayName, unless it is advertised as unique. Entra ID requires the opposite: entra/groups/twice-is-409.',
    rationale:
      'Directories may contain groups with the same name. The second one is rejected in every cycle.',
    remedy: 'Accept groups with the same displayName, or advertise its uniqueness as server.',
    run: async context => {
      if (findAttribute(context.groups, 'displayName')?.uniqueness !== 'none')
        skip('displayName is advertised as unique.')
      const { displayName = null } = (await context.create(context.groups)).sent
      await postCreated(context, context.groups, context.sample(context.groups, { displayName }))
    },
  }),
  should('without-members', ['R-082', 'R-040'], {
    description: 'A group can be created without members.',
    rationale: 'Entra creates a group first and adds its members afterwards.',
    remedy: 'Don’t require members.',
    run: async context => {
      if (findAttribute(context.groups, 'members')?.required) skip('The schema requires members.')
      expectCreated(await postWithout(context, context.groups, 'members'))
    },
  }),
  may('nested', ['R-080'], {
    description: 'A group can be a member of a group, and the server returns it as such.',
    rationale:
      'Directories have nested groups, and Entra sends the id of a nested group that is in scope. The request would be rejected.',
    remedy: 'Accept IDs of groups in members.',
    after: ['rfc/group/members-kept'],
    run: async context => {
      requireWritableAttribute(context.groups, 'members')
      const inner = await context.create(context.groups)
      const members = [{ value: inner.id, type: context.groups.name }]
      const outer = await context.create(context.groups, { members })
      const { found, response } = await referenceTo(context, outer, 'members', inner.id)
      if (found.type !== undefined) expectEqual(found.type, context.groups.name, 'type', response)
    },
  }),
])

const membersArea = { ...groupArea, needs, after: ['probe/create', 'rfc/group/members-kept'] } as const

const memberChecks = defineChecks(membersArea, [
  should('members-kept', ['R-079'], {
    description: 'The server returns the members of a group with their IDs.',
    rationale: 'Clients read members back to determine which ones are missing.',
    remedy: 'Return members, each with value.',
    run: whenGroupHasMember(() => undefined),
  }),
  may('members-type', ['R-079'], {
    source: 'RFC 7643 §8.7.1: type isn’t required',
    description: 'Members have a type, User or Group.',
    rationale: 'Clients need it to know which endpoint the member belongs to.',
    remedy: 'Return type with every member.',
    run: whenGroupHasMember(({ found, response }, { users }) =>
      expectEqual(found.type, users.name, 'type', response),
    ),
  }),
  may('members-ref', ['R-079'], {
    source: 'RFC 7643 §2.3.7: “commonly represented as a "$ref" sub-attribute …; however, this is OPTIONAL”',
    description: 'Members have a $ref.',
    rationale: 'Clients that follow references can’t get from the group to its members.',
    remedy: 'Return $ref, the URI of the resource, with every member.',
    run: whenGroupHasMember(({ found, response }) =>
      expectThat(typeof found.$ref === 'string', 'a $ref', found, response),
    ),
  }),
  must('members-ref-leads', ['R-034', 'R-079'], {
    source: 'RFC 7643 §2.3.7',
    description: 'GET of the $ref of a member, if present, returns the user.',
    rationale: wrongReference,
    remedy: 'Build $ref in the same way as meta.location of the member.',
    after: ['rfc/meta/location'],
    run: whenGroupHasMember(({ user, found, response }, context) =>
      expectResolves(context, found.$ref, user.id, response),
    ),
  }),
  should('members-ref-sent', ['R-079', 'R-085'], {
    description: 'POST /Groups accepts a member with $ref, type and display.',
    rationale: 'Clients send back what they have read. If the request is rejected, the membership is lost.',
    remedy: 'Use value, and ignore or check the other sub-attributes.',
    run: async context => {
      requireWritableAttribute(context.groups, 'members')
      const user = await context.create(context.users)
      // Skips if the server takes no members here.
      await context.create(context.groups, { members: [{ value: user.id }] })
      const $ref = `${context.service.url}${user.path}`
      const member = { value: user.id, $ref, type: context.users.name, display: context.unique() }
      const response = await postSample(context, context.groups, { members: [member] })
      expectCreated(response)
      const path = `${context.groups.endpoint}/${encodeURIComponent(String(valueIn(response.body, 'id')))}`
      await referenceTo(context, { path }, 'members', user.id)
    },
  }),
])

export const groupChecks: readonly Check[] = [...ownChecks, ...memberChecks, ...userGroupsChecks]
