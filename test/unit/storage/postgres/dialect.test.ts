import t from 'tap'
import { indexEntrySql, postgresDialect } from '../../../../src/storage/postgres/dialect.ts'
import { createSchema, skipWithoutPostgres } from '../../../support/postgres.ts'
import { openForTest } from '../../../support/postgres-store.ts'

t.test('SQL cuts index entries as the dialect does', { skip: skipWithoutPostgres }, async t => {
  const connection = await openForTest(t, await createSchema(t))
  const texts = [
    '',
    'é',
    'x'.repeat(256),
    'x'.repeat(257),
    'é'.repeat(300),
    '😀'.repeat(256),
    '😀'.repeat(257),
  ]
  const rows = await connection.query<{ readonly entry: string }>(
    {
      text: `select ${indexEntrySql('text')} as entry from unnest($1::text[]) with ordinality x (text, nth) order by nth`,
    },
    [texts],
  )
  t.same(
    rows.map(({ entry }) => entry),
    texts.map(postgresDialect.indexEntry),
  )
})
