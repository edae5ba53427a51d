import { type Command, InvalidArgumentError, Option } from 'commander'
import { apiPath } from './api-client.ts'
import { wrongUse } from './cli-error.ts'
import { listingCommand, parseDuration } from './options.ts'
import { type Column, formatCount, formatTable, formatTime, printable } from './output.ts'
import { createSession } from './session.ts'

/** What the flags of `faults arm` say. */
export type FaultOptions = {
  readonly preset?: string
  readonly name?: string
  readonly times?: number
  readonly status?: number
  readonly retryAfter?: number
  readonly detail?: string
  /** Milliseconds. */
  readonly delay?: number
  readonly reset?: string
  readonly truncate?: true
  readonly body?: string
  readonly mediaType?: string
  readonly tokenExpired?: true
  readonly tenant?: string
  readonly method?: readonly string[]
  readonly type?: string
  readonly operation?: readonly string[]
  readonly text?: string
  readonly skip?: number
  readonly every?: number
}

type Effect = Readonly<Record<string, string | number | undefined>>

/** The fault for the console's API to check; flags that contradict each other are wrong use. */
export function toFault(options: FaultOptions): object {
  if (options.preset !== undefined) return toPreset(options, options.preset)
  const { name, times, tenant, method: methods, type, operation: operations, text, skip, every } = options
  return {
    name,
    times,
    match: { tenant, methods, type, operations, text, skip, every },
    effect: toEffect(options),
  }
}

function toPreset({ tenant, ...others }: FaultOptions, preset: string): object {
  if (Object.keys(others).length === 1) return { preset, tenant }
  throw wrongUse('A preset brings what it does: beside --preset there is only --tenant.')
}

function toEffect(options: FaultOptions): Effect {
  const effects = listEffects(options)
  const [effect, ...others] = effects
  if (!effect || others.length > 0) {
    throw wrongUse(
      'Say what is to happen by one of --preset, --status, --delay, --reset, --truncate, --body and --token-expired.',
    )
  }
  const { retryAfter, detail, mediaType } = options
  if (effect.kind !== 'status' && (retryAfter !== undefined || detail !== undefined)) {
    throw wrongUse('--retry-after and --detail go with --status, and without --body.')
  }
  if (effect.kind !== 'body' && mediaType !== undefined) throw wrongUse('--media-type goes with --body.')
  return effect
}

/** A status goes with a body, too. */
function listEffects(options: FaultOptions): readonly Effect[] {
  const { status, retryAfter, detail, delay, reset, truncate, body, mediaType, tokenExpired } = options
  return [
    ...(body === undefined
      ? []
      : [{ kind: 'body', body, mediaType: mediaType ?? 'application/scim+json', status }]),
    ...(status === undefined || body !== undefined ? [] : [{ kind: 'status', status, retryAfter, detail }]),
    ...(delay === undefined ? [] : [{ kind: 'delay', milliseconds: delay }]),
    ...(reset === undefined ? [] : [{ kind: 'reset', when: reset }]),
    ...(truncate ? [{ kind: 'truncate' }] : []),
    ...(tokenExpired ? [{ kind: 'token-expired' }] : []),
  ]
}

type FaultAnswer = {
  readonly id: string
  readonly name?: string
  readonly words: string
  readonly armed: string
  readonly hits: number
  readonly lastHit?: string
  readonly left?: number
}
type PresetAnswer = { readonly id: string; readonly name: string; readonly description: string }
type Items<Item> = { readonly items: readonly Item[] }

const columns: readonly Column<FaultAnswer>[] = [
  { name: 'fault', of: ({ id }) => id },
  { name: 'name', of: ({ name }) => name },
  { name: 'does', of: ({ words }) => words },
  { name: 'struck', of: ({ hits }) => hits },
  { name: 'left', of: ({ left }) => left },
  { name: 'last strike', of: ({ lastHit }) => formatTime(lastHit) },
]

const presetColumns: readonly Column<PresetAnswer>[] = [
  { name: 'preset', of: ({ id }) => id },
  { name: 'what happens', of: ({ description }) => description },
]

/** `scimulator faults`: answers that are spoiled on purpose. */
export function faultsCommand(program: Command): void {
  const faults = program.command('faults').description('spoil answers on purpose')
  listingCommand(faults, 'list the faults that are armed').action(listFaults)
  faults.command('presets').description('list faults that clients meet in real life').action(listPresets)
  addMatchOptions(addEffectOptions(faults.command('arm')))
    .description('spoil answers from the next request on')
    .option('--preset <id>', 'one of `scimulator faults presets`, with what it brings')
    .option('--name <name>', 'what you call it')
    .addOption(count('--times <number>', 'disarm it after so many strikes', 1))
    .action(arm)
  faults
    .command('disarm [fault]')
    .description('disarm a fault')
    .option('--all', 'every one of them')
    .action(disarm)
}

const addEffectOptions = (command: Command): Command =>
  command
    .addOption(
      count('--status <status>', 'answer with this error instead; with --body, send it so', 200, 599),
    )
    .addOption(count('--retry-after <seconds>', 'with --status: when to try again', 0))
    .option('--detail <text>', 'with --status: the text of the error')
    .option('--delay <duration>', 'carry out the request so much later: 2s, 1m30s', parseDuration)
    .addOption(
      new Option('--reset <when>', 'cut the connection before or after carrying out').choices([
        'before',
        'after',
      ]),
    )
    .option('--truncate', 'send half of the body of the answer')
    .option('--body <text>', 'send this in place of the answer')
    .option('--media-type <type>', 'with --body: its media type; application/scim+json by default')
    .option('--token-expired', 'refuse as with a token that has expired')

const addMatchOptions = (command: Command): Command =>
  command
    .option('-t, --tenant <id>', 'requests to this tenant only')
    .option('--method <methods...>', 'requests with these methods only', upperCase)
    .option('--type <type>', 'requests about this resource type only')
    .addOption(
      new Option('--operation <operations...>', 'these operations only').choices([
        'create',
        'read',
        'list',
        'replace',
        'patch',
        'delete',
      ]),
    )
    .option('--text <text>', 'requests with this in URL or body only')
    .addOption(count('--skip <number>', 'pass over so many of them first', 0))
    .addOption(count('--every <number>', 'strike only every so many-th of them', 1))

const upperCase = (method: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  method.toUpperCase(),
]

const count = (flags: string, description: string, from: number, to = 1_000_000): Option =>
  new Option(flags, description).argParser(text => {
    const number = Number(text)
    if (/^\d{1,7}$/.test(text) && number >= from && number <= to) return number
    throw new InvalidArgumentError(`Give a whole number from ${from} to ${to}.`)
  })

async function listFaults(_options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const answer = await api.get<Items<FaultAnswer>>(apiPath('faults'))
  const none = 'No fault is armed: `scimulator faults arm` arms one.\n'
  show(answer, answer.items.length === 0 ? none : formatTable(columns, answer.items))
}

async function listPresets(_options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const answer = await api.get<Items<PresetAnswer>>(apiPath('faults', 'presets'))
  show(answer, formatTable(presetColumns, answer.items))
}

async function arm(options: FaultOptions, command: Command): Promise<void> {
  const body = toFault(options)
  const { api, show } = createSession(command)
  const fault = await api.post<FaultAnswer>(apiPath('faults'), { body })
  show(fault, `Armed ${fault.id}: ${printable(fault.words)}.\n`)
}

async function disarm(
  id: string | undefined,
  { all }: { readonly all?: true },
  command: Command,
): Promise<void> {
  if ((id === undefined) !== Boolean(all)) {
    throw wrongUse('Name the fault to disarm, or give --all: one of the two.')
  }
  const { api, show } = createSession(command)
  if (id !== undefined) {
    show(await api.delete(apiPath('faults', id)), `Disarmed ${printable(id)}.\n`)
    return
  }
  const { items } = await api.get<Items<FaultAnswer>>(apiPath('faults'))
  show(await api.delete(apiPath('faults')), `Disarmed ${formatCount(items.length, 'fault')}.\n`)
}
