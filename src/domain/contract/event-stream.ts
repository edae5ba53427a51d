import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream'

// The server sends at least a comment every 15 seconds.
const silenceTimeout = 40_000

/**
 * Reads the events of `GET /events` for the page and the command line. Ends with the connection, or if nothing arrives for
 * 40 seconds.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<EventSourceMessage> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const restartTimer = () => {
    clearTimeout(timer)
    timer = setTimeout(cancel, silenceTimeout)
  }
  const reader = body
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream({ onComment: restartTimer }))
    .getReader()
  const cancel = () => void reader.cancel().catch(() => {})
  try {
    for (;;) {
      restartTimer()
      const read = await reader.read().catch(() => undefined)
      if (read?.value === undefined) return
      yield read.value
    }
  } finally {
    clearTimeout(timer)
    cancel()
  }
}
