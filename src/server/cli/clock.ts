import type { Clock } from '../../domain/contract/tenants.ts'
import { noun, runs } from './noun.ts'
import { parseDurationText, parseTime } from './options.ts'
import { formatClock } from './tenants.ts'

const shows = (clock: Clock): string => `${formatClock(clock)}\n`

export const clock = noun([
  runs('show', 'GET /tenants/:tenant/clock', 'Show the clock', { isDefault: true, shows }),
  runs('advance <duration>', 'PUT /tenants/:tenant/clock', 'Advance the clock', {
    argument: { description: 'Such as 90d or 1h30m', parse: parseDurationText },
    sends: ({ duration }) => ({ advance: duration }),
    shows,
  }),
  runs('set <time>', 'PUT /tenants/:tenant/clock', 'Set the clock to a later time', {
    argument: { description: 'Such as 2027-03-01T09:30:00Z', parse: parseTime },
    sends: ({ time }) => ({ now: time }),
    shows,
  }),
])
