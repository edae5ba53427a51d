import { chmodSync } from 'node:fs'
import t from 'tap'
import { DatabaseError } from '../../../../src/domain/ports/database.ts'
import { connectionOf, runProgram } from '../../../../src/storage/postgres/client-programs.ts'

t.test('a password is in the environment of a program, and not in its arguments', async t => {
  const connections: readonly (readonly [url: string, target: string, environment: object])[] = [
    ['postgres://ada@db/scim', 'postgres://ada@db/scim', {}],
    ['postgres:///scim?host=/run', 'postgres:///scim?host=/run', {}],
    ['postgres://ada:a%20b@db/scim', 'postgres://ada@db/scim', { PGPASSWORD: 'a b' }],
    ['postgresql://ada:p@ss:w@db:5432/scim', 'postgresql://ada@db:5432/scim', { PGPASSWORD: 'p@ss:w' }],
    [
      'postgres://ada@db/scim?password=x&sslmode=require',
      'postgres://ada@db/scim?sslmode=require',
      { PGPASSWORD: 'x' },
    ],
    ['postgres://ada@db/scim?user=a&password=x', 'postgres://ada@db/scim?user=a', { PGPASSWORD: 'x' }],
    ['postgres://ada@db/scim?password=x', 'postgres://ada@db/scim', { PGPASSWORD: 'x' }],
    ['postgres://ada:y@db/scim?password=z&%70assword=x', 'postgres://ada@db/scim', { PGPASSWORD: 'x' }],
    [
      'postgres://ada:x@one,two/scim',
      'postgres://ada@one,two/scim',
      { PGPASSWORD: 'x', PGTARGETSESSIONATTRS: 'read-write' },
    ],
  ]
  for (const [url, target, environment] of connections)
    t.same(connectionOf({ url }), { args: [`--dbname=${target}`], environment }, url)
  t.throws(
    () => connectionOf({ url: 'postgres://ada:100%@db/scim' }),
    new DatabaseError('The password in --database-url has an invalid percent-encoding. Write % as %25.'),
  )
})

t.test('the error of a program is its last one, without its hints', async t => {
  const folder = t.testdir({
    pg_dump:
      '#!/bin/sh\nfor line in "pg_dump: error: first" "pg_dump: error: no such table." "pg_dump: hint: x"; do echo "$line" >&2; done\nexit 1\n',
  })
  chmodSync(`${folder}/pg_dump`, 0o755)
  await t.rejects(
    runProgram({ program: 'pg_dump', args: [], environment: { PATH: `${folder}:/usr/bin:/bin` } }),
    new DatabaseError('pg_dump failed (no such table).'),
  )
})
