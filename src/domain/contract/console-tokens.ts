import { z } from 'zod'
import {
  creates,
  describe,
  destroy,
  durationSchema,
  pages,
  read,
  returnsNothing,
  timestamp,
  write,
} from './operation.ts'

/** What a caller of the console may do. Each level includes those before it. */
export const levelSchema = z
  .enum(['metrics', 'read', 'write', 'destroy'], 'Expected metrics, read, write or destroy.')
  .meta({
    description:
      'What the token may do; each scope includes those before it. `metrics`: read `/metrics`. `read`: read everything. `write`: change something. `destroy`: also what cannot be undone, such as a reset, and deleting tokens.',
    example: 'read',
  })

const consoleTokenSchema = z
  .object({
    id: z.string().meta({ example: '6f1d3f0c-6f0b-4b0e-9a55-2c2e0b5f7a11' }),
    name: z.string().meta({ description: 'The name of the token.', example: 'prometheus' }),
    scope: levelSchema,
    ending: z.string().meta({ description: 'The last characters of the token.', example: 'x7Qa' }),
    created: timestamp('The time of its creation.'),
    expires: timestamp('The time of its expiry.'),
    expired: z.boolean(),
    lastUsed: timestamp('The last request that it authenticated.').optional(),
    requests: z
      .int()
      .nonnegative()
      .meta({ description: 'The number of requests that it authenticated.', example: 1024 }),
  })
  .meta({ id: 'ConsoleToken', description: 'A named token of the console, without its value.' })

export type ConsoleToken = z.input<typeof consoleTokenSchema>

export const defaultValidity = '90d'

const newConsoleTokenSchema = z.strictObject({
  name: z.string().meta({
    description: 'A name that no other console token has, of 1 to 64 characters.',
    example: 'prometheus',
  }),
  scope: levelSchema.default('read'),
  for: durationSchema('Expected a duration with w, d, h, m and s, such as 90d, 12h or 30m.')
    .default(defaultValidity)
    .meta({ description: 'How long it is valid, at most 3 years.', example: defaultValidity }),
})

export type NewConsoleToken = z.input<typeof newConsoleTokenSchema>

const issuedConsoleTokenSchema = consoleTokenSchema
  .extend({
    value: z
      .string()
      .meta({ description: 'The value of the token. It is shown once; only a hash is stored.' }),
  })
  .meta({ id: 'IssuedConsoleToken', description: 'A new console token with its value.' })

export type IssuedConsoleToken = z.input<typeof issuedConsoleTokenSchema>

export const operations = describe('console-tokens', {
  listConsoleTokens: read(
    'GET /console-tokens',
    'List the named tokens of the console',
    pages(consoleTokenSchema, 'The console tokens, newest first, including expired ones.'),
  ),
  createConsoleToken: write(
    'POST /console-tokens',
    'Create a named token of the console',
    creates(issuedConsoleTokenSchema, 'The token with its value.'),
    {
      needsFor: (body: unknown) =>
        newConsoleTokenSchema.safeParse(body).data?.scope === 'destroy' ? 'destroy' : 'write',
      description:
        'For scripts: send it as `Authorization: Bearer`. There are at most 50. The value is in this response only. A token with the scope `destroy` can only be created by a caller that may destroy.',
      body: newConsoleTokenSchema,
      also: [409],
    },
  ),
  deleteConsoleToken: destroy(
    'DELETE /console-tokens/:token',
    'Delete a named token of the console',
    returnsNothing('The token is deleted.'),
    { description: 'Requests with this token are rejected from now on.' },
  ),
})
