import { durationSchema } from '../../domain/contract/operation.ts'
import type { RunningServer } from '../server.ts'
import type { ConsoleClient } from './console.ts'

export type TestClock = {
  now(): Promise<Date>
  /** Moves it forward by a duration such as `90d` or `1h30m`. Returns its new time. */
  advance(duration: string): Promise<Date>
  /** Returns it to real time. Stored times remain; `reset` and `restore` return both. */
  reset(): Promise<Date>
}

const expectedDuration = 'expected a duration such as 90d or 1h30m, with w, d, h, m and s.'
const durationText = durationSchema(expectedDuration)

export function createTestClock(
  consoleFor: (member: string) => ConsoleClient,
  { tenants }: Pick<RunningServer, 'tenants'>,
  tenant: string,
): TestClock {
  const params = { tenant }
  const now = async (member: string): Promise<Date> => {
    const clock = await consoleFor(member).call('GET /tenants/:tenant/clock', { params })
    return new Date(clock.now)
  }
  return {
    now: () => now('clock.now'),
    async advance(duration) {
      const { error } = durationText.safeParse(duration)
      if (error) throw new TypeError(`clock.advance: ${expectedDuration}`)
      const clock = await consoleFor('clock.advance').call('PUT /tenants/:tenant/clock', {
        params,
        body: { advance: duration },
      })
      return new Date(clock.now)
    },
    async reset() {
      await tenants.setClock(tenant, 0)
      return now('clock.reset')
    },
  }
}
