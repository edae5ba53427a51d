import { expectEqual, expectStatus, expectThat, resourcesIn } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { at, textOf } from '../../tools/attributes.ts'
import { bulk, resultsOf } from '../../tools/bulk.ts'
import { expectOrder, list } from '../../tools/lists.ts'
import { marked } from '../../tools/narrowed.ts'
import { readAgain } from '../../tools/read.ts'

/** Asks for something that only works where the feature is there. */
export const truths: readonly {
  readonly id: string
  readonly words: string
  readonly offered: (stage: Stage) => boolean
  readonly ask: (stage: Stage) => Promise<void>
  readonly mend: string
}[] = [
  {
    id: 'patch',
    words: 'PATCH',
    offered: ({ service }) => service.offers.patch,
    ask: async stage => {
      const text = textOf(stage.users)
      const { path } = await stage.create(stage.users)
      const value = stage.unique()
      const answer = await stage.patch(path, { op: 'replace', path: text, value })
      expectThat(answer.status < 300, 'PATCH to work', answer.status, answer)
      expectEqual(at(await readAgain(stage, path), text), value, text, answer)
    },
    mend: 'Serve PATCH, or set patch.supported to false.',
  },
  {
    id: 'filter',
    words: 'filters',
    offered: ({ service }) => service.offers.filter !== undefined,
    ask: async stage => {
      const user = await stage.create(stage.users)
      const filter = encodeURIComponent(`userName eq ${JSON.stringify(user.sent.userName ?? '')}`)
      const ids = () => stage.get(`${stage.users.endpoint}?filter=${filter}`)
      const found = await stage.eventually(async () => {
        const answer = await ids()
        expectStatus(answer, 200)
        return resourcesIn(answer).some(({ id }) => id === user.id)
      })
      expectThat(found, 'a filter by userName to find the user', 'nobody')
    },
    mend: 'Serve filters, or set filter.supported to false.',
  },
  {
    id: 'sort',
    words: 'sorting',
    offered: ({ service }) => service.offers.sort,
    ask: async stage => {
      const { made, filter, text } = await marked(stage, stage.users, ['b', 'a'])
      for (const [sortOrder, wanted] of [
        ['ascending', made.toReversed()],
        ['descending', made],
      ] as const)
        expectOrder(
          await list(stage, stage.users, { filter, sortBy: text, sortOrder }),
          wanted,
          `ids in ${sortOrder} order`,
        )
    },
    mend: 'Serve sortBy, or set sort.supported to false.',
  },
  {
    id: 'etag',
    words: 'ETags',
    offered: ({ service }) => service.offers.etag,
    ask: async stage => {
      const { path } = await stage.create(stage.users)
      const answer = await stage.get(path)
      expectThat(answer.headers.etag !== undefined, 'an ETag header', answer.headers, answer)
    },
    mend: 'Send ETags, or set etag.supported to false.',
  },
  {
    id: 'bulk',
    words: 'bulk requests',
    offered: ({ service }) => service.offers.bulk !== undefined,
    ask: async stage => {
      const path = `${stage.users.endpoint}/${stage.unique()}`
      const answer = await bulk(stage, [{ method: 'DELETE', path }])
      expectEqual(resultsOf(answer).length, 1, 'number of results', answer)
    },
    mend: 'Serve /Bulk, or set bulk.supported to false.',
  },
]
