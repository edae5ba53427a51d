import type { Check } from '../../check.ts'
import {
  expectEqual,
  expectError,
  expectStatus,
  expectThat,
  objectIn,
  resourcesIn,
  skip,
} from '../../expect.ts'
import type { Stage } from '../../stage.ts'
import { at } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { usersAndGroups } from '../tools/kinds.ts'
import { idsIn, list } from '../tools/lists.ts'

const nobody = (stage: Stage): string => `userName eq "${stage.unique('nobody')}"`

const rootQuery = async (stage: Stage, filter: string) => {
  const answer = await stage.get(`/?filter=${encodeURIComponent(filter)}`)
  if ([404, 405, 501, 403].includes(answer.status))
    skip(`Queries on the root aren’t offered (${answer.status}).`)
  return answer
}

/** A user and a group, and a filter that finds just them. */
const userAndGroup = async (stage: Stage) => {
  const [user, group] = [await stage.create(stage.users), await stage.create(stage.groups)]
  return { user, group, either: `(id eq "${user.id}" or id eq "${group.id}")` }
}

export const checks: readonly Check[] = [
  ...checksOf(
    { area: 'retrieve', section: 'Retrieve', source: 'RFC 7644 §3.4.1', needs: ['write'] },
    usersAndGroups.flatMap(({ id, words, type, needs }) => [
      {
        id: `by-id-${id}`,
        level: 'MUST' as const,
        says: `A GET of ${words} by id is answered with 200 and that one.`,
        requirements: ['R-090'],
        matters: 'Entra reads everyone back by id in each full cycle.',
        mend: 'Serve GET for each resource under its endpoint and id.',
        needs,
        run: async (stage: Stage) => {
          const made = await stage.create(type(stage))
          const answer = await stage.get(made.path)
          expectStatus(answer, 200)
          expectEqual(at(answer.body, 'id'), made.id, 'id', answer)
        },
      },
      {
        id: `deleted-${id}`,
        level: 'MUST' as const,
        says: `A GET of ${words} that was deleted is answered with 404.`,
        requirements: ['R-090'],
        matters: 'Clients believe that it is still there, and don’t make it again.',
        mend: 'Leave deleted resources out of reads.',
        needs,
        run: async (stage: Stage) => {
          const { path } = await stage.create(type(stage))
          expectStatus(await stage.delete(path), 204, 200)
          expectStatus(await stage.get(path), 404)
        },
      },
      {
        id: `listed-${id}`,
        level: 'MUST' as const,
        source: 'RFC 7644 §3.4.2',
        says: `Listing after ${words} was made gives at least one, in Resources and in totalResults.`,
        requirements: ['R-091', 'R-092'],
        matters: 'Imports into Okta and Entra read lists, and see nobody.',
        mend: 'Answer a GET of the endpoint with a ListResponse of what is there.',
        needs,
        run: async (stage: Stage) => {
          await stage.create(type(stage))
          const answer = await stage.get(type(stage).endpoint)
          expectStatus(answer, 200)
          const { totalResults, nextCursor } = objectIn(answer)
          expectThat(resourcesIn(answer).length > 0, 'Resources', answer.text, answer)
          if (totalResults === undefined && nextCursor !== undefined) return
          expectThat(
            typeof totalResults === 'number' && totalResults > 0,
            'totalResults',
            totalResults,
            answer,
          )
        },
      },
      {
        id: `same-in-list-${id}`,
        level: 'MUST' as const,
        source: 'RFC 7644 §3.4.2',
        says: `In a list ${words} looks as it does by itself.`,
        requirements: ['R-092', 'R-090'],
        matters: 'Clients compare what lists give, and update what is missing there.',
        mend: 'Make the representations in lists and alone in the same place.',
        needs: [...needs, 'filter'] as const,
        run: async (stage: Stage) => {
          const made = await stage.create(type(stage))
          const name = id === 'user' ? 'userName' : 'displayName'
          const filter = `${name} eq ${JSON.stringify(made.sent[name] ?? '')}`
          const answer = await list(stage, type(stage), { filter })
          if (answer.status !== 200) skip(`${filter} is answered with ${answer.status}.`)
          const found = resourcesIn(answer).find(one => one.id === made.id)
          if (found === undefined) return skip('The filter doesn’t find it.')
          const alone = await stage.get(made.path)
          expectEqual(found, alone.body, 'the resource as it is alone', answer)
        },
      },
    ]),
  ),
  ...checksOf({ area: 'retrieve', section: 'Retrieve', source: 'RFC 7644 §3.4.2', needs: ['users'] }, [
    {
      id: 'total-results',
      level: 'MUST',
      says: 'A list has totalResults, a number.',
      requirements: ['R-091'],
      matters: 'Entra and Okta page until they have that many.',
      mend: 'Return totalResults in every list.',
      run: async stage => {
        const answer = await stage.get(stage.users.endpoint)
        expectStatus(answer, 200)
        const { totalResults, nextCursor } = objectIn(answer)
        if (totalResults === undefined && nextCursor !== undefined) skip('The list is paged by cursor.')
        expectThat(Number.isInteger(totalResults), 'totalResults', totalResults, answer)
      },
    },
    {
      id: 'page-members',
      level: 'MUST',
      says: 'A page of a list says its startIndex and itemsPerPage.',
      requirements: ['R-092'],
      matters: 'Clients reckon the next page from them.',
      mend: 'Return startIndex and itemsPerPage, numbers, with every page.',
      needs: ['write', 'index-paging'],
      run: async stage => {
        await stage.create(stage.users)
        const answer = await list(stage, stage.users, { startIndex: 1, count: 1 })
        expectStatus(answer, 200)
        const { startIndex, itemsPerPage } = objectIn(answer)
        expectThat(Number.isInteger(startIndex), 'startIndex', startIndex, answer)
        expectThat(Number.isInteger(itemsPerPage), 'itemsPerPage', itemsPerPage, answer)
      },
    },
    {
      id: 'nothing-found',
      level: 'MUST',
      says: 'A query that finds nothing is answered with 200 and totalResults 0.',
      requirements: ['R-093'],
      matters: 'Entra’s test of the connection is such a query; a 404 fails it.',
      mend: 'Answer an empty list, not 404.',
      needs: ['filter'],
      run: async stage => {
        const answer = await list(stage, stage.users, { filter: nobody(stage) })
        expectStatus(answer, 200)
        expectEqual(objectIn(answer).totalResults, 0, 'totalResults', answer)
        expectEqual(resourcesIn(answer).length, 0, 'number of Resources', answer)
      },
    },
    {
      id: 'nothing-found-groups',
      level: 'MUST',
      says: 'A query for groups that finds nothing is answered with 200 and totalResults 0.',
      requirements: ['R-093'],
      matters: 'Entra looks each group up before it makes it; a 404 stops it.',
      mend: 'Answer an empty list, not 404.',
      needs: ['groups', 'filter'],
      run: async stage => {
        const filter = `displayName eq "${stage.unique('nobody')}"`
        const answer = await list(stage, stage.groups, { filter })
        expectStatus(answer, 200)
        expectEqual(objectIn(answer).totalResults, 0, 'totalResults', answer)
      },
    },
    {
      id: 'too-many',
      level: 'MUST',
      source: 'RFC 7644 §3.4.2.1',
      says: 'A list without a filter is given, in pages, or refused with 400 and scimType tooMany.',
      requirements: ['R-095'],
      matters: 'A time-out or a 500 tells a client nothing, and it tries again.',
      mend: 'Cut lists into pages, or refuse those that are too long with tooMany.',
      run: async stage => {
        const answer = await stage.get(stage.users.endpoint)
        if (answer.status === 400) return expectError(answer, 400, 'tooMany')
        expectStatus(answer, 200)
      },
    },
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
      matters: 'Entra asks in this way whether somebody is a member of a group.',
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
  ]),
]
