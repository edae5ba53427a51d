import type {
  Fault,
  FaultActivation,
  FaultEffect,
  FaultMatch,
  FaultPreset,
} from '../../domain/contract/faults.ts'
import { faultApis, faultOperations } from '../../domain/faults/choices.ts'
import { wrongUse } from './cli-error.ts'
import { does, noun, runs, table } from './noun.ts'
import {
  choice,
  choices,
  count,
  milliseconds,
  tenantFlag,
  text,
  toggle,
  type Values,
  value,
} from './options.ts'
import { formatCount, formatTime, printable } from './output.ts'
import { type Column, formatTable } from './table.ts'

type Methods = NonNullable<FaultMatch['methods']>

/** The API rejects unknown methods. */
const addMethod = (method: string, previous: Methods = []): Methods => [
  ...previous,
  method.toUpperCase() as Methods[number],
]

const flags = {
  status: count('status', 'Return this error, or the --body with this status', 200, 599),
  retryAfter: count('seconds', 'Retry-After header, with --status', 0),
  detail: text('text', 'Error detail, with --status'),
  delay: milliseconds('Delay before the request is processed: 2s, 1m30s'),
  reset: choice(['before', 'after'], 'Reset the connection before or after processing', 'when'),
  truncate: toggle('Send half of the response body'),
  body: text('text', 'Send this body instead of the response'),
  mediaType: text('type', 'Media type of --body (default: application/scim+json)'),
  tokenExpired: toggle('Reject the token as expired'),
  tokenLifetime: count('seconds', 'Issue access tokens of this lifetime', 1, 86_400),
  tenant: tenantFlag('Match requests to this tenant'),
  api: choice(faultApis, 'Match requests to this API'),
  method: value('methods...', 'Match these methods', addMethod),
  type: text('type', 'Match this resource type'),
  operation: choices(faultOperations, 'operations', 'Match these operations'),
  text: text('text', 'Match requests with this text in URL or body'),
  skip: count('number', 'Skip this many matching requests first', 0),
  every: count('number', 'Affect every Nth matching request', 1),
  preset: text('id', 'Preset, see `scimulator faults presets`'),
  name: text('name', 'Name of the fault'),
  times: count('number', 'Turn off after this many hits', 1),
}

export type FaultOptions = Partial<Values<typeof flags>>

/** The fault for the API, which validates it. Throws a CliError for options that cannot be combined. */
export function toFault(options: FaultOptions): FaultActivation {
  if (options.preset !== undefined) return toPreset(options, options.preset)
  const {
    name,
    times,
    tenant,
    api,
    method: methods,
    type,
    operation: operations,
    text,
    skip,
    every,
  } = options
  return {
    name,
    times,
    match: { tenant, api, methods, type, operations, text, skip, every },
    effect: toEffect(options),
  }
}

function toPreset({ tenant, ...others }: FaultOptions, preset: string): FaultActivation {
  if (Object.keys(others).length === 1) return { preset, tenant }
  throw wrongUse('Use --preset with no other option than --tenant.')
}

function toEffect(options: FaultOptions): FaultEffect {
  const effects = listEffects(options)
  const [effect, ...others] = effects
  if (!effect || others.length > 0) {
    throw wrongUse(
      'Use exactly one of --preset, --status, --delay, --reset, --truncate, --body, --token-expired and --token-lifetime.',
    )
  }
  const { retryAfter, detail, mediaType } = options
  if (effect.kind !== 'status' && (retryAfter !== undefined || detail !== undefined)) {
    throw wrongUse('Use --retry-after and --detail with --status only, and without --body.')
  }
  if (effect.kind !== 'body' && mediaType !== undefined) throw wrongUse('Use --media-type with --body only.')
  return effect
}

function listEffects(options: FaultOptions): readonly FaultEffect[] {
  const { status, retryAfter, detail, delay, reset, truncate, body, mediaType, tokenExpired, tokenLifetime } =
    options
  const effects: FaultEffect[] = []
  if (body !== undefined)
    effects.push({ kind: 'body', body, mediaType: mediaType ?? 'application/scim+json', status })
  else if (status !== undefined) effects.push({ kind: 'status', status, retryAfter, detail })
  if (delay !== undefined) effects.push({ kind: 'delay', milliseconds: delay })
  if (reset !== undefined) effects.push({ kind: 'reset', when: reset })
  if (truncate) effects.push({ kind: 'truncate' })
  if (tokenExpired) effects.push({ kind: 'token-expired' })
  if (tokenLifetime !== undefined) effects.push({ kind: 'token-lifetime', seconds: tokenLifetime })
  return effects
}

const columns: readonly Column<Fault>[] = [
  { name: 'fault', of: ({ id }) => id },
  { name: 'name', of: ({ name }) => name },
  { name: 'effect', of: ({ summary }) => summary },
  { name: 'hits', of: ({ hits }) => hits },
  { name: 'remaining', of: ({ remaining }) => remaining ?? 'no limit' },
  { name: 'last hit', of: ({ lastHit }) => (lastHit === undefined ? 'never' : formatTime(lastHit)) },
]

const presetColumns: readonly Column<FaultPreset>[] = [
  { name: 'preset', of: ({ id }) => id },
  { name: 'description', of: ({ description }) => description },
]

export const faults = noun([
  runs('list', 'GET /faults', 'List active faults', {
    shows: table(columns, 'No active faults. Turn one on with `scimulator faults on`.'),
  }),
  runs('presets', 'GET /faults/presets', 'List presets of common faults', {
    shows: ({ items }, _, layout) => formatTable(presetColumns, items, layout),
  }),
  runs('on', 'POST /faults', 'Turn on a fault', {
    flags,
    sends: toFault,
    shows: ({ id, summary }) => `Turned on ${id}: ${printable(summary)}.\n`,
  }),
  does(
    'off [id]',
    'Turn off a fault',
    { flags: { all: toggle('Turn off all faults') } },
    async ({ id, all }, { api, show }) => {
      if ((id === undefined) !== Boolean(all)) throw wrongUse('Specify either the ID of a fault or --all.')
      if (id !== undefined) {
        const off = await api.call('DELETE /faults/:fault', { params: { fault: id } })
        return show(off, `Turned off ${printable(id)}.\n`)
      }
      const { items } = await api.call('GET /faults')
      show(await api.call('DELETE /faults'), `Turned off ${formatCount(items.length, 'fault')}.\n`)
    },
  ),
])
