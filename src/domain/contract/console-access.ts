import * as z from 'zod'
import { faultSchema } from './faults.ts'
import {
  count,
  creates,
  describe,
  destroy,
  durationSchema,
  everyone,
  flag,
  pages,
  read,
  returns,
  returnsNothing,
  text,
  timestamp,
  write,
} from './operation.ts'

/** What a caller of the console may do. Each level includes those before it. */
const levelSchema = z
  .enum(['metrics', 'read', 'write', 'destroy'], 'Expected metrics, read, write or destroy.')
  .meta({
    description:
      'What the token may do; each scope includes those before it. `metrics`: read `/metrics`. `read`: read everything. `write`: change something. `destroy`: also what cannot be undone, such as a reset, and deleting tokens.',
    example: 'read',
  })

const consoleTokenSchema = z
  .object({
    id: z.string().meta({ example: '6f1d3f0c-6f0b-4b0e-9a55-2c2e0b5f7a11' }),
    name: text('The name of the token.', 'prometheus'),
    scope: levelSchema,
    ending: text('The last characters of the token.', 'x7Qa'),
    created: timestamp('The time of its creation.'),
    expires: timestamp('The time of its expiry.'),
    expired: z.boolean(),
    lastUsed: timestamp('The last request that it authenticated.').optional(),
    requests: count('The number of requests that it authenticated.', 1024),
  })
  .meta({ id: 'ConsoleToken', description: 'A named token of the console, without its value.' })

export type ConsoleToken = z.input<typeof consoleTokenSchema>

export const defaultValidity = '90d'

const newConsoleTokenSchema = z.strictObject({
  name: text('A name that no other console token has, of 1 to 64 characters.', 'prometheus'),
  scope: levelSchema.default('read'),
  for: durationSchema('Expected a duration with w, d, h, m and s, such as 90d, 12h or 30m.')
    .default(defaultValidity)
    .meta({ description: 'How long it is valid, at most 3 years.', example: defaultValidity }),
})

export type NewConsoleToken = z.input<typeof newConsoleTokenSchema>

const issuedConsoleTokenSchema = consoleTokenSchema
  .extend({
    value: text('The value of the token. It is shown once; only a hash is stored.'),
  })
  .meta({ id: 'IssuedConsoleToken', description: 'A new console token with its value.' })

export type IssuedConsoleToken = z.input<typeof issuedConsoleTokenSchema>

export const consoleTokenOperations = describe('console-tokens', {
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
    {
      description: 'Requests with this token are rejected from now on.',
      parameters: { token: 'The ID of the token.' },
    },
  ),
})

const roleSchema = z.enum(['read', 'write'])
export type Role = z.output<typeof roleSchema>

const callerSchema = z
  .object({
    kind: z.enum(['open', 'token', 'person', 'identity']).meta({
      description:
        '`open`: the console requires nothing. `token`: a console token. `person`: someone who signed in. `identity`: an access token of the identity provider.',
    }),
    level: levelSchema.meta({ description: 'What the caller may do; each level includes those before it.' }),
    name: text('The name of the person or console token, for display.', 'Anna Berg').optional(),
    issuer: text('The identity provider.').optional(),
    subject: text('The ID of the person at the identity provider.').optional(),
    session: text('The ID of the session.').optional(),
    expires: timestamp('The end of the session or access token.').optional(),
    authenticated: timestamp('The last authentication, as the identity provider reports it.').optional(),
    recent: flag('Whether the authentication is recent and strong enough for `destroy`.').optional(),
  })
  .meta({ id: 'Caller', description: 'The caller of the console.' })

const meSchema = z
  .object({
    signIn: flag('Whether people sign in with an identity provider.'),
    caller: callerSchema
      .optional()
      .meta({ description: 'Absent if the caller has to sign in or send a token.' }),
    faults: z.array(faultSchema).optional().meta({
      description: 'The active faults, for callers who may read: the console names them on every page.',
    }),
    docs: text(
      'The address of a page of the documentation of this version, with `{page}` for its name; absent if there is none.',
      '/docs/{page}.html',
    ).optional(),
  })
  .meta({ id: 'Me', description: 'Who calls the console, and what they may do.' })

export type Me = z.input<typeof meSchema>

export const callerOperations = describe('server', {
  getMe: everyone('GET /me', 'Show the caller', returns(meSchema, 'The caller.'), {
    description: 'Who the caller is, and what they may do. Also responds to callers that have not signed in.',
  }),
})

const sessionSchema = z
  .object({
    id: text('The ID of the session; not the value of its cookie.'),
    issuer: text('The identity provider.'),
    subject: text('The ID of the person at the identity provider.'),
    name: text('The name, for display.', 'Anna Berg').optional(),
    role: roleSchema,
    created: timestamp('The time of the sign-in.'),
    lastUsed: timestamp('The last request, to the minute.'),
    expires: timestamp('The end of the session; without requests it ends earlier.'),
    authenticated: timestamp('The last authentication, as the identity provider reports it.').optional(),
    current: flag('Whether it is the session of this request.'),
  })
  .meta({ id: 'Session', description: 'A session of a person who signed in to the console.' })

export type Session = z.input<typeof sessionSchema>

const endedSchema = z
  .object({ ended: z.int().meta({ description: 'The number of ended sessions.', example: 3 }) })
  .meta({ id: 'EndedSessions', description: 'The result of ending all sessions.' })

export const sessionOperations = describe('sessions', {
  listSessions: write(
    'GET /sessions',
    'List the sessions',
    pages(sessionSchema, 'The sessions, newest first.'),
  ),
  endSession: destroy(
    'DELETE /sessions/:session',
    'End a session',
    returnsNothing('The session has ended.'),
    { description: 'Its person has to sign in again.' },
  ),
  endSessions: destroy(
    'DELETE /sessions',
    'End all sessions',
    returns(endedSchema, 'The number of ended sessions.'),
    { description: 'All people have to sign in again, also the caller.' },
  ),
})
