import type { Check } from '../../../check.ts'
import {
  expectEqual,
  expectError,
  expectStatus,
  expectThat,
  objectIn,
  resourcesIn,
  skip,
} from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { listResponseUrn } from '../../../urns.ts'
import { expectTotal, idsIn, list } from '../../tools/lists.ts'
import { followsFrom } from '../../tools/prepared.ts'
import { checksOf } from '../checks-of.ts'
import { retrieveListsArea } from './areas.ts'
import { nobody } from './nobody.ts'

const isArrayWith = (value: unknown, wanted: string): boolean =>
  Array.isArray(value) && value.includes(wanted)

/** Skips where a user who is listed isn't found by name, either: then that nobody is found says nothing. */
async function needSomebodyFound(stage: Stage): Promise<void> {
  const somebody = resourcesIn(await list(stage, stage.users, { count: 1 })).find(
    ({ userName }) => typeof userName === 'string',
  )
  if (somebody === undefined) return
  const filter = `userName eq ${JSON.stringify(somebody.userName)}`
  const answer = await list(stage, stage.users, { filter })
  // Somebody of another check may be deleted by now.
  if (answer.status !== 200 || !idsIn(answer).includes(String(somebody.id)))
    if ((await stage.get(`${stage.users.endpoint}/${somebody.id}`)).status === 200)
      followsFrom('A user who is there isn’t found by a filter', 'rfc/filter/eq-string')
}

export const checks: readonly Check[] = checksOf(retrieveListsArea, [
  {
    id: 'total-results',
    level: 'MUST',
    says: 'totalResults is the number of all resources, also when a page shows only one of them.',
    requirements: ['R-091'],
    matters:
      'Clients that page, as imports do, go on until they have that many; Entra reads from it whether anybody was found.',
    mend: 'Put the number of all matches into totalResults of every list, not that of the page.',
    needs: ['write'],
    run: async stage => {
      await stage.create(stage.users)
      await stage.create(stage.users)
      for (const answer of [
        await stage.get(stage.users.endpoint),
        await list(stage, stage.users, { count: 1 }),
      ]) {
        expectStatus(answer, 200)
        const { totalResults, nextCursor } = objectIn(answer)
        if (totalResults === undefined && nextCursor !== undefined) skip('The list is paged by cursor.')
        expectThat(Number.isInteger(totalResults), 'totalResults, an integer', totalResults, answer)
        expectTotal(answer, 2)
      }
    },
  },
  {
    id: 'page-members',
    level: 'MUST',
    says: 'A page of a list says its startIndex and itemsPerPage.',
    requirements: ['R-092'],
    matters: 'Clients compute the next page from them.',
    mend: 'Return startIndex and itemsPerPage, numbers, with every page.',
    needs: ['write', 'index-paging'],
    run: async stage => {
      await stage.create(stage.users)
      await stage.create(stage.users)
      const answer = await list(stage, stage.users, { startIndex: 1, count: 1 })
      if (resourcesIn(answer).length !== 1)
        followsFrom('The page hasn’t the one resource of count', 'rfc/index-paging/count-limits')
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
      await needSomebodyFound(stage)
      const answer = await list(stage, stage.users, { filter: nobody(stage) })
      expectStatus(answer, 200)
      expectEqual(objectIn(answer).totalResults, 0, 'totalResults', answer)
      expectEqual(resourcesIn(answer).length, 0, 'number of Resources', answer)
    },
  },
  {
    id: 'resources-not-null',
    level: 'practice',
    source: 'RFC 7643 §2.5',
    says: 'A list of nothing has an empty array as Resources, or no Resources; not null.',
    requirements: ['R-092'],
    matters: 'Typed clients fail to parse null where they expect a list, in each query that finds nothing.',
    mend: 'Return "Resources": [], or leave Resources out.',
    needs: ['filter'],
    run: async stage => {
      const answer = await list(stage, stage.users, { filter: nobody(stage) })
      if (answer.status !== 200) skip(`The query is answered with ${answer.status}.`)
      const { Resources } = objectIn(answer)
      expectThat(Resources !== null, 'an array, or no Resources', Resources, answer)
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
      expectEqual(resourcesIn(answer).length, 0, 'number of Resources', answer)
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
      const { schemas } = objectIn(answer)
      expectThat(
        isArrayWith(schemas, listResponseUrn),
        `a list (schemas with ${listResponseUrn})`,
        schemas,
        answer,
      )
    },
  },
])
