import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, objectIn, skip } from '../../../expect.ts'
import type { Answer, Stage } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'
import { idsIn, isDeclined } from '../../tools/lists.ts'
import { checksOf } from '../checks-of.ts'
import { retrieveListsArea } from './areas.ts'
import { nobody } from './nobody.ts'

/** §3.4.2.1 names it for a server that won't search everything. */
const isTooMany = ({ status, body }: Answer): boolean => status === 400 && at(body, 'scimType') === 'tooMany'

const rootQuery = async (stage: Stage, filter: string) => {
  const answer = await stage.get(`/?filter=${encodeURIComponent(filter)}`)
  if ([404, 405, 501, 403].includes(answer.status) || isDeclined(answer) || isTooMany(answer))
    skip(`The server doesn’t offer queries on the root (${answer.status}).`)
  return answer
}

/** A user and a group, and a filter that finds just them. */
const userAndGroup = async (stage: Stage) => {
  const [user, group] = [await stage.create(stage.users), await stage.create(stage.groups)]
  return { user, group, either: `(id eq "${user.id}" or id eq "${group.id}")` }
}

export const checks: readonly Check[] = checksOf(retrieveListsArea, [
  {
    id: 'root-query',
    level: 'MUST',
    source: 'RFC 7644 §3.4.2.1',
    says: 'A query on the root, where it is offered, finds resources of all types.',
    requirements: ['R-094'],
    matters: 'Clients look for a person or group they have only an id of.',
    mend: 'Search all types in queries on the root, or answer 501.',
    needs: ['write', 'groups', 'filter'],
    run: async stage => {
      const { user, group } = await userAndGroup(stage)
      const answer = await rootQuery(stage, `id eq "${user.id}" or id eq "${group.id}"`)
      expectEqual(idsIn(answer).toSorted(), [user.id, group.id].sort(), 'ids', answer)
    },
  },
  {
    id: 'root-query-type',
    level: 'MUST',
    source: 'RFC 7644 §3.4.2.1',
    says: 'A query on the root can be narrowed by meta.resourceType.',
    requirements: ['R-094'],
    matters: 'It is the only way to ask the root for one type.',
    mend: 'Let filters use meta.resourceType.',
    needs: ['write', 'groups', 'filter'],
    run: async stage => {
      const { group, either } = await userAndGroup(stage)
      const answer = await rootQuery(stage, `${either} and meta.resourceType eq "${stage.groups.name}"`)
      expectEqual(idsIn(answer), [group.id], 'ids', answer)
    },
  },
  {
    id: 'root-query-absent',
    level: 'MUST',
    source: 'RFC 7644 §3.4.2.1',
    says: 'In a query on the root, what a type doesn’t have counts as absent.',
    requirements: ['R-094'],
    matters: 'A filter on userName would fail because there are groups.',
    mend: 'Treat attributes that a type lacks as without a value.',
    needs: ['write', 'groups', 'filter'],
    run: async stage => {
      const { user, either } = await userAndGroup(stage)
      const answer = await rootQuery(stage, `${either} and userName pr`)
      expectEqual(idsIn(answer), [user.id], 'ids', answer)
    },
  },
  {
    id: 'filtered-resource',
    level: 'MAY',
    source: 'RFC 7644 §3.4.2.1',
    says: 'A GET of one user with a filter gives a list of it when it matches, and an empty one when not.',
    requirements: ['R-096'],
    matters:
      'A client that asks whether one resource meets a condition takes any resource that comes for a yes.',
    mend: 'Answer GET /Users/{id}?filter=… with a ListResponse.',
    needs: ['write', 'filter'],
    run: async stage => {
      const { path, sent } = await stage.create(stage.users)
      const wanted = [
        [`userName eq ${JSON.stringify(sent.userName ?? '')}`, 1],
        [nobody(stage), 0],
      ] as const
      for (const [filter, total] of wanted) {
        const answer = await stage.get(`${path}?filter=${encodeURIComponent(filter)}`)
        expectStatus(answer, 200)
        if (objectIn(answer).id !== undefined) skip('The filter is passed over: the answer is the user.')
        expectEqual(objectIn(answer).totalResults, total, 'totalResults', answer)
      }
    },
  },
])
