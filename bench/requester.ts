/**
 * Sends the requests that bystanders wait for, in a process of its own, so that sending and reading do not delay the
 * measurement. Started by `bystanders.ts`.
 */

export type SlowRequest = {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export type SlowResponse = { readonly status: number; readonly milliseconds: number; readonly text: string }

/** The text of longer responses is not returned. */
const maxText = 10_000

process.on('message', ({ url, ...init }: SlowRequest) => {
  void send(url, init).then(response => process.send?.(response))
})

async function send(url: string, init: RequestInit): Promise<SlowResponse> {
  const began = performance.now()
  const response = await fetch(url, init)
  let text = ''
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    if (text.length < maxText) text += Buffer.from(part).toString()
  }
  const milliseconds = performance.now() - began
  return { status: response.status, milliseconds, text: text.slice(0, maxText) }
}
