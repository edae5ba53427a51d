import type { Exchange } from './exchange.ts'
import { type Entry, isRecorded } from './record-layout.ts'
import { redactRecorded } from './redact-recorded.ts'

export type Summary = {
  readonly id: string
  readonly tenant: string | undefined
  readonly profile: string | undefined
  readonly method: string
  readonly status: number
  readonly microseconds: number
  readonly refusal: Exchange['refusal']
  readonly rule: string | undefined
  readonly hasFault: boolean
  /** The whole exchange. The first call takes some 30 microseconds. */
  readonly exchange: () => Exchange
}

export function summarize(entry: Entry): Summary {
  let exchange: Exchange | undefined
  return {
    id: entry.id,
    tenant: entry.tenant,
    profile: entry.profile,
    method: entry.method,
    status: entry.status,
    microseconds: entry.microseconds,
    refusal: entry.refusal,
    rule: entry.rule,
    hasFault: isRecorded(entry) ? entry.faultId !== undefined : entry.fault !== undefined,
    exchange() {
      exchange ??= isRecorded(entry) ? redactRecorded(entry) : entry
      return exchange
    },
  }
}

/** Calls listeners, none of which can fail the caller. */
export function createSubscriptions<Value>() {
  const listeners = new Set<(value: Value) => void>()
  return {
    subscribe(listener: (value: Value) => void): () => void {
      // A listener that subscribes twice is called twice, and each subscription ends on its own.
      const subscription = (value: Value) => listener(value)
      listeners.add(subscription)
      return () => {
        listeners.delete(subscription)
      }
    },
    publish(value: Value): void {
      for (const listener of listeners) {
        try {
          listener(value)
        } catch {}
      }
    },
    count: (): number => listeners.size,
  }
}

type LossOptions = {
  readonly bottleneck: 'disk' | 'database'
  readonly onLost: (error: unknown) => void
}

export function createLosses({ bottleneck, onLost }: LossOptions) {
  let lost = 0
  let leftOut = 0
  return {
    lose(error: unknown, count = 1): void {
      lost += count
      onLost(error)
    },
    leaveOut(waiting: number): void {
      lost++
      if (leftOut++ > 0) return
      onLost(
        new Error(
          `The journal can't be written as fast as requests arrive: ${waiting} are waiting. Further ones are missing from it until the ${bottleneck} has caught up.`,
        ),
      )
    },
    end(): void {
      if (leftOut === 0) return
      onLost(new Error(`The journal is written again; ${leftOut} requests are missing from it.`))
      leftOut = 0
    },
    count: (): number => lost,
  }
}
