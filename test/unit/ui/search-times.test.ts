import t from 'tap'
import { withInstants } from '../../../src/ui/pages/activity/search-times.ts'

const now = Date.parse('2026-03-01T12:00:00Z')

t.test('times in a search become instants in UTC', async t => {
  const cases: readonly (readonly [search: string, sent: string])[] = [
    ['before:02:00', 'before:2026-03-01T02:00:00.000Z'],
    ['status:4xx -after:2026-02-28', 'status:4xx -after:2026-02-28T00:00:00.000Z'],
    ['AFTER:2026-02-28T14:00', 'AFTER:2026-02-28T14:00:00.000Z'],
    ['after:2026-02-28T14:00+02:00', 'after:2026-02-28T12:00:00.000Z'],
    ['after:15m', 'after:15m'],
    ['text:"x after:14:00"', 'text:"x after:14:00"'],
    ['after:25:00', 'after:25:00'],
    ['user:after', 'user:after'],
  ]
  for (const [search, sent] of cases) t.equal(withInstants(search, now, 'utc'), sent, search)
  const byTenant: readonly (readonly [search: string, sent: string])[] = [
    ['before:2026-03-01T02:00Z', 'tenant-before:2026-03-01T02:00:00.000Z'],
    ['-after:2026-03-01T02:00Z', '-tenant-after:2026-03-01T02:00:00.000Z'],
    ['tenant-after:2026-03-01T02:00Z', 'tenant-after:2026-03-01T02:00:00.000Z'],
    ['after:15m', 'after:15m'],
  ]
  for (const [search, sent] of byTenant)
    t.equal(withInstants(search, now, 'tenant'), sent, `${search} by the tenant's clock`)
  t.equal(
    withInstants('after:2026-02-28T14:00', now, 'local'),
    `after:${new Date(2026, 1, 28, 14).toISOString()}`,
    'local times are read in the zone of the browser',
  )
})
