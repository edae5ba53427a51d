import { wrongUse } from './cli-error.ts'

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
export function faultOf(options: FaultOptions): object {
  if (options.preset !== undefined) return presetOf(options, options.preset)
  const { name, times, tenant, method: methods, type, operation: operations, text, skip, every } = options
  return {
    name,
    times,
    match: { tenant, methods, type, operations, text, skip, every },
    effect: effectOf(options),
  }
}

function presetOf({ tenant, ...others }: FaultOptions, preset: string): object {
  if (Object.keys(others).length === 1) return { preset, tenant }
  throw wrongUse('A preset brings what it does: beside --preset there is only --tenant.')
}

function effectOf(options: FaultOptions): Effect {
  const effects = effectsIn(options)
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
function effectsIn(options: FaultOptions): readonly Effect[] {
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
