import { z } from 'zod'
import { levelSchema } from './console-tokens.ts'
import { describe, everyone, returns, timestamp } from './operation.ts'

export const roleSchema = z.enum(['read', 'write'])
export type Role = z.output<typeof roleSchema>

const callerSchema = z
  .object({
    kind: z.enum(['open', 'token', 'person', 'identity']).meta({
      description:
        '`open`: the console requires nothing. `token`: a console token. `person`: someone who signed in. `identity`: an access token of the identity provider.',
    }),
    level: levelSchema.meta({ description: 'What the caller may do; each level includes those before it.' }),
    name: z
      .string()
      .optional()
      .meta({ description: 'The name of the person or console token, for display.', example: 'Anna Berg' }),
    issuer: z.string().optional().meta({ description: 'The identity provider.' }),
    subject: z.string().optional().meta({ description: 'The ID of the person at the identity provider.' }),
    session: z.string().optional().meta({ description: 'The ID of the session.' }),
    expires: timestamp('The end of the session or access token.').optional(),
    authenticated: timestamp('The last authentication, as the identity provider reports it.').optional(),
    recent: z
      .boolean()
      .optional()
      .meta({ description: 'Whether the authentication is recent and strong enough for `destroy`.' }),
  })
  .meta({ id: 'Caller', description: 'The caller of the console.' })

const meSchema = z
  .object({
    signIn: z.boolean().meta({ description: 'Whether people sign in with an identity provider.' }),
    caller: callerSchema
      .optional()
      .meta({ description: 'Absent if the caller has to sign in or send a token.' }),
  })
  .meta({ id: 'Me', description: 'Who calls the console, and what they may do.' })

export type Me = z.input<typeof meSchema>

export const operations = describe('server', {
  getMe: everyone('GET /me', 'Show the caller', returns(meSchema, 'The caller.'), {
    description: 'Who the caller is, and what they may do. Also responds to callers that have not signed in.',
  }),
})
