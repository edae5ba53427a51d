import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn, shown, skip } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'
import { needReadable } from '../../tools/controls.ts'
import { usersAndGroups } from '../../tools/kinds.ts'
import { list } from '../../tools/lists.ts'
import { isSameState } from '../../tools/same-state.ts'
import { checksOf } from '../checks-of.ts'
import { retrieveArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(
  retrieveArea,
  usersAndGroups.flatMap(({ id, words, type, needs }) => [
    {
      id: `by-id-${id}`,
      level: 'MUST' as const,
      says: `A GET of ${words} by id is answered with 200 and that one.`,
      requirements: ['R-090'],
      matters: 'Entra reads each linked user and group by id before it writes.',
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
        await needReadable(stage, { path })
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
      matters: 'Okta’s imports and Entra’s discovery of accounts read lists; they would find nothing.',
      mend: 'Answer a GET of the endpoint with a ListResponse of what is there.',
      needs,
      run: async (stage: Stage) => {
        await stage.create(type(stage))
        const answer = await stage.get(type(stage).endpoint)
        expectStatus(answer, 200)
        const { totalResults, nextCursor } = objectIn(answer)
        expectThat(resourcesIn(answer).length > 0, 'Resources', answer.text, answer)
        if (totalResults === undefined && nextCursor !== undefined) return
        expectThat(typeof totalResults === 'number' && totalResults > 0, 'totalResults', totalResults, answer)
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
        expectThat(
          isSameState(found, alone.body),
          `the resource as it is alone ${shown(alone.body)}`,
          found,
          answer,
        )
      },
    },
  ]),
)
