import t from 'tap'
import { serializeOnce } from '../../../../../src/console/live/hub.ts'
import { createSelection } from '../../../../../src/console/live/stream.ts'
import type { Exchange } from '../../../../../src/domain/journal/exchange.ts'
import { createFullTextTest, foldLazily } from '../../../../../src/domain/journal/search/matches.ts'
import { anExchange } from '../../../../contract/journal.ts'
import { searchFor } from '../../../../support/search.ts'

const manyTerms = searchFor(Array.from({ length: 49 }, (_, at) => `-qx${at}z`).join(' '))

t.test('each text is read and folded once, for all terms', async t => {
  const reads: string[] = []
  const reading = (name: string) => () => {
    reads.push(name)
    return name
  }
  const texts = foldLazily({
    action: reading('action'),
    label: reading('label'),
    url: reading('url'),
    requestBody: reading('request'),
    responseBody: reading('response'),
  })
  t.equal(createFullTextTest(manyTerms)?.(texts), true)
  t.same(reads, ['action', 'label', 'url', 'request', 'response'])
})

t.test('a long body is not read if a shorter text decides', async t => {
  const texts = foldLazily({
    action: () => 'List Users',
    label: () => undefined,
    url: () => '/Users',
    requestBody: () => t.fail('the body is read'),
    responseBody: () => t.fail('the body is read'),
  } as never)
  t.equal(createFullTextTest(searchFor('list'))?.(texts), true)
  t.equal(createFullTextTest(searchFor('-"LIST users"'))?.(texts), false)
  t.equal(createFullTextTest(searchFor('status:404')), undefined)
})

t.test('all followers of the journal share the folded body of an exchange', async t => {
  let reads = 0
  const request = {
    headers: {},
    get body() {
      reads++
      return 'x'
    },
  }
  const exchange: Exchange = anExchange(1, { request })
  for (let readers = 0; readers < 100; readers++) {
    const select = createSelection({ search: manyTerms })
    t.equal(select(serializeOnce({ kind: 'exchange', exchange })).length, 1)
  }
  t.equal(reads, 1)
})
