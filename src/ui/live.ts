import { signal } from '@preact/signals'
import { toRequest } from '../domain/contract/client.ts'
import { readEvents } from '../domain/contract/event-stream.ts'
import type { LiveEventData } from '../domain/contract/events.ts'
import { authorization, toProblem } from './api.ts'

/** State of the event stream. `paused`: closed while the tab is hidden. `rejected`: the person has to sign in first. */
export const liveStatus = signal<'connecting' | 'live' | 'reconnecting' | 'paused' | 'rejected'>('connecting')

/** When the connection was lost; undefined while the server is there. */
export const offlineSince = signal<Date | undefined>(undefined)

/** The data of each kind of event. `restart`: events may have been missed, so the page must reload its data. */
type LiveEvents = Omit<LiveEventData, 'gap'> & { readonly restart: object }

export type LiveKind = keyof LiveEvents

type Listener = (data: never) => void
const listeners = new Map<string, Set<Listener>>()

/** Events are from `/api/v1/events`. Returns a function that removes the listener. */
export function onLive<Kind extends LiveKind>(
  kind: Kind,
  listener: (data: LiveEvents[Kind]) => void,
): () => void {
  const set = listeners.get(kind) ?? new Set()
  listeners.set(kind, set.add(listener))
  return () => void set.delete(listener)
}

const dispatch = (kind: string, data: unknown) => {
  for (const listener of listeners.get(kind) ?? []) listener(data as never)
}

let search = ''
let lastId = ''
let stop = new AbortController()
let started = false

/** Limits `exchange` events to those that match a search; other events are not filtered. */
export function watch(newSearch: string): void {
  if (started && newSearch === search) return
  search = newSearch
  lastId = ''
  openStream()
}

export function startLive(): void {
  if (!started) openStream()
}

export function stopLive(): void {
  started = false
  stop.abort()
}

function openStream(): void {
  started = true
  stop.abort()
  stop = new AbortController()
  void follow(stop.signal)
}

const firstDelay = 500
const maxDelay = 8000
const connectTimeout = 40_000

// A browser has few connections per host, and each tab holds one: hidden tabs release theirs, but for one.
const hiddenTimeout = 30_000

async function follow(stopped: AbortSignal): Promise<void> {
  let delay = firstDelay
  for (let isReconnect = false; !stopped.aborted && liveStatus.value !== 'rejected'; isReconnect = true) {
    if (isReconnect) {
      if (liveStatus.value !== 'paused') {
        liveStatus.value = 'reconnecting'
        offlineSince.value ??= new Date()
      }
      await wait(delay, stopped)
      delay = Math.min(delay * 2, maxDelay)
    }
    if (stopped.aborted) return
    await connect(stopped, isReconnect, () => {
      delay = firstDelay
    }).catch(() => {})
  }
}

async function connect(stopped: AbortSignal, isReconnect: boolean, onOpen: () => void): Promise<void> {
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), connectTimeout)
  const { path } = toRequest('GET /events', { query: { q: search || undefined } })
  const response = await fetch(path, {
    headers: { ...authorization(), ...(lastId !== '' && { 'last-event-id': lastId }) },
    signal: AbortSignal.any([stopped, timeout.signal]),
  }).finally(() => clearTimeout(timer))
  if (response.status === 401) {
    liveStatus.value = 'rejected'
    await toProblem(response)
  }
  if (!response.ok || !response.body) return
  onOpen()
  liveStatus.value = 'live'
  offlineSince.value = undefined
  // The server only repeats missed events after a known event id.
  if (isReconnect && lastId === '') dispatch('restart', {})
  for await (const { event, id, data } of readEvents(response.body)) {
    if (id !== undefined) lastId = id
    if (event === 'gap') dispatch('restart', {})
    if (event !== undefined) dispatch(event, JSON.parse(data))
  }
}

const wait = (milliseconds: number, stopped: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds)
    stopped.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })

let hiddenTimer: ReturnType<typeof setTimeout> | undefined
let release = () => {}

document.addEventListener('visibilitychange', () => {
  clearTimeout(hiddenTimer)
  release()
  if (document.visibilityState === 'visible') {
    if (liveStatus.value === 'paused') openStream()
    return
  }
  hiddenTimer = setTimeout(() => void releaseUnlessFirst(), hiddenTimeout)
})

/** The first hidden tab of the browser stays connected until it is visible. Others, and insecure pages, pause. */
async function releaseUnlessFirst(): Promise<void> {
  const stay = (lock: Lock | null) => {
    if (document.visibilityState === 'visible') return
    if (!lock) return pause()
    return new Promise<void>(resolve => {
      release = resolve
    })
  }
  if (navigator.locks) await navigator.locks.request('scimulator-hidden-tab', { ifAvailable: true }, stay)
  else pause()
}

function pause(): void {
  stop.abort()
  liveStatus.value = 'paused'
}
