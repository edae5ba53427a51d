import { type Command, Option } from 'commander'
import type {
  Fault,
  FaultActivation,
  FaultEffect,
  FaultMatch,
  FaultPreset,
} from '../../domain/contract/faults.ts'
import { wrongUse } from './cli-error.ts'
import { listingCommand, parseDuration, wholeNumber } from './options.ts'
import { formatCount, formatTime, printable } from './output.ts'
import { createSession } from './session.ts'
import { type Column, formatTable } from './table.ts'

/** The options of `faults on`. */
export type FaultOptions = {
  readonly preset?: string
  readonly name?: string
  readonly times?: number
  readonly status?: number
  readonly retryAfter?: number
  readonly detail?: string
  /** Milliseconds. */
  readonly delay?: number
  readonly reset?: Extract<FaultEffect, { kind: 'reset' }>['when']
  readonly truncate?: true
  readonly body?: string
  readonly mediaType?: string
  readonly tokenExpired?: true
  /** Seconds. */
  readonly tokenLifetime?: number
  readonly tenant?: string
  readonly api?: NonNullable<FaultMatch['api']>
  readonly method?: NonNullable<FaultMatch['methods']>
  readonly type?: string
  readonly operation?: NonNullable<FaultMatch['operations']>
  readonly text?: string
  readonly skip?: number
  readonly every?: number
}

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

/** The effects that the options name. `--body` with `--status` is one effect. */
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

/** `scimulator faults`: failures that are injected into responses. */
export function faultsCommand(faults: Command): void {
  listingCommand(faults, 'List active faults').action(listFaults)
  faults.command('presets').description('List presets of common faults').action(listPresets)
  addMatchOptions(addEffectOptions(faults.command('on')))
    .description('Turn on a fault')
    .option('--preset <id>', 'Preset, see `scimulator faults presets`')
    .option('--name <name>', 'Name of the fault')
    .addOption(countOption('--times <number>', 'Turn off after this many hits', 1))
    .action(turnOn)
  faults
    .command('off [id]')
    .description('Turn off a fault')
    .option('--all', 'Turn off all faults')
    .action(turnOff)
}

const addEffectOptions = (command: Command): Command =>
  command
    .addOption(
      countOption('--status <status>', 'Return this error, or the --body with this status', 200, 599),
    )
    .addOption(countOption('--retry-after <seconds>', 'Retry-After header, with --status', 0))
    .option('--detail <text>', 'Error detail, with --status')
    .option('--delay <duration>', 'Delay before the request is processed: 2s, 1m30s', parseDuration)
    .addOption(
      new Option('--reset <when>', 'Reset the connection before or after processing').choices([
        'before',
        'after',
      ]),
    )
    .option('--truncate', 'Send half of the response body')
    .option('--body <text>', 'Send this body instead of the response')
    .option('--media-type <type>', 'Media type of --body (default: application/scim+json)')
    .option('--token-expired', 'Reject the token as expired')
    .addOption(countOption('--token-lifetime <seconds>', 'Issue access tokens of this lifetime', 1, 86_400))

// Written again, because the contract's own lists would load zod; the compiler rejects missing and unknown words.
const apis: Readonly<Record<NonNullable<FaultMatch['api']>, true>> = {
  scim: true,
  'identity-store': true,
  'sso-admin': true,
  sts: true,
}
const operations: Readonly<Record<NonNullable<FaultMatch['operations']>[number], true>> = {
  create: true,
  read: true,
  list: true,
  replace: true,
  patch: true,
  delete: true,
  token: true,
}

const addMatchOptions = (command: Command): Command =>
  command
    .option('-t, --tenant <id>', 'Match requests to this tenant')
    .addOption(new Option('--api <api>', 'Match requests to this API').choices(Object.keys(apis)))
    .option('--method <methods...>', 'Match these methods', upperCase)
    .option('--type <type>', 'Match this resource type')
    .addOption(
      new Option('--operation <operations...>', 'Match these operations').choices(Object.keys(operations)),
    )
    .option('--text <text>', 'Match requests with this text in URL or body')
    .addOption(countOption('--skip <number>', 'Skip this many matching requests first', 0))
    .addOption(countOption('--every <number>', 'Affect every Nth matching request', 1))

const upperCase = (method: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  method.toUpperCase(),
]

const countOption = (flags: string, description: string, min: number, max = 1_000_000): Option =>
  new Option(flags, description).argParser(wholeNumber(min, max))

async function listFaults(_options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const faults = await api.call('GET /faults')
  const none = 'No active faults. Turn one on with `scimulator faults on`.\n'
  show(faults, faults.items.length === 0 ? none : formatTable(columns, faults.items))
}

async function listPresets(_options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const presets = await api.call('GET /faults/presets')
  show(presets, formatTable(presetColumns, presets.items))
}

async function turnOn(options: FaultOptions, command: Command): Promise<void> {
  const body = toFault(options)
  const { api, show } = createSession(command)
  const fault = await api.call('POST /faults', { body })
  show(fault, `Turned on ${fault.id}: ${printable(fault.summary)}.\n`)
}

async function turnOff(
  id: string | undefined,
  { all }: { readonly all?: true },
  command: Command,
): Promise<void> {
  if ((id === undefined) !== Boolean(all)) {
    throw wrongUse('Specify either the ID of a fault or --all.')
  }
  const { api, show } = createSession(command)
  if (id !== undefined) {
    show(await api.call('DELETE /faults/:fault', { params: { fault: id } }), `Turned off ${printable(id)}.\n`)
    return
  }
  const { items } = await api.call('GET /faults')
  show(await api.call('DELETE /faults'), `Turned off ${formatCount(items.length, 'fault')}.\n`)
}
