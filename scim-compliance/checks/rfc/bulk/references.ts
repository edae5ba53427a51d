import type { Check } from '../../../check.ts'
import { expectEqual } from '../../../expect.ts'
import { enterpriseUrn, patchOpUrn } from '../../../urns.ts'
import { at, extended, sortedValues, textOf, writable } from '../../tools/attributes.ts'
import { bulk, making, makingGroup, pathOf, resultsOf, statusesOf } from '../../tools/bulk.ts'
import { readAgain } from '../../tools/read.ts'
import { checksOf } from '../checks-of.ts'
import { bulkReferencesArea } from './areas.ts'

const unknown =
  'Clients can’t make people and what refers to them in one request: they don’t know the ids yet.'

const idAt = (path: string): string => decodeURIComponent(path.split('/').at(-1) ?? '')

export const checks: readonly Check[] = checksOf(bulkReferencesArea, [
  {
    id: 'in-members',
    level: 'MUST',
    says: '`bulkId:…` in members stands for what the same request makes.',
    requirements: ['R-203'],
    needs: ['groups'],
    matters: unknown,
    mend: 'Replace such references with the ids of what was made.',
    run: async stage => {
      writable(stage.groups, 'members')
      const answer = await bulk(stage, [making(stage, 'ann'), makingGroup(stage, 'team', 'bulkId:ann')])
      expectEqual(statusesOf(answer), ['201', '201'], 'statuses', answer)
      const [ann, team] = resultsOf(answer).map(result => pathOf(result, answer))
      const members = sortedValues(await readAgain(stage, team ?? ''), 'members')
      expectEqual(members, [idAt(ann ?? '')], 'members', answer)
    },
  },
  {
    id: 'ahead',
    level: 'MUST',
    says: 'A reference may come before what it refers to.',
    requirements: ['R-203', 'R-207'],
    needs: ['groups'],
    matters: unknown,
    mend: 'Put operations into an order in which references can be resolved.',
    run: async stage => {
      writable(stage.groups, 'members')
      const answer = await bulk(stage, [makingGroup(stage, 'team', 'bulkId:ann'), making(stage, 'ann')])
      expectEqual(statusesOf(answer), ['201', '201'], 'statuses', answer)
      const results = resultsOf(answer)
      const path = (bulkId: string) =>
        pathOf(
          results.find(one => one.bulkId === bulkId),
          answer,
        )
      const members = sortedValues(await readAgain(stage, path('team')), 'members')
      expectEqual(members, [idAt(path('ann'))], 'members', answer)
    },
  },
  {
    id: 'in-paths',
    level: 'SHOULD',
    says: '`bulkId:…` in a path stands for what the same request makes.',
    requirements: ['R-203'],
    matters: unknown,
    mend: 'Replace such references in path too.',
    run: async stage => {
      const text = textOf(stage.users)
      const value = stage.unique()
      const create = making(stage, 'ann')
      const data = { ...(typeof create.data === 'object' ? create.data : {}), [text]: value }
      const path = `${stage.users.endpoint}/bulkId:ann`
      const answer = await bulk(stage, [create, { method: 'PUT', path, data }])
      expectEqual(statusesOf(answer), ['201', '200'], 'statuses', answer)
      const body = await readAgain(stage, pathOf(resultsOf(answer)[0], answer))
      expectEqual(at(body, text), value, text, answer)
    },
  },
  {
    id: 'in-extensions',
    level: 'MUST',
    says: '`bulkId:…` in attributes of extensions is replaced too: the manager.',
    requirements: ['R-203'],
    needs: ['enterprise'],
    matters: 'Managers point to nobody.',
    mend: 'Look for references in extensions too.',
    run: async stage => {
      writable(stage.users, 'manager.value', enterpriseUrn)
      const data = extended(stage, stage.users, enterpriseUrn, { manager: { value: 'bulkId:boss' } })
      const answer = await bulk(stage, [
        making(stage, 'boss'),
        { method: 'POST', path: stage.users.endpoint, bulkId: 'ann', data },
      ])
      expectEqual(statusesOf(answer), ['201', '201'], 'statuses', answer)
      const [boss, ann] = resultsOf(answer).map(result => pathOf(result, answer))
      const manager = at(await readAgain(stage, ann ?? ''), enterpriseUrn, 'manager', 'value')
      expectEqual(manager, idAt(boss ?? ''), 'manager.value', answer)
    },
  },
  {
    id: 'in-patch',
    level: 'MUST',
    says: '`bulkId:…` in a PATCH is replaced too.',
    requirements: ['R-203', 'R-206'],
    needs: ['groups', 'patch'],
    matters: unknown,
    mend: 'Look for references in the values of PATCH operations too.',
    run: async stage => {
      writable(stage.groups, 'members')
      const team = await stage.create(stage.groups)
      const data = {
        schemas: [patchOpUrn],
        Operations: [{ op: 'add', path: 'members', value: [{ value: 'bulkId:ann' }] }],
      }
      const answer = await bulk(stage, [making(stage, 'ann'), { method: 'PATCH', path: team.path, data }])
      const ann = pathOf(resultsOf(answer)[0], answer)
      const members = sortedValues(await readAgain(stage, team.path), 'members')
      expectEqual(members, [idAt(ann)], 'members', answer)
    },
  },
])
