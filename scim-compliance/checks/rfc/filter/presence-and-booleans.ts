import type { Check } from '../../../check.ts'
import { expectStatus, objectIn, skip } from '../../../expect.ts'
import { at, attributeOf, isUnassigned, needWritable, textOf } from '../../tools/attributes.ts'
import { expectFound } from '../../tools/lists.ts'
import { posted } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { filterOperatorsArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(filterOperatorsArea, [
  {
    id: 'pr',
    level: 'MUST',
    says: '`pr` finds the users that have a value, and no others.',
    requirements: ['R-101'],
    matters: 'Clients ask for who has a number or a manager, and take the answer for all of them.',
    mend: 'Evaluate pr as: has a value that isn’t null, an empty text or an empty list.',
    run: async stage => {
      const text = textOf(stage.users)
      const one = await stage.create(stage.users, { [text]: stage.unique() })
      const two = await stage.create(stage.users)
      if (at(two.body, text) !== undefined) skip(`Every user has ${text} here.`)
      await expectFound(stage, stage.users, `${text} pr`, [one], [two])
    },
  },
  {
    id: 'pr-complex',
    level: 'MUST',
    says: '`name pr` matches users with any part of a name, and no others.',
    requirements: ['R-101'],
    matters: 'Clients that look for incomplete accounts report all, or none.',
    mend: 'Evaluate pr of a complex attribute as: one of its sub-attributes has a value.',
    run: async stage => {
      needWritable(stage.users, 'name.givenName')
      const made = await stage.create(stage.users, { name: { givenName: 'Ann', familyName: 'Check' } })
      const other = await stage.create(stage.users)
      if (!isUnassigned(at(other.body, 'name'))) skip('Every user has a name here.')
      await expectFound(stage, stage.users, 'name pr', [made], [other])
    },
  },
  {
    id: 'eq-boolean',
    level: 'MUST',
    says: '`active eq true` finds active users, and `active eq false` inactive ones.',
    requirements: ['R-099'],
    matters: 'Clients that look for leavers by `active eq false` leave their accounts open.',
    mend: 'Compare booleans as booleans; true and false stand without quotes.',
    run: async stage => {
      needWritable(stage.users, 'active')
      const on = await stage.create(stage.users, { active: true })
      const off = await stage.create(stage.users, { active: false })
      await expectFound(stage, stage.users, 'active eq true', [on], [off])
      await expectFound(stage, stage.users, 'active eq false', [off], [on])
    },
  },
  {
    id: 'ne-boolean',
    level: 'MUST',
    says: '`active ne true` finds inactive users.',
    requirements: ['R-099'],
    matters: 'Clients that look for leavers leave their accounts open.',
    mend: 'Compare booleans as booleans, also for ne.',
    run: async stage => {
      needWritable(stage.users, 'active')
      const on = await stage.create(stage.users, { active: true })
      const off = await stage.create(stage.users, { active: false })
      await expectFound(stage, stage.users, 'active ne true', [off], [on])
    },
  },
  {
    id: 'eq-default',
    level: 'MUST',
    says: 'What the server put in itself is found as if the client had sent it.',
    requirements: ['R-111'],
    matters: 'People who are shown as active but not found as such are forgotten by every count.',
    mend: 'Evaluate filters on the resource as it is returned, defaults included.',
    run: async stage => {
      const { active, ...body } = stage.sample(stage.users)
      if (active !== undefined && attributeOf(stage.users, 'active')?.required)
        skip('active is required here.')
      const answer = await posted(stage, stage.users, body)
      expectStatus(answer, 201)
      const made = { id: String(objectIn(answer).id), body: objectIn(answer), path: '', sent: body, answer }
      if (typeof made.body.active !== 'boolean') skip('The server puts no active in by itself.')
      const other = await stage.create(stage.users, { active: !made.body.active })
      await expectFound(stage, stage.users, `active eq ${made.body.active}`, [made], [other])
    },
  },
])
