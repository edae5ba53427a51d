import * as z from 'zod'
import { faultApis, faultMethods, faultOperations } from '../faults/choices.ts'
import { count, creates, describe, lists, read, returnsNothing, timestamp, write } from './operation.ts'

const limits = { name: 100, text: 1000, detail: 1000, bodyBytes: 64 * 1024, minutes: 10 } as const

const integerBetween = (from: number, to: number) =>
  z
    .int(`Expected a whole number from ${from} to ${to}.`)
    .min(from, `Expected a whole number from ${from} to ${to}.`)
    .max(to, `Expected a whole number from ${from} to ${to}.`)

const textUpTo = (length: number) =>
  z.string('Expected a string.').max(length, `Must have at most ${length} characters.`)
const nonEmpty = (length: number) => textUpTo(length).min(1, 'Must not be empty; omit it instead.')

const listOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z
    .array(z.enum(words, `Expected ${words.slice(0, -1).join(', ')} or ${words.at(-1)}.`), 'Expected a list.')
    .min(1, 'Must not be empty; omit it instead.')

const matchSchema = z
  .strictObject(
    {
      tenant: z.string('Expected the ID of a tenant.').optional().meta({
        description: 'The ID of the tenant; every tenant if omitted.',
        example: 'acme',
      }),
      api: z
        .enum(faultApis, `Expected ${faultApis.slice(0, -1).join(', ')} or ${faultApis.at(-1)}.`)
        .optional()
        .meta({
          description: 'The API that the request is sent to; any if omitted.',
          example: 'identity-store',
        }),
      methods: listOf(faultMethods).optional(),
      type: nonEmpty(limits.name).optional().meta({ description: 'A resource type.', example: 'User' }),
      operations: listOf(faultOperations).optional().meta({
        description:
          '`list`: searches and filters. `read`: one resource by its ID. `token`: requests to the token endpoint, which `methods` alone does not match.',
      }),
      text: nonEmpty(limits.text).optional().meta({
        description: 'Text in the URL or the body, in any case.',
        example: 'moe@springfield.example',
      }),
      skip: integerBetween(0, 1_000_000).optional().meta({
        description: 'Skips the first N matching requests.',
      }),
      every: integerBetween(1, 1_000_000).optional().meta({
        description: 'Applies to every Nth matching request.',
        example: 3,
      }),
    },
    {
      error: ({ code }) =>
        code === 'invalid_type'
          ? 'Expected an object with "tenant", "api", "methods", "type", "operations", "text", "skip" or "every".'
          : undefined,
    },
  )
  .meta({
    id: 'FaultMatch',
    description: 'The requests that the fault applies to; all given conditions must match.',
  })

const status = (from: number) => integerBetween(from, 599)

/** A type and a subtype, and parameters such as `charset=utf-8`: nothing that could start another header. */
const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s?;\s?[\w!#$&^.+-]+=([\w!#$&^.+-]+|"[\x20!#-[\]-~]*"))*$/

const bodySchema = z
  .strictObject({
    kind: z.literal('body'),
    body: z
      .string('Expected a string, empty for no body.')
      .refine(
        text => new TextEncoder().encode(text).length <= limits.bodyBytes,
        `Must be at most ${limits.bodyBytes / 1024} KiB.`,
      )
      .meta({ example: '<h1>Sign in</h1>' }),
    mediaType: textUpTo(200)
      .regex(mediaType, 'Expected a media type such as text/html; charset=utf-8.')
      .meta({ example: 'text/html' }),
    status: status(200).optional().meta({
      description: 'The status of the response; the actual status if omitted.',
    }),
  })
  .refine(({ body, status = 200 }) => body === '' || ![204, 205, 304].includes(status), {
    path: ['status'],
    error: 'A response with this status has no body: leave the body empty.',
  })
  .meta({
    title: 'body',
    description: 'The request is processed, and its response is replaced.',
  })

const effectFormatMessage =
  'Expected an effect whose "kind" is status, delay, reset, truncate, body, token-expired or token-lifetime.'

const effectSchema = z
  .discriminatedUnion(
    'kind',
    [
      z
        .strictObject({
          kind: z.literal('status'),
          status: status(400).meta({ example: 429 }),
          detail: nonEmpty(limits.detail).optional().meta({
            description: 'The detail of the error; the name of the status if omitted.',
          }),
          retryAfter: integerBetween(0, 86_400).optional().meta({
            description: 'Seconds, sent as `Retry-After`.',
            example: 30,
          }),
        })
        .meta({
          title: 'status',
          description: "An error in the format of the tenant's profile. The request is not processed.",
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
          description: 'The request is processed after the delay, or as soon as its client disconnects.',
        }),
      z
        .strictObject({
          kind: z.literal('reset'),
          when: z.enum(['before', 'after'], 'Expected before or after.').meta({
            description: '`before` the request is processed, or `after`, so that its response is lost.',
          }),
        })
        .meta({ title: 'reset', description: 'The connection is closed.' }),
      z.strictObject({ kind: z.literal('truncate') }).meta({
        title: 'truncate',
        description:
          'The request is processed, and half of the body of its response is sent: truncated JSON.',
      }),
      bodySchema,
      z.strictObject({ kind: z.literal('token-expired') }).meta({
        title: 'token-expired',
        description:
          'The request is rejected as with an expired token; one to the token endpoint as with an expired secret.',
      }),
      z
        .strictObject({
          kind: z.literal('token-lifetime'),
          seconds: integerBetween(1, 86_400).meta({ example: 1 }),
        })
        .meta({
          title: 'token-lifetime',
          description:
            'The token endpoint issues an access token that is valid for this many seconds. Other requests are processed as usual.',
        }),
    ],
    effectFormatMessage,
  )
  .meta({ id: 'FaultEffect', description: 'What happens to the response.' })

const name = nonEmpty(limits.name).optional().meta({ description: 'The display name.' })
const times = integerBetween(1, 1_000_000).optional().meta({
  description: 'Turns off after N hits; never if omitted.',
})

const newFaultSchema = z
  .strictObject({ name, match: matchSchema, effect: effectSchema, times })
  .meta({ id: 'NewFault', description: 'A fault to turn on.' })

export type NewFault = z.output<typeof newFaultSchema>
export type FaultMatch = NewFault['match']
export type FaultEffect = NewFault['effect']

const presetId = z.string('Expected the ID of a preset.').meta({
  description: 'The ID of a preset, which has a name, a match and an effect.',
  example: 'throttled',
})

const activateFaultSchema = z
  .strictObject({
    preset: presetId.optional(),
    tenant: z.string('Expected the ID of a tenant.').optional().meta({
      description: 'With a preset: the ID of the tenant; every tenant if omitted.',
      example: 'acme',
    }),
    name,
    match: matchSchema.optional().meta({ description: 'Every request if omitted.' }),
    effect: effectSchema.optional(),
    times,
  })
  .superRefine(({ preset, tenant, ...parts }, context) => {
    const mistake = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (preset === undefined) {
      if (parts.effect === undefined) mistake('effect', `${effectFormatMessage} Or set "preset".`)
      if (tenant !== undefined) mistake('tenant', 'Set "tenant" in "match" instead.')
      return
    }
    for (const [part, value] of Object.entries(parts)) {
      if (value !== undefined) mistake(part, `A preset defines "${part}": omit it.`)
    }
  })
  .meta({
    description: 'A custom fault, or a preset.',
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

export const faultSchema = newFaultSchema
  .extend({
    id: z.string(),
    summary: z.string().meta({
      description: 'What it does, as text.',
      example: 'every 3rd POST, PUT, PATCH or DELETE: 429, Retry-After 30',
    }),
    activeSince: timestamp('The time when it was turned on, in real time.'),
    hits: count('The number of affected requests.'),
    lastHit: timestamp('The time of its last hit.').optional(),
    remaining: count('The remaining hits before it turns off.').optional(),
  })
  .meta({ id: 'Fault', description: 'An active fault.' })

export type Fault = z.input<typeof faultSchema>

const presetSchema = z
  .object({
    id: z.string().meta({ example: 'throttled' }),
    name: z.string().meta({ example: 'Throttled' }),
    description: z.string().meta({ description: 'What happens, and how a client should react.' }),
    fault: newFaultSchema,
  })
  .meta({ id: 'FaultPreset', description: 'A common failure as a fault.' })

export type FaultPreset = z.output<typeof presetSchema>

export const operations = describe('faults', {
  listFaults: read('GET /faults', 'List the active faults', lists(faultSchema, 'The faults.'), {
    description: 'In the order in which they apply: the first matching fault is injected.',
  }),
  listFaultPresets: read(
    'GET /faults/presets',
    'List the presets for faults',
    lists(presetSchema, 'The presets.'),
  ),
  createFault: write('POST /faults', 'Turn on a fault', creates(faultSchema, 'The active fault.'), {
    description: 'Takes effect with the next request. With SQLite, a restart turns faults off.',
    body: activateFaultSchema,
    also: [409],
  }),
  deleteFault: write('DELETE /faults/:fault', 'Turn off a fault', returnsNothing('The fault is turned off.')),
  deleteFaults: write('DELETE /faults', 'Turn off all faults', returnsNothing('All faults are turned off.')),
})
