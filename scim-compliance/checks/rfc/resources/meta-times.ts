import type { Check } from '../../../check.ts'
import { expectEqual, expectThat, skip } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { at, textOf } from '../../tools/attributes.ts'
import { isReplaced } from '../../tools/puts.ts'
import { checksOf } from '../checks-of.ts'
import { metaArea } from './areas.ts'
import { metaOf } from './meta-of.ts'

const isDateTime = (value: unknown): value is string =>
  typeof value === 'string' &&
  /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.test(value) &&
  !Number.isNaN(Date.parse(value))

const whenChanged = async (stage: Stage) => {
  const text = textOf(stage.users)
  const before = await stage.create(stage.users, { [text]: stage.unique() })
  const changed = await stage.put(before.path, { ...before.sent, [text]: stage.unique() })
  if (!isReplaced(changed)) skip(`PUT is answered with ${changed.status}.`)
  return { before, after: await stage.get(before.path) }
}

export const checks: readonly Check[] = checksOf(metaArea, [
  ...(['created', 'lastModified'] as const).map(name => ({
    id: `${name.toLowerCase()}`,
    level: 'MUST' as const,
    says: `meta.${name} is a date with a time, as xsd:dateTime has it.`,
    requirements: ['R-032', name === 'created' ? 'R-049' : 'R-050'],
    matters: 'Typed clients fail to read the whole resource over a date in another form.',
    mend: `Write meta.${name} as 2030-01-31T12:00:00Z.`,
    run: async (stage: Stage) => {
      const { answer } = await stage.create(stage.users)
      const value = metaOf(answer, name)
      if (value === undefined) skip(`There is no meta.${name}.`)
      expectThat(isDateTime(value), 'an xsd:dateTime', value, answer)
    },
  })),
  {
    id: 'times-equal',
    level: 'MUST',
    says: 'meta.lastModified of what was never changed is meta.created.',
    requirements: ['R-050'],
    matters: 'Clients tell by it what has changed since.',
    mend: 'Set both times from one reading of the clock.',
    run: async stage => {
      const { answer } = await stage.create(stage.users)
      const created = metaOf(answer, 'created')
      if (created === undefined) skip('There is no meta.created.')
      expectEqual(metaOf(answer, 'lastModified'), created, 'meta.lastModified', answer)
    },
  },
  {
    id: 'created-stays',
    level: 'MUST',
    says: 'meta.created stays when the resource changes.',
    requirements: ['R-049'],
    matters: 'Audits and licences go by it.',
    mend: 'Set created once, on the create.',
    run: async stage => {
      const { before, after } = await whenChanged(stage)
      if (metaOf(before, 'created') === undefined) skip('There is no meta.created.')
      expectEqual(metaOf(after, 'created'), metaOf(before, 'created'), 'meta.created', after)
    },
  },
  {
    id: 'read-changes-nothing',
    level: 'MUST',
    says: 'Reading a resource doesn’t move its meta.lastModified.',
    requirements: ['R-050'],
    matters: 'Clients that ask for what has changed would get everything.',
    mend: 'Move lastModified in writes only.',
    run: async stage => {
      const { path, body } = await stage.create(stage.users)
      const modified = at(body, 'meta', 'lastModified')
      if (modified === undefined) skip('There is no meta.lastModified.')
      await stage.get(path)
      const answer = await stage.get(path)
      expectEqual(metaOf(answer, 'lastModified'), modified, 'meta.lastModified', answer)
    },
  },
  {
    id: 'modified-moves',
    level: 'SHOULD',
    says: 'meta.lastModified moves on when the resource changes, and never before meta.created.',
    requirements: ['R-050'],
    matters: 'Delta queries miss the change.',
    mend: 'Set lastModified in the same transaction as the change.',
    run: async stage => {
      const text = textOf(stage.users)
      const { path, body, sent } = await stage.create(stage.users, { [text]: stage.unique() })
      const created = at(body, 'meta', 'lastModified')
      if (!isDateTime(created)) return skip('There is no meta.lastModified to compare.')
      // Whole seconds are allowed: it is changed again until the clock has moved on.
      const moved = await stage.eventually(async () => {
        await stage.put(path, { ...sent, [text]: stage.unique() })
        const now = metaOf(await stage.get(path), 'lastModified')
        return isDateTime(now) && Date.parse(now) > Date.parse(created)
      })
      expectThat(moved, 'a later meta.lastModified after a change', created)
    },
  },
])
