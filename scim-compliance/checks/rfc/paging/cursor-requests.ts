import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, fail, objectIn, skip } from '../../../expect.ts'
import { isObject } from '../../../json.ts'
import { searchRequestUrn } from '../../../urns.ts'
import { five, walk } from '../../tools/cursors.ts'
import { idsIn, type Parameters } from '../../tools/lists.ts'
import { checksOf } from '../checks-of.ts'
import { cursorPagingArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(cursorPagingArea, [
  {
    id: 'sorted',
    level: 'SHOULD',
    says: 'Pages by cursor follow sortBy and sortOrder.',
    source: 'RFC 9865 §2.2',
    requirements: ['R-131'],
    needs: ['sort'],
    matters: 'Clients that read in order see some twice and others never.',
    mend: 'Keep the order in the cursor, and sort before you cut pages.',
    run: async stage => {
      const { made, text, page } = await five(stage)
      const pages = await walk(page, { sortBy: text, sortOrder: 'descending' })
      const wanted = made.map(({ id }) => id).reverse()
      expectEqual(pages.flatMap(idsIn), wanted, 'ids against the order of the alphabet', pages.at(-1))
    },
  },
  {
    id: 'search',
    level: 'SHOULD',
    says: 'POST /.search takes cursor and count in its body.',
    source: 'RFC 9865 §3',
    requirements: ['R-134'],
    needs: ['search'],
    matters: 'Clients that keep filters out of addresses can’t read past the first page.',
    mend: 'Read cursor and count of a SearchRequest as you read those of the address.',
    run: async stage => {
      const { filter, ids } = await five(stage)
      const page = async (parameters: Parameters) => {
        const answer = await stage.post(`${stage.users.endpoint}/.search`, {
          schemas: [searchRequestUrn],
          filter,
          ...parameters,
        })
        if ([404, 405, 501].includes(answer.status)) skip('The server has no /.search.')
        return answer
      }
      const pages = await walk(page)
      expectEqual(pages.flatMap(idsIn).toSorted(), ids.toSorted(), 'ids of all pages', pages.at(-1))
    },
  },
  {
    id: 'default-method',
    level: 'MUST',
    says: 'A request that names neither method is answered by the one that is advertised as default.',
    source: 'RFC 9865 §2.4',
    requirements: ['R-132'],
    matters: 'Clients that know only one method don’t notice that there are more pages.',
    mend: 'Answer such requests by defaultPaginationMethod.',
    run: async stage => {
      const { pagination } = stage.service.config ?? {}
      const method = isObject(pagination) ? pagination.defaultPaginationMethod : undefined
      if (method !== 'index' && method !== 'cursor') return skip('No default is advertised.')
      const { page } = await five(stage)
      const answer = await page({ count: 2 })
      const { nextCursor } = objectIn(answer)
      if (method === 'cursor') expectThat(typeof nextCursor === 'string', 'a nextCursor', nextCursor, answer)
      else expectEqual(nextCursor, undefined, 'nextCursor', answer)
    },
  },
  {
    id: 'advertised',
    level: 'SHOULD',
    says: 'ServiceProviderConfig says under pagination which methods there are.',
    source: 'RFC 9865 §4',
    requirements: ['R-135'],
    matters: 'Clients don’t know that they may use cursors, and read large directories by index.',
    mend: 'Publish pagination with the booleans cursor and index.',
    run: async stage => {
      const answer = await stage.get('/ServiceProviderConfig')
      expectStatus(answer, 200)
      const { pagination } = objectIn(answer)
      if (!isObject(pagination)) return fail('pagination', 'nothing', answer)
      for (const name of ['cursor', 'index'])
        expectThat(
          typeof pagination[name] === 'boolean',
          `pagination.${name} as a boolean`,
          pagination[name],
          answer,
        )
    },
  },
])
