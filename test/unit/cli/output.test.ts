import t from 'tap'
import { formatTable } from '../../../src/cli/output.ts'

t.test('columns are aligned by the width of characters on a terminal', async t => {
  const columns = [
    { name: 'name', of: ({ name }: { name: string }) => name },
    { name: 'status', of: () => 'active' },
  ]
  t.equal(
    formatTable(columns, [{ name: '山田太郎' }, { name: 'Zoë' }, { name: 'Zoe\u0308' }, { name: '👩‍💻' }]),
    [
      'name      status',
      '山田太郎  active',
      'Zoë       active',
      'Zoe\u0308       active',
      '👩‍💻        active',
      '',
    ].join('\n'),
  )
})
