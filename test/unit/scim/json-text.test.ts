import t from 'tap'
import { findExcess } from '../../../src/scim/json.ts'

const limits = { levels: 3, bytes: 1000 }

t.test('the levels of objects and arrays are counted, brackets in strings are not', async t => {
  t.equal(findExcess('[{"a":[1]},{"b":[2]}]', limits), undefined)
  t.match(findExcess('[{"a":[[1]]}]', limits), /more than 3 levels/)
  for (const text of ['["[[[["]', '["\\"[[[["]', '["\\\\\\"[[[["]', '["[[[[', ']]]][[['])
    t.equal(findExcess(text, limits), undefined, text)
  t.match(findExcess('["\\\\",[[[', limits), /more than 3 levels/)
})

t.test('the memory is estimated from brackets, elements, members and the text', async t => {
  t.match(findExcess(`[${'{},'.repeat(20)}{}]`, limits), /too many objects/)
  t.match(findExcess(`[${'1,'.repeat(100)}1]`, limits), /too many objects/)
  t.match(findExcess(JSON.stringify('x'.repeat(1000)), limits), /too many objects/)
  t.equal(findExcess(JSON.stringify(['x'.repeat(900)]), limits), undefined)
})

t.test('a file of users needs far less than the limit', async t => {
  const users = Array.from({ length: 1000 }, (_, at) => ({
    id: String(at),
    displayName: `User ${at}`,
    accountEnabled: true,
  }))
  const text = JSON.stringify({ value: users })
  t.equal(findExcess(text, { levels: 64, bytes: 8 * text.length }), undefined)
})
