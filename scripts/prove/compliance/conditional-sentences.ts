import { enterpriseUrn, type Json, type JsonObject } from '../../../scim-compliance/scim.ts'
import { valueAt } from './played-job.ts'
import {
  appRole,
  createGroup,
  createUser,
  found,
  isRefused,
  losesOnCreate,
  losesOnPatch,
  named,
  nulls,
  patch,
  phone,
  type Row,
  searches,
  stored,
  unique,
} from './world.ts'

/** Sentences on conditions, by the condition. */
export const conditional: Readonly<Record<string, readonly Row[]>> = {
  'your job matches users by active as well': searches(
    ({ userName }) => `userName eq "${userName}" and active eq "True"`,
  ),
  'your job matches users by their work email address': searches(
    ({ email }) => `emails[type eq "work"].value eq "${email}"`,
  ),
  'your job matches users by their primary role': searches(
    () => 'roles[primary eq "True"].value eq "played"',
    { roles: [{ value: 'played', primary: true }] },
  ),
  'your job matches users by externalId': searches(({ externalId }) => `externalId eq "${externalId}"`),
  'Entra sends filter values without quotes, as in Microsoft’s tutorial': searches(
    ({ externalId }) => `externalId eq ${externalId}`,
  ),
  'Entra checks references by a filter, as in Microsoft’s tutorial': [
    {
      says: /^The check fails, and setting the manager may be delayed/,
      holds: async world => {
        const [boss, one] = [await createUser(world), await createUser(world)]
        await patch(world, `/Users/${one.id}`, {
          op: 'Add',
          path: `${enterpriseUrn}:manager`,
          value: boss.id,
        })
        const filter = `id eq "${one.id}" and manager eq "${boss.id}"`
        return !(await found(world, '/Users', filter, '&attributes=id')).ids.includes(one.id)
      },
    },
    {
      says: /^The check fails, and memberships may be delayed/,
      holds: async world => {
        const one = await createUser(world)
        const { id } = await createGroup(world, [one.id])
        const filter = `id eq "${id}" and members eq "${one.id}"`
        return !(await found(world, '/Groups', filter, '&attributes=id')).ids.includes(id)
      },
    },
  ],
  'a name in Entra differs in case from the one on the server': [
    { says: /^The user isn’t found/, holds: named('/Users') },
    { says: /^The group isn’t found/, holds: named('/Groups') },
  ],
  'a name has quotes, brackets or other special characters': [
    {
      says: /^The search fails/,
      holds: async world => {
        const names = [`"${unique()}"`, `${unique()}[x]`, `${unique()}\\y`, `o'${unique()}`, `${unique()}(z)`]
        for (const userName of names) {
          const { id } = await createUser(world, { userName })
          const { ids } = await found(world, '/Users', `userName eq ${JSON.stringify(userName)}`)
          if (!ids.includes(id)) return true
        }
        return false
      },
    },
  ],
  'your mapping sends active as a string with a new user': [
    { says: /as active\./, holds: losesOnCreate({ active: 'True' }, 'active', true) },
    { says: /as inactive\./, holds: losesOnCreate({ active: 'False' }, 'active', false) },
  ],
  'an empty attribute is sent as null, as in an older sample of Microsoft’s': [
    {
      says: /^Users with empty/,
      holds: losesOnCreate(nulls, 'title', undefined),
    },
  ],
  'Entra sends the manager with a new user': [
    {
      says: /^New users have no manager/,
      holds: async world => {
        const boss = await createUser(world)
        const path = `${enterpriseUrn}:manager`
        const lost = losesOnCreate({ [enterpriseUrn]: { manager: boss.id } }, `${path}`, { value: boss.id })
        return lost(world, /^/.exec('') as RegExpExecArray)
      },
    },
  ],
  'Entra sends Replace for a phone number that doesn’t exist': [
    {
      says: /^New phone numbers aren’t set/,
      holds: losesOnPatch({ op: 'Replace', path: phone, value: '1' }, phone),
    },
  ],
  'Entra sends Replace for an attribute without a value': [
    {
      says: /^New values aren’t set/,
      holds: losesOnPatch({ op: 'Replace', path: 'title', value: 'New' }, 'title'),
    },
  ],
  'Entra sends Add for an attribute that has a value': [
    {
      says: /^The attribute keeps its previous value/,
      holds: losesOnPatch({ op: 'Add', path: 'title', value: 'New' }, 'title', { title: 'Old' }),
    },
  ],
  'users existed on the server before Entra provisioned it': [
    {
      says: /^These users don’t get/,
      holds: losesOnPatch({ op: 'Add', path: 'externalId', value: 'new' }, 'externalId', {
        externalId: null,
      }),
    },
  ],
  'Entra clears an attribute by Remove': [
    {
      says: /^Cleared phone numbers remain/,
      holds: async world => {
        const { id } = await createUser(world, { phoneNumbers: [{ type: 'mobile', value: '1' }] })
        await patch(world, `/Users/${id}`, { op: 'Remove', path: phone })
        return valueAt(stored(world, id), phone) !== undefined
      },
    },
  ],
  'Entra sends the manager as an object': [
    {
      says: /^Managers aren’t set/,
      holds: async world => {
        const [boss, one] = [await createUser(world), await createUser(world)]
        const value = { value: boss.id }
        await patch(world, `/Users/${one.id}`, { op: 'Add', path: `${enterpriseUrn}:manager`, value })
        return !JSON.stringify(valueAt(stored(world, one.id), `${enterpriseUrn}:manager`) ?? '').includes(
          boss.id,
        )
      },
    },
  ],
  'Entra sends the manager as in Microsoft’s tutorial': [
    {
      says: /^Managers aren’t set/,
      holds: async world => {
        const [boss, one] = [await createUser(world), await createUser(world)]
        await patch(world, `/Users/${one.id}`, {
          op: 'Add',
          path: 'manager',
          value: [{ $ref: `../Users/${boss.id}`, value: boss.id }],
        })
        return !JSON.stringify(stored(world, one.id)).includes(boss.id)
      },
    },
  ],
  'your mapping has an attribute that the server doesn’t support': [
    { says: /^Changed users aren’t updated/, holds: isRefused({ op: 'Add', path: 'shoeSize', value: '42' }) },
  ],
  'your mapping has an extension that the server doesn’t support': [
    {
      says: /^Changed users aren’t updated/,
      holds: isRefused({
        op: 'Add',
        path: 'urn:ietf:params:scim:schemas:extension:other:2.0:User:badge',
        value: '1',
      }),
    },
  ],
  'the server returns disabled users without active': [
    {
      says: /^Users that are assigned again stay disabled/,
      holds: losesOnPatch({ op: 'Add', path: 'active', value: 'True' }, 'active', { active: false }),
    },
  ],
  'your mapping sends app roles': [
    {
      says: /^App roles aren’t set/,
      holds: losesOnCreate({ roles: [appRole] }, 'roles', [appRole]),
    },
  ],
  'Entra sends "$ref": null with members, as in Microsoft’s tutorial': [
    {
      says: /^Memberships aren’t written/,
      holds: async world => {
        const [one, group] = [await createUser(world), await createGroup(world)]
        const value = [{ $ref: null, value: one.id }]
        await patch(world, `/Groups/${group.id}`, { op: 'Add', path: 'members', value })
        return !JSON.stringify(stored(world, group.id)).includes(one.id)
      },
    },
  ],
  'Entra discovers the accounts on the server': [
    {
      says: /^Entra misses users/,
      holds: async world => {
        for (let time = 0; time < 3; time++) await createUser(world)
        const seen: (Json | undefined)[] = []
        for (let start = 1; start <= world.server.users.size; start += 2) {
          const { body } = await world.send('GET', `/Users?startIndex=${start}&count=2`)
          seen.push(
            ...(Array.isArray(body.Resources) ? body.Resources : []).map(
              (one: Json) => (one as JsonObject).id,
            ),
          )
        }
        return seen.length !== world.server.users.size || new Set(seen).size !== seen.length
      },
    },
  ],
}
