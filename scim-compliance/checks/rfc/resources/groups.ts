import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, skip } from '../../../expect.ts'
import { attributeOf } from '../../tools/attributes.ts'
import { made, posted } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { groupArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(groupArea, [
  {
    id: 'name-required',
    level: 'MUST',
    source: 'RFC 7643 §4.2, erratum 5368',
    says: 'A group without displayName is refused with 400.',
    requirements: ['R-077', 'R-064'],
    matters: 'Nobody can find such a group again, and Entra matches groups by it.',
    mend: 'Require displayName of groups.',
    run: async stage => {
      if (attributeOf(stage.groups, 'displayName')?.required === false)
        skip('The schema says that displayName isn’t required, as RFC 7643 §8.7.1 does.')
      const { displayName: _, ...body } = stage.sample(stage.groups)
      const answer = await posted(stage, stage.groups, body)
      expectStatus(answer, 400)
    },
  },
  {
    id: 'name-advertised-required',
    level: 'practice',
    source: 'RFC 7643 §4.2 (“REQUIRED”), against its own §8.7.1 (“"required" : false”)',
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
    says: 'Two groups may have the same displayName, unless it is advertised as unique. Entra ID relies on the contrary: entra/groups/twice-is-409.',
    requirements: ['R-078'],
    matters: 'Directories have groups of the same name; the second is refused in every cycle.',
    mend: 'Put no unique index on displayName, or advertise its uniqueness as server.',
    run: async stage => {
      if (attributeOf(stage.groups, 'displayName')?.uniqueness !== 'none') skip('It is advertised as unique.')
      const { sent } = await stage.create(stage.groups)
      await made(stage, stage.groups, stage.sample(stage.groups, { displayName: sent.displayName ?? null }))
    },
  },
  {
    id: 'without-members',
    level: 'SHOULD',
    says: 'A group can be made without members.',
    requirements: ['R-082', 'R-040'],
    matters: 'Entra makes a group first, and adds its members afterwards.',
    mend: 'Don’t require members.',
    run: async stage => {
      if (attributeOf(stage.groups, 'members')?.required) skip('The schema says that members is required.')
      const { members: _, ...body } = stage.sample(stage.groups)
      await made(stage, stage.groups, body)
    },
  },
])
