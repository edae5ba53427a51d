import type { Check } from '../../../check.ts'
import { expectStatus, skip } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { attributeOf } from '../../tools/attributes.ts'
import { list } from '../../tools/lists.ts'
import { searchedBy } from '../../tools/searched-by.ts'
import { checksOf, type Own } from '../checks-of.ts'
import { filterOperatorsArea } from './areas.ts'

/** Filters of one family; `#` is an attribute by which the server filters. */
const family = (id: string, words: string, ...filters: readonly string[]): Own => ({
  id: `takes-${id}`,
  level: 'MAY',
  source:
    'RFC 7644 §3.12, table 9: “the specified attribute and filter comparison combination is not supported”',
  says: `The server supports filters with ${words}.`,
  requirements: ['R-097'],
  matters:
    'Filtering is optional, so a server may decline these filters; clients that use them can’t query it. The checks of these operators are skipped then.',
  mend: `Support ${words} in filters.`,
  run: async stage => {
    const { text } = await searchedBy(stage, stage.users, [])
    for (const filter of filters.map(one => one.replaceAll('#', text)))
      expectStatus(await list(stage, stage.users, { filter }), 200)
  },
})

const byTitle = async (stage: Stage): Promise<void> => {
  if (attributeOf(stage.users, 'title')?.mutability !== 'readWrite') skip('Users have no title.')
  // A server that ignores filters takes every filter.
  await searchedBy(stage, stage.users, [], ['userName'])
  expectStatus(await list(stage, stage.users, { filter: `title eq "${stage.unique('nobody')}"` }), 200)
}

/** What a server may decline, each once: the checks of what the operators mean are skipped where it does. */
export const checks: readonly Check[] = checksOf(filterOperatorsArea, [
  { ...family('title', 'attributes other than names and ids, such as title'), run: byTitle },
  family('ne', '`ne`', '# ne "a"'),
  family('substrings', '`co`, `sw` and `ew`', '# co "a"', '# sw "a"', '# ew "a"'),
  family('order', '`gt`, `ge`, `lt` and `le`', '# gt "a"', '# ge "a"', '# lt "a"', '# le "a"'),
  family('presence', '`pr`', '# pr'),
  family('logic', '`and`, `or` and `not`', '# eq "a" and # eq "b"', '# eq "a" or # eq "b"', 'not (# eq "a")'),
  family('value-paths', 'value paths in brackets', 'emails[type eq "work"]'),
])
