import { signal } from '@preact/signals'
import { apiPath, authorization, tokenRequired } from './api.ts'

export type ServerEvent = { readonly name?: string; readonly data: string; readonly id?: string }

/** The events of a stream of server-sent events (WHATWG HTML §9.2). A comment comes as an event without a name. */
export async function* readEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = stream
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .getReader()
  let rest = ''
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      const blocks = (rest + value).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) yield parseEvent(block)
    }
  } finally {
    void reader.cancel().catch(() => {})
  }
}

function parseEvent(block: string): ServerEvent {
  let name: string | undefined
  let id: string | undefined
  const data: string[] = []
  for (const line of block.split('\n')) {
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    if (field === 'event') name = value
    if (field === 'id') id = value
    if (field === 'data') data.push(value)
  }
  return {
    data: data.join('\n'),
    ...(name !== undefined && { name }),
    ...(id !== undefined && { id }),
  }
}

/** Whether what is shown is up to date by itself. `resting`: the tab is hidden, so nothing is asked for. */
export const liveStatus = signal<'connecting' | 'live' | 'broken' | 'resting'>('connecting')

type Listener = (data: unknown) => void
const listeners = new Map<string, Set<Listener>>()

/** Called with the data of each such event of `/api/v1/events`; `restart` when some may have been missed. Answers how to stop. */
export function onLive<Data>(event: string, listener: (data: Data) => void): () => void {
  const set = listeners.get(event) ?? new Set()
  listeners.set(event, set.add(listener as Listener))
  return () => void set.delete(listener as Listener)
}

const dispatch = (event: string, data: unknown) => {
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
  openStream()
}

function openStream(): void {
  started = true
  stop.abort()
  stop = new AbortController()
  void follow(stop.signal)
}

const firstPause = 500
const longestPause = 8000
// The server says something at least every 15 seconds.
const silenceTimeout = 40_000

// A browser has few connections for each host and each tab holds one, so a hidden tab gives its own back.
const hiddenTimeout = 30_000

async function follow(stopped: AbortSignal): Promise<void> {
  let pause = firstPause
  for (let again = false; !stopped.aborted; again = true) {
    if (again) {
      if (liveStatus.value !== 'resting') liveStatus.value = 'broken'
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
  let timer = setTimeout(() => patience.abort(), silenceTimeout)
  const path = apiPath(['events'], { q: search })
  try {
    const answer = await fetch(path, {
      headers: { ...authorization(), ...(lastId !== '' && { 'last-event-id': lastId }) },
      signal: AbortSignal.any([stopped, patience.signal]),
    })
    if (answer.status === 401) tokenRequired.value = true
    if (!answer.ok || !answer.body) return
    onOpen()
    liveStatus.value = 'live'
    // What happened while nobody listened is only told from a known place on.
    if (again && lastId === '') dispatch('restart', {})
    for await (const event of readEvents(answer.body)) {
      clearTimeout(timer)
      timer = setTimeout(() => patience.abort(), silenceTimeout)
      if (event.id !== undefined) lastId = event.id
      if (event.name === 'gap') dispatch('restart', {})
      if (event.name !== undefined) dispatch(event.name, JSON.parse(event.data))
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

let hiddenTimer: ReturnType<typeof setTimeout> | undefined

document.addEventListener('visibilitychange', () => {
  clearTimeout(hiddenTimer)
  if (document.visibilityState === 'visible') {
    if (liveStatus.value === 'resting') openStream()
    return
  }
  hiddenTimer = setTimeout(() => {
    stop.abort()
    liveStatus.value = 'resting'
  }, hiddenTimeout)
})
