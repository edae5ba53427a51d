import t from 'tap'
import { type Column, formatTable, toneOfStatus } from '../../../../src/server/cli/table.ts'

type Row = { readonly id: string; readonly name: string; readonly status: number; readonly seen: string }

const columns: readonly Column<Row>[] = [
  { name: 'id', of: ({ id }) => id, shows: 'id' },
  { name: 'status', of: ({ status }) => status, tone: ({ status }) => toneOfStatus(status) },
  { name: 'name', of: ({ name }) => name },
  { name: 'tenant', of: () => 'acme', isExtra: true },
  { name: 'last seen', of: ({ seen }) => seen, shows: 'whole', isExtra: true },
]

const rows: readonly Row[] = [
  {
    id: 'f468d458-50e1-7028-831e-56c796fd3f35',
    name: 'marge.simpson@springfield.example',
    status: 201,
    seen: '2026-11-24T16:30:38Z',
  },
  {
    id: '0a1b2c3d-50e1-7028-831e-56c796fd3f35',
    name: '山田太郎\u001b[2J',
    status: 400,
    seen: '2026-11-24T16:30:39Z',
  },
]

const linesAt = (width: number | undefined, isStyled = false) =>
  formatTable(columns, rows, { ...(width !== undefined && { width }), isStyled }).split('\n')

t.test('a file receives all columns and whole values', async t => {
  t.same(linesAt(undefined), [
    'id                                    status  name                               tenant  last seen',
    'f468d458-50e1-7028-831e-56c796fd3f35  201     marge.simpson@springfield.example  acme    2026-11-24T16:30:38Z',
    '0a1b2c3d-50e1-7028-831e-56c796fd3f35  400     山田太郎\\u001b[2J                  acme    2026-11-24T16:30:39Z',
    '',
  ])
})

t.test('a terminal shows the beginnings of IDs, then fewer columns, then cut values', async t => {
  t.same(linesAt(90), [
    'id        status  name                               tenant  last seen',
    'f468d458  201     marge.simpson@springfield.example  acme    2026-11-24T16:30:38Z',
    '0a1b2c3d  400     山田太郎\\u001b[2J                  acme    2026-11-24T16:30:39Z',
    '',
  ])
  t.same(linesAt(60), [
    'id        status  name                               tenant',
    'f468d458  201     marge.simpson@springfield.example  acme',
    '0a1b2c3d  400     山田太郎\\u001b[2J                  acme',
    '',
  ])
  t.same(linesAt(30), [
    'id        status  name',
    'f468d458  201     marge.simps…',
    '0a1b2c3d  400     山田太郎\\u0…',
    '',
  ])
})

t.test('a terminal shows long reasons below their row, and continues others in the next line', async t => {
  const reason = '`displayName` has more than 1024 characters, which AWS rejects.'
  const of = (shows: 'below' | 'wrapped') =>
    formatTable([...columns.slice(0, 3), { name: 'reason', of: () => reason, shows }], rows.slice(0, 1), {
      width: 60,
      isStyled: false,
    }).split('\n')
  t.same(of('below'), [
    'id        status  name',
    'f468d458  201     marge.simpson@springfield.example',
    '  `displayName` has more than 1024 characters, which AWS',
    '  rejects.',
    '',
  ])
  t.same(of('wrapped'), [
    'id        status  name                  reason',
    'f468d458  201     marge.simpson@sprin…  `displayName` has',
    '                                        more than 1024',
    '                                        characters, which',
    '                                        AWS rejects.',
    '',
  ])
})

t.test('beginnings of IDs are as long as they need to be to differ', async t => {
  const ids = ['0193a0b2-7d3c-7000-8a5e', '0193a0b2-7d3c-7001-8a5e', '0193a0b2-7d3d-7000-8a5e']
  const shown = formatTable([{ name: 'request', of: (id: string) => id, shows: 'request' }], ids, {
    width: 20,
    isStyled: false,
  })
  t.same(shown.split('\n'), ['request', '0193a0b2-7d3c-7000', '0193a0b2-7d3c-7001', '0193a0b2-7d3d-7000', ''])
})

t.test('a value is cut between characters, not within one', async t => {
  const wide = [{ id: '1', name: 'The 山田太郎 family 👩‍💻👩‍💻', status: 200, seen: '' }]
  t.equal(formatTable(columns.slice(2, 3), wide, { width: 12, isStyled: false }), 'name\nThe 山田太…\n')
})

t.test('a terminal with colors shows bold headers and red errors', async t => {
  const [header, fine, failed] = linesAt(90, true)
  t.match(header, /^\u001b\[1mid {6}\u001b\[22m/)
  t.notMatch(fine, '\u001b')
  t.match(failed, /^0a1b2c3d {2}\u001b\[31m400 {3}\u001b\[39m/)
})
