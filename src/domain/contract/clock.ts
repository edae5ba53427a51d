import { z } from 'zod'
import { durationSchema, operation, tenantParams, timestamp } from './operation.ts'

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

export type Clock = z.output<typeof clockSchema>

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

export const operations = {
  getClock: operation({
    method: 'GET',
    path: '/tenants/:tenant/clock',
    needs: 'read',
    summary: "Show a tenant's clock",
    tags: ['clock'],
    params: tenantParams,
    response: { status: 200, description: 'The clock.', schema: clockSchema },
    problems: [404],
  }),
  setClock: operation({
    method: 'PUT',
    path: '/tenants/:tenant/clock',
    needs: 'write',
    summary: "Move a tenant's clock forward",
    description:
      'It controls token expiry, inactivity and timestamps of the tenant. A reset returns it to real time. A move after which the clock is more than one hour ahead of real time needs `destroy`, however short it is: many short moves would expire any credential.',
    tags: ['clock'],
    params: tenantParams,
    body: clockChangeSchema,
    response: { status: 200, description: 'The clock.', schema: clockSchema },
    problems: [400, 404, 413, 415],
    changes: 'clock',
  }),
}
