import { z } from 'zod'
import { describe, durationSchema, read, returns, timestamp, write } from './operation.ts'

export const clockSchema = z
  .object({
    now: timestamp("The tenant's time."),
    offset: z.int().nonnegative().meta({
      description: "How far the tenant's clock is ahead of the machine's, in milliseconds.",
      example: 0,
    }),
    machine: timestamp("The machine's time."),
  })
  .meta({ id: 'Clock', description: "A tenant's clock." })

export type Clock = z.input<typeof clockSchema>

const clockFormatMessage =
  'Expected { "now": "2027-03-01T09:30:00Z" }, or { "advance": "90d" } with w, d, h, m and s.'

const clockChangeSchema = z
  .union(
    [
      z.strictObject({ now: z.iso.datetime({ offset: true, error: clockFormatMessage }) }),
      z.strictObject({ advance: durationSchema(clockFormatMessage) }),
    ],
    clockFormatMessage,
  )
  .meta({
    description: 'The new time of the clock, or how far it moves forward.',
    examples: [{ now: '2027-03-01T09:30:00Z' }, { advance: '90d' }, { advance: '1h30m' }],
  })

export type ClockChange = z.output<typeof clockChangeSchema>

export const operations = describe('clock', {
  getClock: read('GET /tenants/:tenant/clock', "Show a tenant's clock", returns(clockSchema, 'The clock.')),
  setClock: write(
    'PUT /tenants/:tenant/clock',
    "Move a tenant's clock forward",
    returns(clockSchema, 'The clock.'),
    {
      description:
        'It controls token expiry, inactivity and timestamps of the tenant. A reset returns it to real time. A move after which the clock is more than one hour ahead of real time needs `destroy`, however short it is: many short moves would expire any credential.',
      body: clockChangeSchema,
    },
  ),
})
