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
      for (const block of blocks) yield eventIn(block)
    }
  } finally {
    void reader.cancel().catch(() => {})
  }
}

function eventIn(block: string): ServerEvent {
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
