import { hash } from 'node:crypto'
import type { Connection, DatabaseLocation } from '../connection.ts'
import { openConnection } from '../connection.ts'
import { prepared } from '../statement.ts'
import type { Statements } from './statements.ts'

/**
 * Notifications that make the other instances look for news at once, instead of at the next interval. They carry nothing,
 * and any of them may be lost.
 */
export type Hints = {
  send(): void
  close(): Promise<void>
}

type HintsOptions = {
  readonly location: DatabaseLocation
  /** Sends the notifications. Not inside transactions that write: their commits would wait for each other. */
  readonly statements: Statements
  /** False for poolers that do not pass notifications on. */
  readonly isListening: boolean
  readonly onHint: () => void
}

/** Milliseconds between two hints of an instance: at most 20 per second. */
const interval = 50
/** Milliseconds until the connection is opened again after it was lost. */
const retryDelay = 500

/** One channel for each schema, with a name that needs no quotes and fits in an identifier. */
const channelOf = ({ schema = 'public' }: DatabaseLocation) =>
  `scimulator_${hash('sha256', schema, 'hex').slice(0, 16)}`

const notify = prepared(`select pg_notify($1, '')`)

export function createHints({ location, statements, isListening, onHint }: HintsOptions): Hints {
  const channel = channelOf(location)
  const stopListening = isListening ? listen(location, channel, onHint) : async () => {}
  let timer: NodeJS.Timeout | undefined
  let isWaiting = false

  const sendNow = () => {
    isWaiting = false
    // A lost hint delays the others until they poll.
    statements.query(notify, [channel]).catch(() => {})
    timer = setTimeout(() => {
      timer = undefined
      if (isWaiting) sendNow()
    }, interval)
    timer.unref()
  }

  return {
    send() {
      if (timer) isWaiting = true
      else sendNow()
    },
    async close() {
      clearTimeout(timer)
      await stopListening()
    },
  }
}

/** Listens on a connection of its own, which is opened again whenever it is lost. */
function listen(location: DatabaseLocation, channel: string, onHint: () => void): () => Promise<void> {
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  let current: Promise<void> | undefined
  let connection: Connection | undefined

  const retry = () => {
    connection = undefined
    if (isClosed) return
    clearTimeout(timer)
    timer = setTimeout(start, retryDelay)
    timer.unref()
  }
  const open = async () => {
    try {
      connection = await openConnection(location, { onNotification: onHint, onEnd: retry })
      await connection.execute(`listen ${channel}`)
      // There may have been hints before.
      onHint()
    } catch {
      await connection?.close().catch(() => {})
      retry()
    }
  }
  const start = () => {
    current = open()
  }

  start()
  return async () => {
    isClosed = true
    clearTimeout(timer)
    await current
    await connection?.close()
  }
}
