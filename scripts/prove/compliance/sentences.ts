import { enterpriseUrn, type Json, userUrn } from '../../../scim-compliance/scim.ts'
import { valueAt } from './played-job.ts'
import {
  anyChange,
  changes,
  createGroup,
  createUser,
  department,
  differs,
  groups,
  managerPath,
  patch,
  phone,
  type Row,
  stored,
  twice,
  user,
  type World,
} from './world.ts'

/** On the effects of a job. */
export const jobRows: readonly Row[] = [
  { says: /^Add doesn’t set (\w+\[type eq "\w+"\]\.\w+|[\w:.]+?)(?:\. |\.$| and )/, holds: changes('add') },
  {
    says: /^Replace doesn’t change (\w+\[type eq "\w+"\]\.\w+|[\w:.]+?)(?:\. |\.$| and )/,
    holds: changes('replace'),
  },
  { says: /^Groups keep their previous name/, holds: groups('displayName', 'group-renamed') },
  { says: /^Users whose name changes keep/, holds: user('renamed', 'userName') },
  { says: /^Managers aren’t set/, holds: user('manager-set', 'manager') },
  { says: /^Managers aren’t changed/, holds: user('manager-changed', 'manager') },
  { says: /^Disabled users stay active/, holds: user('disabled', 'active') },
  { says: /^Changes of disabled users aren’t applied/, holds: user('changed-while-disabled', 'displayName') },
  { says: /^Users restored from the recycle bin/, holds: user('restored', 'active', 'displayName') },
  { says: /^Memberships aren’t written/, holds: groups('members', 'member-added', 'members-added') },
  {
    says: /^Removing (?:one|a) member |^Entra’s requests don’t remove members|^The wrong members are left/,
    holds: groups('members', 'member-removed', 'members-removed', 'members-changed'),
  },
  { says: /^Groups contain members that don’t exist/, holds: groups('members', 'of-a-deleted-user') },
  {
    says: /^Some attributes of Entra’s default mapping aren’t set when a user is created/,
    holds: user('ann', ...anyChange),
  },
  {
    says: /^The server doesn’t store (.+): Entra sends/,
    holds: (world, [, names = '']) =>
      names
        .split(/, | and /)
        .every(name =>
          [...anyChange, 'manager']
            .filter(path => path.split(/[[.:]/).includes(name) || path === name)
            .some(path => differs(world, 'users', name === 'manager' ? 'manager-set' : 'ann', path)),
        ),
  },
  { says: /^New values aren’t set/, holds: changes('add', ...anyChange) },
  { says: /^Email addresses aren’t changed/, holds: changes('replace', 'emails[type eq "work"].value') },
  {
    says: /^Changes of names aren’t applied/,
    holds: changes('replace', 'name.givenName', 'name.familyName'),
  },
  { says: /^Changes of enterprise attributes aren’t applied/, holds: changes('replace', department) },
  {
    says: /^Updates of several attributes aren’t applied|^Only some of the changes/,
    holds: changes('replace', ...anyChange),
  },
]

/** On further requests of a job. */
export const requestRows: readonly Row[] = [
  {
    says: /^Users that are assigned again stay disabled/,
    holds: async world => {
      const { id } = await createUser(world, { active: false })
      await patch(world, `/Users/${id}`, { op: 'Replace', path: 'active', value: 'True' })
      return stored(world, id)?.active !== true
    },
  },
  {
    says: /^Users keep a former manager/,
    holds: async world => {
      const boss = await createUser(world)
      const manager = { value: boss.id }
      const { id } = await createUser(world, { [enterpriseUrn]: { manager } })
      await patch(world, `/Users/${id}`, { op: 'Replace', path: managerPath, value: '' })
      const left = JSON.stringify(stored(world, id) ?? {})
      await patch(world, `/Users/${id}`, { op: 'remove', path: `manager[value eq "${boss.id}"]` })
      return left.includes(boss.id) || JSON.stringify(stored(world, id) ?? {}).includes(boss.id)
    },
  },
  {
    says: /^Whether memberships are written can’t be seen/,
    holds: async world => {
      const one = await createUser(world)
      const { id } = await createGroup(world, [one.id])
      const { body } = await world.send('GET', `/Groups/${id}`)
      return !('members' in body) && JSON.stringify(stored(world, id)).includes(one.id)
    },
  },
  { says: /^A second user of the same name is created/, holds: twice('/Users') },
  { says: /^A second group of the same name is created/, holds: twice('/Groups') },
  { says: /^One person gets two accounts/, holds: twice('/Users', name => name.toUpperCase()) },
  {
    says: /^Each response to a membership change contains the group/,
    holds: async world => {
      const [one, group] = [await createUser(world), await createGroup(world)]
      const { body } = await patch(world, `/Groups/${group.id}`, {
        op: 'Add',
        path: 'members',
        value: [{ value: one.id }],
      })
      return 'displayName' in body
    },
  },
  {
    says: /^A repeated removal fails or removes other members/,
    holds: async world => {
      const [one, other] = [await createUser(world), await createUser(world)]
      const { id } = await createGroup(world, [one.id, other.id])
      const removal = { op: 'Remove', path: `members[value eq "${one.id}"]` }
      await patch(world, `/Groups/${id}`, removal)
      const { status } = await patch(world, `/Groups/${id}`, removal)
      return status >= 400 || !JSON.stringify(stored(world, id)?.members ?? []).includes(other.id)
    },
  },
  {
    says: /^A repeated Add fails or creates a duplicate/,
    holds: async world => {
      const one = await createUser(world)
      const { id } = await createGroup(world, [one.id])
      const { status } = await patch(world, `/Groups/${id}`, {
        op: 'Add',
        path: 'members',
        value: [{ value: one.id }],
      })
      return status >= 400 || (stored(world, id)?.members as readonly Json[])?.length !== 1
    },
  },
  {
    says: /^Changing one phone number fails or changes the others/,
    holds: async world => {
      const phoneNumbers = ['work', 'mobile'].map(type => ({ type, value: `the ${type} one` }))
      const { id } = await createUser(world, { phoneNumbers })
      await patch(world, `/Users/${id}`, { op: 'Replace', path: phone, value: 'new' })
      const resource = stored(world, id)
      return (
        valueAt(resource, phone) !== 'new' ||
        valueAt(resource, 'phoneNumbers[type eq "work"].value') !== 'the work one'
      )
    },
  },
  {
    says: /^Addresses are split/,
    holds: async world => {
      const { id } = await createUser(world)
      for (const part of ['locality', 'country'])
        await patch(world, `/Users/${id}`, {
          op: 'Add',
          path: `addresses[type eq "work"].${part}`,
          value: part,
        })
      return (stored(world, id)?.addresses as readonly Json[] | undefined)?.length !== 1
    },
  },
  {
    says: /^Administrators don’t learn which value is a duplicate/,
    holds: async world => {
      const made = await createUser(world)
      const { body } = await world.send('POST', '/Users', { schemas: [userUrn], userName: made.userName })
      return !/userName/i.test(`${body.detail ?? ''}`)
    },
  },
]

const happens = (says: string, world: World): boolean | Promise<boolean> => {
  for (const row of [...jobRows, ...requestRows]) {
    const match = row.says.exec(says)
    if (match) return row.holds(world, match)
  }
  return false
}

const anyOf =
  (...sentences: readonly string[]): Row['holds'] =>
  async world => {
    for (const says of sentences) if (await happens(says, world)) return true
    return false
  }

const isLeft =
  (kind: 'users' | 'groups', name: string): Row['holds'] =>
  world =>
    world.job[kind].has(name)

/** Clauses of the headline. */
export const topics: readonly Row[] = [
  { says: /disabled users stay active/, holds: anyOf('Disabled users stay active') },
  {
    says: /users that are assigned again stay disabled/,
    holds: anyOf('Users that are assigned again stay disabled', 'Users restored from the recycle bin'),
  },
  {
    says: /some users aren’t disabled correctly/,
    holds: anyOf('Changes of disabled users aren’t applied', 'Users restored from the recycle bin'),
  },
  {
    says: /managers aren’t set correctly/,
    holds: anyOf('Managers aren’t set', 'Managers aren’t changed', 'Users keep a former manager'),
  },
  {
    says: /some changes of attributes aren’t applied/,
    holds: async (world, match) => {
      for (const how of ['add', 'replace'] as const)
        if (await changes(how, ...anyChange)(world, match)) return true
      return false
    },
  },
  {
    says: /some attributes of new users are wrong/,
    holds: anyOf('Some attributes of Entra’s default mapping aren’t set when a user is created'),
  },
  { says: /groups aren’t provisioned correctly/, holds: anyOf('Groups keep their previous name') },
  {
    says: /duplicate groups aren’t reported as such/,
    holds: anyOf('A second group of the same name is created'),
  },
  { says: /duplicates aren’t reported as such/, holds: anyOf('A second user of the same name is created') },
  {
    says: /requests for large groups may time out/,
    holds: anyOf('Each response to a membership change contains the group'),
  },
  {
    says: /memberships aren’t written correctly|no memberships are written/,
    holds: anyOf(
      'Memberships aren’t written',
      'Removing one member',
      'A repeated removal fails or removes other members',
    ),
  },
  { says: /groups keep deleted users as members/, holds: anyOf('Groups contain members that don’t exist') },
  {
    says: /deletions don’t work correctly/,
    holds: (world, match) =>
      [isLeft('users', 'deleted'), isLeft('groups', 'deleted-group')].some(is => is(world, match)),
  },
  {
    says: /(\w+(?:, \w+)*(?: and \w+)?) are lost/,
    holds: (world, [, names = '']) => happens(`The server doesn’t store ${names}: Entra sends them`, world),
  },
]
