import t from 'tap'
import { type AttributePath, pathText } from '../../../../src/scim/attribute.ts'
import { groupType, userType } from '../../../../src/scim/core-schemas.ts'
import type { IndexOf } from '../../../../src/storage/common/filter-to-sql.ts'
import { estimateWork, longWork, totalWork } from '../../../../src/storage/common/list-work.ts'
import { filterOn, pathOn } from '../../../contract/store-fixture.ts'

/** Lookup keys, and an index of titles. */
const indexOf: IndexOf = (_type, path: AttributePath) => {
  if (path.at(-1)?.lookup) return 'keys'
  return pathText(path) === 'title' ? 'indexed_texts' : undefined
}

const isLong = (resources: number, type: 'User' | 'Group', text: string | undefined, sortBy?: string) => {
  const schema = type === 'User' ? userType : groupType
  const query = {
    typeQueries: [
      {
        type,
        ...(text !== undefined && { filter: filterOn(schema, text) }),
        ...(sortBy !== undefined && { sortBy: pathOn(schema, sortBy) }),
      },
    ],
    ...(sortBy !== undefined && { order: 'ascending' as const }),
  }
  const works = estimateWork(query, indexOf)
  return { long: totalWork(works, () => resources) >= longWork, counted: works.length > 0 }
}

const id = '6d3ae2b1-91a0-4c83-9d42-0a4a8ed1c5f1'

t.test('filters that an index answers are short reads, and need no count', async t => {
  const users = [
    'userName eq "x"',
    'externalId eq "x"',
    `id eq "${id}"`,
    'externalId eq "x" and active eq true',
    'emails[value eq "x" and type eq "work"]',
  ]
  for (const filter of users) t.same(isLong(1e6, 'User', filter), { long: false, counted: false }, filter)
  const groups = [`members.value eq "${id}"`, `id eq "${id}" and members.value eq "${id}"`]
  for (const filter of groups) t.same(isLong(1e6, 'Group', filter), { long: false, counted: false }, filter)
  t.same(isLong(1e6, 'User', 'externalId eq "x"', 'nickName'), { long: false, counted: false })
  t.same(isLong(1e6, 'User', undefined), { long: false, counted: false })
})

t.test('filters and orders that read every resource are long reads of large types', async t => {
  const filters = [
    'nickName co "x"',
    'active eq true',
    'emails pr',
    'not (externalId eq "x" and nickName eq "y")',
    'externalId eq "x" or nickName eq "y"',
    'meta.lastModified gt "2026-01-01T00:00:00Z"',
  ]
  for (const filter of filters) {
    t.equal(isLong(100_000, 'User', filter).long, true, filter)
    t.equal(isLong(1000, 'User', filter).long, false, filter)
  }
  t.equal(isLong(100_000, 'User', undefined, 'nickName').long, true)
  t.equal(isLong(1000, 'User', undefined, 'nickName').long, false)
})

t.test(
  'filters by an index of texts, or by a group of any size, are long reads of very large types',
  async t => {
    for (const filter of ['title co "x"', 'userName ew "x"', `groups.value eq "${id}"`]) {
      t.equal(isLong(100_000, 'User', filter).long, true, filter)
      t.equal(isLong(40_000, 'User', filter).long, false, filter)
    }
  },
)

t.test('the work grows with the number of comparisons', async t => {
  const filter = Array.from({ length: 20 }, () => 'nickName co "x"').join(' or ')
  t.equal(isLong(1000, 'User', filter).long, true)
})
