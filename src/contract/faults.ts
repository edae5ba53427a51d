import { z } from 'zod'
import { listSchema, operation, timestamp } from './operation.ts'

const limits = { name: 100, text: 1000, detail: 1000, bodyBytes: 64 * 1024, minutes: 10 } as const

const integerBetween = (from: number, to: number) =>
  z
    .int(`Give a whole number from ${from} to ${to}.`)
    .min(from, `Give a whole number from ${from} to ${to}.`)
    .max(to, `Give a whole number from ${from} to ${to}.`)

const textUpTo = (length: number) =>
  z.string('Give a text.').max(length, `Give at most ${length} characters.`)
const nonEmpty = (length: number) => textUpTo(length).min(1, 'Leave it out, or give at least one character.')

export const faultMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export const faultOperations = ['create', 'read', 'list', 'replace', 'patch', 'delete'] as const

const listOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z
    .array(z.enum(words, `Give ${words.slice(0, -1).join(', ')} or ${words.at(-1)}.`), 'Give a list.')
    .min(1, 'Leave it out, or name at least one.')

const matchSchema = z
  .strictObject(
    {
      tenant: z.string('Give the id of a tenant.').optional().meta({
        description: 'The id of the tenant; every tenant when it is left out.',
        example: 'acme',
      }),
      methods: listOf(faultMethods).optional(),
      type: nonEmpty(limits.name).optional().meta({ description: 'A resource type.', example: 'User' }),
      operations: listOf(faultOperations).optional().meta({
        description: '`list` is every search and look-up by filter, `read` that of one resource by its id.',
      }),
      text: nonEmpty(limits.text).optional().meta({
        description: 'Part of the URL or of the body, in any case.',
        example: 'moe@springfield.example',
      }),
      skip: integerBetween(0, 1_000_000).optional().meta({
        description: 'Passes over so many of those that match first.',
      }),
      every: integerBetween(1, 1_000_000).optional().meta({
        description: 'Strikes only every so many-th one that matches.',
        example: 3,
      }),
    },
    // An unknown member is told by its name.
    {
      error: ({ code }) =>
        code === 'invalid_type'
          ? 'Give an object with "tenant", "methods", "type", "operations", "text", "skip" or "every".'
          : undefined,
    },
  )
  .meta({
    id: 'FaultMatch',
    description: 'Which requests are struck: those to which all that is given applies.',
  })

const status = (from: number) => integerBetween(from, 599)

/** A type and a subtype, and parameters such as `charset=utf-8`: nothing that could start another header. */
const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s?;\s?[\w!#$&^.+-]+=([\w!#$&^.+-]+|"[\x20!#-[\]-~]*"))*$/

const bodySchema = z
  .strictObject({
    kind: z.literal('body'),
    body: z
      .string('Give a text; an empty one for no body.')
      .refine(
        text => new TextEncoder().encode(text).length <= limits.bodyBytes,
        `Give at most ${limits.bodyBytes / 1024} KiB.`,
      )
      .meta({ example: '<h1>Sign in</h1>' }),
    mediaType: textUpTo(200)
      .regex(mediaType, 'Give a media type such as text/html; charset=utf-8.')
      .meta({ example: 'text/html' }),
    status: status(200).optional().meta({
      description: 'The status that it is sent with; that of what was done when it is left out.',
    }),
  })
  .refine(({ body, status = 200 }) => body === '' || ![204, 205, 304].includes(status), {
    path: ['status'],
    error: 'An answer with this status has no body: leave the body empty.',
  })
  .meta({
    title: 'body',
    description: 'The request is carried out, and something else is sent in place of its answer.',
  })

const effectFormatMessage =
  'Give an effect whose "kind" is status, delay, reset, truncate, body or token-expired.'

const effectSchema = z
  .discriminatedUnion(
    'kind',
    [
      z
        .strictObject({
          kind: z.literal('status'),
          status: status(400).meta({ example: 429 }),
          detail: nonEmpty(limits.detail).optional().meta({
            description: 'The text of the error; the name of the status when it is left out.',
          }),
          retryAfter: integerBetween(0, 86_400).optional().meta({
            description: 'Seconds, sent as `Retry-After`.',
            example: 30,
          }),
        })
        .meta({
          title: 'status',
          description: "An error in the words of the tenant's profile. The request is not carried out.",
        }),
      z
        .strictObject({
          kind: z.literal('delay'),
          milliseconds: integerBetween(1, limits.minutes * 60_000).meta({
            description: `Up to ${limits.minutes} minutes.`,
            example: 5000,
          }),
        })
        .meta({
          title: 'delay',
          description:
            'The request is carried out so much later, or as soon as its client has given up waiting.',
        }),
      z
        .strictObject({
          kind: z.literal('reset'),
          when: z.enum(['before', 'after'], 'Give before or after.').meta({
            description: '`before` anything is carried out, or `after`, so that the answer is lost.',
          }),
        })
        .meta({ title: 'reset', description: 'The connection is cut.' }),
      z.strictObject({ kind: z.literal('truncate') }).meta({
        title: 'truncate',
        description:
          'The request is carried out, and half of the body of its answer sent: JSON that ends in the middle.',
      }),
      bodySchema,
      z.strictObject({ kind: z.literal('token-expired') }).meta({
        title: 'token-expired',
        description: 'The request is refused as with a token that has expired.',
      }),
    ],
    effectFormatMessage,
  )
  .meta({ id: 'FaultEffect', description: 'What becomes of the answer.' })

const name = nonEmpty(limits.name).optional().meta({ description: 'What people call it.' })
const times = integerBetween(1, 1_000_000).optional().meta({
  description: 'Disarms itself after so many strikes; stays armed when it is left out.',
})

const newFaultSchema = z
  .strictObject({ name, match: matchSchema, effect: effectSchema, times })
  .meta({ id: 'NewFault', description: 'A fault to be armed.' })

export type NewFault = z.output<typeof newFaultSchema>
export type FaultMatch = NewFault['match']
export type FaultEffect = NewFault['effect']

const presetId = z.string('Give the id of a preset.').meta({
  description: 'The id of a preset; it brings a name, a match and an effect of its own.',
  example: 'throttled',
})

/** A fault in its parts, or a preset and perhaps its tenant. */
const activateFaultSchema = z
  .strictObject({
    preset: presetId.optional(),
    tenant: z.string('Give the id of a tenant.').optional().meta({
      description: 'With a preset: the id of the tenant; every tenant when it is left out.',
      example: 'acme',
    }),
    name,
    match: matchSchema.optional().meta({ description: 'Every request when it is left out.' }),
    effect: effectSchema.optional(),
    times,
  })
  .superRefine(({ preset, tenant, ...parts }, context) => {
    const mistake = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (preset === undefined) {
      if (parts.effect === undefined) mistake('effect', `${effectFormatMessage} Or name a "preset".`)
      if (tenant !== undefined) mistake('tenant', 'Give it as "tenant" within "match".')
      return
    }
    for (const [part, value] of Object.entries(parts)) {
      if (value !== undefined) mistake(part, `A preset brings its own: leave "${part}" out.`)
    }
  })
  .meta({
    description: 'A fault of your own, or a preset.',
    examples: [
      { preset: 'throttled', tenant: 'acme' },
      {
        match: { type: 'User', operations: ['create'], every: 2 },
        effect: { kind: 'status', status: 500 },
        times: 3,
      },
    ],
  })

export type FaultActivation = z.output<typeof activateFaultSchema>

const faultSchema = newFaultSchema
  .extend({
    id: z.string(),
    words: z.string().meta({
      description: 'What it does.',
      example: 'every 3rd POST, PUT, PATCH or DELETE: 429, Retry-After 30',
    }),
    armed: timestamp("When it was armed, by the machine's clock."),
    hits: z.int().nonnegative().meta({ description: 'The answers that it has spoiled.' }),
    lastHit: timestamp('When it last struck.').optional(),
    left: z.int().nonnegative().optional().meta({
      description: 'The strikes after which it disarms itself.',
    }),
  })
  .meta({ id: 'Fault', description: 'A fault that is armed.' })

export type Fault = z.output<typeof faultSchema>

const presetSchema = z
  .object({
    id: z.string().meta({ example: 'throttled' }),
    name: z.string().meta({ example: 'Throttled' }),
    description: z.string().meta({ description: 'What happens, and what a client should make of it.' }),
    fault: newFaultSchema,
  })
  .meta({ id: 'FaultPreset', description: 'A fault that clients meet in real life.' })

export type FaultPreset = z.output<typeof presetSchema>

export const operations = {
  listFaults: operation({
    method: 'GET',
    path: '/faults',
    summary: 'List the faults that are armed',
    description: 'In the order in which they are asked: the first whose turn it is strikes.',
    tags: ['faults'],
    response: { status: 200, description: 'The faults.', schema: listSchema(faultSchema) },
    problems: [],
  }),
  listFaultPresets: operation({
    method: 'GET',
    path: '/faults/presets',
    summary: 'List faults that clients meet in real life',
    tags: ['faults'],
    response: { status: 200, description: 'The presets.', schema: listSchema(presetSchema) },
    problems: [],
  }),
  armFault: operation({
    method: 'POST',
    path: '/faults',
    summary: 'Spoil answers on purpose',
    description:
      'Takes effect with the next request. Faults are held in memory: a start of the server begins with none.',
    tags: ['faults'],
    body: activateFaultSchema,
    response: { status: 201, description: 'The fault, armed.', schema: faultSchema },
    problems: [400, 409, 413, 415],
  }),
  disarmFault: operation({
    method: 'DELETE',
    path: '/faults/:fault',
    summary: 'Disarm a fault',
    tags: ['faults'],
    params: z.object({ fault: z.string().meta({ description: 'The id of the fault.' }) }),
    response: { status: 204, description: 'It strikes no more.' },
    problems: [404],
  }),
  disarmFaults: operation({
    method: 'DELETE',
    path: '/faults',
    summary: 'Disarm every fault',
    tags: ['faults'],
    response: { status: 204, description: 'Nothing is spoiled any more.' },
    problems: [],
  }),
}
