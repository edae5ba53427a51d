import { signal } from '@preact/signals'
import { apiPath, authorization, tokenWanted } from './api.ts'
import { readEvents } from './read-events.ts'

/** Whether what is shown is up to date by itself. `resting`: the tab is hidden, so nothing is asked for. */
export const liveness = signal<'connecting' | 'live' | 'broken' | 'resting'>('connecting')

type Listener = (data: unknown) => void
const listeners = new Map<string, Set<Listener>>()

/** Called with the data of each such event of `/api/v1/events`; `restart` when some may have been missed. Answers how to stop. */
export function onLive<Data>(event: string, listener: (data: Data) => void): () => void {
  const set = listeners.get(event) ?? new Set()
  listeners.set(event, set.add(listener as Listener))
  return () => void set.delete(listener as Listener)
}

const tell = (event: string, data: unknown) => {
  for (const listener of listeners.get(event) ?? []) listener(data)
}

let search = ''
let lastId = ''
let stop = new AbortController()
let started = false

/** Has only exchanges come that match this search; all other events come anyway. */
export function watch(wanted: string): void {
  if (started && wanted === search) return
  search = wanted
  lastId = ''
  begin()
}

function begin(): void {
  started = true
  stop.abort()
  stop = new AbortController()
  void follow(stop.signal)
}

const firstPause = 500
const longestPause = 8000
// The server says something at least every 15 seconds.
const silence = 40_000

// A browser has few connections for each host and each tab holds one, so a hidden tab gives its own back.
const restAfter = 30_000

async function follow(stopped: AbortSignal): Promise<void> {
  let pause = firstPause
  for (let again = false; !stopped.aborted; again = true) {
    if (again) {
      if (liveness.value !== 'resting') liveness.value = 'broken'
      await wait(pause, stopped)
      pause = Math.min(pause * 2, longestPause)
    }
    if (stopped.aborted) return
    await connect(stopped, again, () => {
      pause = firstPause
    }).catch(() => {})
  }
}

async function connect(stopped: AbortSignal, again: boolean, onOpen: () => void): Promise<void> {
  const patience = new AbortController()
  let timer = setTimeout(() => patience.abort(), silence)
  const path = apiPath(['events'], { q: search })
  try {
    const answer = await fetch(path, {
      headers: { ...authorization(), ...(lastId !== '' && { 'last-event-id': lastId }) },
      signal: AbortSignal.any([stopped, patience.signal]),
    })
    if (answer.status === 401) tokenWanted.value = true
    if (!answer.ok || !answer.body) return
    onOpen()
    liveness.value = 'live'
    // What happened while nobody listened is only told from a known place on.
    if (again && lastId === '') tell('restart', {})
    for await (const event of readEvents(answer.body)) {
      clearTimeout(timer)
      timer = setTimeout(() => patience.abort(), silence)
      if (event.id !== undefined) lastId = event.id
      if (event.name === 'gap') tell('restart', {})
      if (event.name !== undefined) tell(event.name, JSON.parse(event.data))
    }
  } finally {
    clearTimeout(timer)
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

let rest: ReturnType<typeof setTimeout> | undefined

document.addEventListener('visibilitychange', () => {
  clearTimeout(rest)
  if (document.visibilityState === 'visible') {
    if (liveness.value === 'resting') begin()
    return
  }
  rest = setTimeout(() => {
    stop.abort()
    liveness.value = 'resting'
  }, restAfter)
})
