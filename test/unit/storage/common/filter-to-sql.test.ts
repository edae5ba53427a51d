import t from 'tap'
import { filterToSql } from '../../../../src/storage/common/filter-to-sql.ts'
import { findLookup } from '../../../../src/storage/common/list-page.ts'
import { sqliteDialect } from '../../../../src/storage/sqlite/dialect.ts'
import { groupFilter, userFilter } from '../../scim/filter-reading.ts'

const manager = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value'

t.test('a filter that an index alone can answer is recognized', async t => {
  t.same(findLookup(userFilter('userName eq "BJensen"')), { attribute: 'userName', value: 'bjensen' })
  t.same(findLookup(userFilter('emails eq "A@b"')), { attribute: 'emails.value', value: 'a@b' })
  t.same(findLookup(userFilter(`${manager} eq "26"`)), { attribute: manager, value: '26' })
  t.same(findLookup(groupFilter('displayName eq "Ops"')), { attribute: 'displayName', value: 'ops' })
  t.same(findLookup(userFilter('id eq "aB"')), { id: 'aB' })
})

t.test('any other filter is not recognized', async t => {
  for (const text of [
    'userName ne "x"',
    'userName eq null',
    'not (userName eq "x")',
    'userName eq "x" and title pr',
    'title eq "x"',
    'emails[value eq "x"]',
  ]) {
    t.equal(findLookup(userFilter(text)), undefined, text)
  }
})

t.test('filters of the same shape share a statement without text from clients', async t => {
  const one = filterToSql(userFilter(`userName eq "x" and title co "'; --"`), sqliteDialect)
  const other = filterToSql(userFilter('userName eq "y" and title co "z"'), sqliteDialect)
  t.equal(one.sql, other.sql)
  t.same(one.params, { p0: 'userName', p1: 'x', p2: "'; --" })
})

t.test('a value path with an indexed value uses the index first', async t => {
  const { sql, params } = filterToSql(userFilter('emails[type eq "work"].value eq "x"'), sqliteDialect)
  t.match(sql, /FROM keys/)
  t.same(params, { p0: 'work', p1: 'x', p2: 'emails.value', p3: 'x' })
})
